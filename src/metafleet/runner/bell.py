"""How another thread, or a signal, gets through to the loop that waits for the market."""

from __future__ import annotations

import contextlib
import os


class Bell:
    """A pipe: to ring writes to it, and who waits for it in a system call wakes up and reads it empty."""

    def __init__(self) -> None:
        self._hears, self._rings = os.pipe()
        os.set_blocking(self._hears, False)
        os.set_blocking(self._rings, False)

    def fileno(self) -> int:
        """Return the descriptor that has something to read once it has rung."""
        return self._hears

    def ring(self) -> None:
        """Wake the loop, or keep it from going to sleep; one that was rung for already is not told twice."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._rings, b"!")
