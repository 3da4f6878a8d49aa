"""What an indicator promises: the same values over a history and bar by bar, to the last bit.

`over(columns)[line][i]` equals what the stepper returns for bar i when it was fed the bars 0 to i. An
indicator is a frozen value: same class and same parameters, same series, so that series can be cached by it.

Nothing in this package imports NumPy until `over` is called: runners only step, and have no NumPy.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

Step: TypeAlias = Callable[[float, float, float, float, float], "float | tuple[float, ...]"]
"""Takes open, high, low, close (prices) and volume of one closed bar, by position."""

NAN: Final = math.nan

PIECE: Final = 8_192
"""Bars worked on at a time: a few arrays of these stay in the processor's cache, and memory of that size is
used again, where that of larger ones is given back and each of its pages is new the next time."""


class IndicatorMisdeclared(ValueError):
    """A parameter of an indicator makes no sense; the text says which and what it must be."""


class Columns(NamedTuple):
    """Closed bars by column. Each float64, shape (n,), oldest first, finite; prices in price units."""

    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array

    @property
    def bars(self) -> int:
        """How many bars there are."""
        return len(self.close)

    def cut(self, begin: int, end: int) -> Columns:
        """Return the bars of these places alone, as views."""
        return Columns(*(column[begin:end] for column in self))


@dataclass(frozen=True, slots=True)
class Stepper:
    """An indicator under way; `step` takes one more closed bar and returns the values with it.

    It returns a float where the indicator has one line, which is the quickest, else a tuple of a float
    for each line in their order. A line without a value yet is nan.
    """

    step: Step


class Indicator(ABC):
    """A declared series. Subclasses are frozen dataclasses, hashable, and raise IndicatorMisdeclared."""

    __slots__ = ()

    lines: tuple[str, ...] = ("value",)
    """The names of its lines, in the order of `over` and of a step."""

    is_windowed: bool = True
    """Whether a value depends on its own bar and the `warm_up` bars before it alone, to the last bit."""

    @property
    @abstractmethod
    def warm_up(self) -> int:
        """How many bars pass before all lines have a value: the value of bar `warm_up` is the first."""

    @abstractmethod
    def over(self, columns: Columns) -> tuple[Array, ...]:
        """Return one array a line, each float64 of shape (n,), nan where there is no value yet.

        A value depends on its own bar and on those before it. n may be 0.
        """

    @abstractmethod
    def begin(self) -> Stepper:
        """Return a stepper that has seen no bar."""


def by_pieces(
    columns: Columns, before: int, work: Callable[[Columns], tuple[Array, ...]]
) -> tuple[Array, ...]:
    """Return the lines of all bars, made piece by piece, so that what is made on the way is small.

    before: on how many bars before it a value depends. work: gets a piece with so many bars in front, as far
    as there are, and returns a value a line for each of its bars.
    """
    import numpy as np

    length, size = columns.bars, max(PIECE, 4 * before)
    made: tuple[Array, ...] = ()
    for begin in range(0, max(length, 1), size):
        first, end = max(0, begin - before), min(begin + size, length)
        parts = work(columns.cut(first, end))
        made = made or tuple(np.empty(length) for _ in parts)
        for line, part in zip(made, parts, strict=True):
            line[begin:end] = part[begin - first :]
    return made


def piece_begin(place: int, before: int) -> int:
    """Return the first bar that `by_pieces` knows of when it makes this one's value."""
    size = max(PIECE, 4 * before)
    return max(0, place // size * size - before)


def require_period(indicator: Indicator, name: str, value: object, least: int = 1) -> None:
    """Raise IndicatorMisdeclared unless value is a whole number of bars and no less than `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise IndicatorMisdeclared(
            f"{type(indicator).__name__}: {name} is {value!r}; it must be a whole number of bars, "
            f"{least} or more"
        )


def require_factor(indicator: Indicator, name: str, value: object) -> None:
    """Raise IndicatorMisdeclared unless value is a finite number and no less than 0."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or value < 0:
        raise IndicatorMisdeclared(
            f"{type(indicator).__name__}: {name} is {value!r}; it must be a number, 0 or more"
        )
