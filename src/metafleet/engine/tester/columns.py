"""Bars by column for indicators, and an indicator's values, made when somebody looks at them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.experts.indicators.contract import PIECE, Columns
from metafleet.engine.experts.indicators.custom import Custom
from metafleet.engine.market.arrays import Array

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Indicator

_COLUMNS: Final = ("open", "high", "low", "close", "tick_volume")

_FEW: Final = 4
"""Where no more than one bar of so many is needed, values are made one by one."""


class LaterColumns(Columns):
    """Bars by column, each put into one piece when somebody first looks at it."""

    @classmethod
    def of(cls, rates: Array) -> LaterColumns:
        """Return the columns of these RATES."""
        return cls._make(rates[name] for name in _COLUMNS)

    @cached_property
    def _whole(self) -> dict[int, NDArray[np.float64]]:
        return {}

    @property
    def bars(self) -> int:
        return len(super().__getitem__(0))

    @property
    def open(self) -> NDArray[np.float64]:
        return self._column(0)

    @property
    def high(self) -> NDArray[np.float64]:
        return self._column(1)

    @property
    def low(self) -> NDArray[np.float64]:
        return self._column(2)

    @property
    def close(self) -> NDArray[np.float64]:
        return self._column(3)

    @property
    def volume(self) -> NDArray[np.float64]:
        return self._column(4)

    def _column(self, number: int) -> NDArray[np.float64]:
        whole = self._whole.get(number)
        if whole is None:
            whole = np.ascontiguousarray(self._given(number), np.float64)
            self._whole[number] = whole
        return whole

    def _given(self, number: int) -> NDArray[Any]:
        """Return a column as it lies."""
        column: NDArray[Any] = super().__getitem__(number)
        return column

    def __getitem__(self, place: Any) -> Any:
        return tuple(self)[place] if isinstance(place, slice) else self._column(range(5)[place])

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        return map(self._column, range(5))

    def cut(self, begin: int, end: int) -> LaterColumns:
        """Return the bars of these places alone; what is in one piece already is not copied."""
        return LaterColumns._make(
            self._whole.get(number, column)[begin:end] for number, column in enumerate(super().__iter__())
        )

    def at(self, places: NDArray[np.intp]) -> LaterColumns:
        """Return the bars of these places, in this order."""
        picked = _PickedColumns._make(super().__iter__())
        picked.places = places
        return picked


class _PickedColumns(LaterColumns):
    """Some bars of others. places: where they are there."""

    places: NDArray[np.intp]

    @property
    def bars(self) -> int:
        return len(self.places)

    def _given(self, number: int) -> NDArray[Any]:
        return super()._given(number)[self.places]

    def cut(self, begin: int, end: int) -> LaterColumns:
        return self.at(self.places[begin:end])


class LaterSeries:
    """An indicator over bars that are all there. Nothing is computed before somebody looks."""

    def __init__(self, indicator: Indicator, columns: LaterColumns) -> None:
        self._indicator = indicator
        self._columns = columns

    @cached_property
    def arrays(self) -> Sequence[NDArray[np.float64]]:
        """All values of its lines."""
        return self._indicator.over(self._columns)

    def at(self, number: int, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return a line's values at these bars, to the last bit those of `arrays`."""
        if not self._is_by_windows(places):
            return self.arrays[number][places]
        before = self._indicator.warm_up
        window, values = np.arange(-before, 1), np.empty(len(places))
        count = max(1, PIECE // len(window))
        for begin in range(0, len(places), count):
            piece = slice(begin, begin + count)
            bars = (places[piece, np.newaxis] + window).ravel()
            line = self._indicator.over(self._columns.at(bars))[number]
            values[piece] = line[before :: len(window)]
        return values

    def _is_by_windows(self, places: NDArray[np.intp]) -> bool:
        """Say whether values are made of the bars alone on which they depend, one window after the other.

        Not those of somebody's own function: `Custom.over` looks whether it keeps its word.
        """
        indicator = self._indicator
        if "arrays" in self.__dict__ or not indicator.is_windowed or isinstance(indicator, Custom):
            return False
        needed = len(places) * (indicator.warm_up + 1)
        return _FEW * needed <= self._columns.bars and bool((places >= indicator.warm_up).all())


class LaterLine(ABC):
    """A line whose values are computed when somebody looks at them."""

    @property
    @abstractmethod
    def array(self) -> NDArray[np.float64]:
        """All values."""

    @abstractmethod
    def at(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the values at these bars."""

    def where(self) -> NDArray[np.intp]:
        """Return the bars at which it is neither 0 nor nan."""
        return said_in(self.array)

    def __getitem__(self, place: int) -> float:
        return float(self.at(np.array([place]))[0])


class SeriesLine(LaterLine):
    """One line of a series."""

    def __init__(self, series: LaterSeries, number: int) -> None:
        self._series, self._number = series, number

    @property
    def array(self) -> NDArray[np.float64]:
        return self._series.arrays[self._number]

    def at(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        return self._series.at(self._number, places)


class CrossingLine(LaterLine):
    """Where one array has just come above another, or under it. arrays: gives the two."""

    def __init__(self, arrays: Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]]) -> None:
        self._arrays = arrays

    @cached_property
    def _found(self) -> Crossings:
        return crossings_of(*self._arrays())

    @cached_property
    def array(self) -> NDArray[np.float64]:
        return self._found.array

    def at(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        known, sides, _ = self._found
        if not len(known):
            return np.zeros(len(places))
        nearest = np.minimum(np.searchsorted(known, places), len(known) - 1)
        return np.where(known[nearest] == places, sides[nearest], 0.0)

    def where(self) -> NDArray[np.intp]:
        return self._found.places


class Crossings(NamedTuple):
    """places: of bars, ascending. sides: 1 or -1. bars: how many there are."""

    places: NDArray[np.intp]
    sides: NDArray[np.float64]
    bars: int

    @property
    def array(self) -> NDArray[np.float64]:
        """A value for each bar."""
        values = np.zeros(self.bars)
        values[self.places] = self.sides
        return values


def crossings_of(over: NDArray[np.float64], under: NDArray[np.float64]) -> Crossings:
    """Return where one array has just come above the other or under it. What is nan is neither."""
    places, sides = [np.empty(0, np.intp)], [np.empty(0)]
    for begin in range(0, len(over) - 1, PIECE):
        first, second = (each[begin : begin + PIECE + 1] for each in (over, under))
        up = (first <= second)[:-1] & (first > second)[1:]
        down = (first >= second)[:-1] & (first < second)[1:]
        found = np.flatnonzero(up | down)
        places.append(found + (begin + 1))
        sides.append(np.where(up[found], 1.0, -1.0))
    return Crossings(np.concatenate(places), np.concatenate(sides), len(over))


def said_in(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return where values are neither 0 nor nan."""
    return np.flatnonzero((values != 0.0) & ~np.isnan(values))
