"""Bars of whole weeks that are played before and after themselves: a market without beginning or end.

Every other lap is mirrored as in `laps`, so that prices go on without a jump.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import numpy as np

from metafleet.engine.market.arrays import RATES, Array, joined
from metafleet.engine.market.sessions import WEEK_S

_AT_ONCE: Final = 2_048


class Block:
    """Bars of whole weeks, played in laps: lap 0 is what they are, laps before it have negative numbers."""

    def __init__(self, bars: Array, period_s: int, digits: int) -> None:
        """bars: RATES, at least one, oldest first."""
        self._bars = bars
        self._digits = digits
        self.first_s = int(bars["time"][0])
        span_s = int(bars["time"][-1]) + period_s - self.first_s
        self.length_s = -(-span_s // WEEK_S) * WEEK_S
        self._mirror = float(bars["open"][0]) * float(bars["close"][-1])

    def lap_of(self, at_s: int) -> int:
        """Return the lap in which a time lies."""
        return (at_s - self.first_s) // self.length_s

    def bars(self, from_s: int, to_s: int) -> Array:
        """Return the bars that open in the span, its end not included."""
        laps = range(self.lap_of(from_s), self.lap_of(to_s) + 1)
        return joined([self._part(lap, from_s, to_s) for lap in laps], RATES)

    def forward(self, from_s: int) -> Iterator[Array]:
        """Yield the bars from a time on, some at once, without end."""
        lap = self.lap_of(from_s)
        while True:
            for part in parts_of(cut(self._bars, from_s - lap * self.length_s, None), _AT_ONCE):
                yield self._played(part, lap)
            lap += 1

    def _part(self, lap: int, from_s: int, to_s: int) -> Array:
        moved_s = lap * self.length_s
        return self._played(cut(self._bars, from_s - moved_s, to_s - moved_s), lap)

    def _played(self, bars: Array, lap: int) -> Array:
        if not lap:
            return bars
        played = np.array(bars)
        played["time"] += lap * self.length_s
        if lap % 2:
            for name, source in (("open", "open"), ("high", "low"), ("low", "high"), ("close", "close")):
                played[name] = np.round(self._mirror / bars[source], self._digits)
        return played


def cut(rows: Array, from_s: int, to_s: int | None) -> Array:
    """Return the rows of a span, its end not included: a view, for which only a few rows are looked at."""
    times = rows["time"]
    return rows[bisect_left(times, from_s) : len(rows) if to_s is None else bisect_left(times, to_s)]


def parts_of(rows: Array, size: int) -> Iterator[Array]:
    """Yield the rows, so many at once."""
    return (rows[begin : begin + size] for begin in range(0, len(rows), size))
