"""A secret is a type that prints as dots."""

from __future__ import annotations

from typing import Final

_DOTS: Final = "••••••"


class Secret:
    """Text that must not reach a log, a reply or a crash report by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text. Call it only where it leaves for its destination."""
        return self._text

    def __repr__(self) -> str:
        return _DOTS

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(_DOTS, spec)

    def __reduce__(self) -> str:
        raise TypeError("A secret is not to be pickled.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
