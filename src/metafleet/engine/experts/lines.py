"""What an EA reads of an indicator: a value for each bar that has closed, the newest at [-1]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Cursor:
    """How far time has come on a chart: so many values of each of its lines may be read."""

    __slots__ = ("at",)

    def __init__(self, at: int = 0) -> None:
        self.at = at


class Line:
    """One value for each closed bar of a chart: `line[-1]` of the newest, `line[-2]` of the one before.

    Before the indicator has seen enough bars its values are nan, which is neither above nor below anything.
    Raises IndexError for a bar that has not closed (0 and up), and for one from before the history.
    """

    __slots__ = ("_cursor", "_values")

    def __init__(self, cursor: Cursor, values: Sequence[float]) -> None:
        self._cursor = cursor
        self._values = values

    def __getitem__(self, back: int) -> float:
        place = self._cursor.at + back
        if place < 0 or back >= 0:
            return self._elsewhere(back)
        return self._values[place]

    def __len__(self) -> int:
        """Return of how many closed bars there are values, nan among them."""
        return self._cursor.at

    def reads(self, values: Sequence[float]) -> bool:
        """Say whether it is these values that it shows."""
        return self._values is values

    def last(self, count: int) -> list[float]:
        """Return the newest values, at most `count`, oldest first."""
        return [self[place] for place in range(-min(count, len(self)), 0)]

    def _elsewhere(self, back: int) -> float:
        if back >= 0:
            raise IndexError(f"[{back}] has not closed yet: [-1] is the newest bar that has")
        raise IndexError(f"[{back}] is before the history, which begins at [{-len(self)}]")


class Lines:
    """An indicator's lines by name, `bands.upper[-1]`; `[-1]` of all of them is a tuple."""

    def __init__(self, lines: dict[str, Line]) -> None:
        self._lines = lines

    def __getattr__(self, name: str) -> Line:
        try:
            return self._lines[name]
        except KeyError:
            raise AttributeError(f"no line {name}; there are {', '.join(self._lines)}") from None

    def __getitem__(self, back: int) -> tuple[float, ...]:
        return tuple(line[back] for line in self._lines.values())


def crossed_over(fast: Line, slow: Line | Any) -> bool:
    """Say whether one line, at or below another at the bar before, is above it at the newest. Levels too."""
    before, now = (slow[-2], slow[-1]) if isinstance(slow, Line) else (slow, slow)
    return bool(fast[-2] <= before and fast[-1] > now)


def crossed_under(fast: Line, slow: Line | Any) -> bool:
    """Say whether one line, at or above another at the bar before, is below it at the newest. Levels too."""
    before, now = (slow[-2], slow[-1]) if isinstance(slow, Line) else (slow, slow)
    return bool(fast[-2] >= before and fast[-1] < now)
