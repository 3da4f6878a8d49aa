"""Secrets that can be wiped. Python may have copied the text before; what is ours is overwritten."""

from __future__ import annotations


class Secret:
    """A text kept in one buffer that `wipe` overwrites; never shown by repr or logs."""

    def __init__(self, text: str) -> None:
        self._buffer = bytearray(text, "utf-8")

    def reveal(self) -> str:
        """The text, for the one call that needs it."""
        return self._buffer.decode("utf-8")

    def wipe(self) -> None:
        """Overwrite it."""
        self._buffer[:] = bytes(len(self._buffer))

    def __repr__(self) -> str:
        return "Secret(••••••)"
