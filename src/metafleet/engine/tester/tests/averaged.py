"""Two averages that cross, as EAs: what the tester is held against others with, here and in the benchmark.

Their numbers are those of `benchmarks/tester/rules.py`, where the strategies are written down word for word;
the peers read them there, without metafleet.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.experts import indicators
from metafleet.engine.experts.declaring import Declaration, Past
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.indicators import Columns, Custom
from metafleet.engine.experts.inputs import Input
from metafleet.engine.experts.lines import Line
from metafleet.engine.market.records import Bar

FAST: Final = 50
SLOW: Final = 200
ATR: Final = 14
STOP_ATR: Final = 2
TARGET_ATR: Final = 3
VOLUME_LOTS: Final = 0.1
POINTS: Final = 100_000
"""Points in 1.0: all is counted in whole points, so that no rounding decides a trade."""


def averages(columns: Columns) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the two averages in whole points, both times 200; sums of whole numbers are exact."""
    sums = np.zeros(len(columns.close) + 1)
    points = np.multiply(columns.close, POINTS, out=sums[1:])
    np.rint(points, out=points).cumsum(out=points)
    fast, slow = np.empty_like(points), np.empty_like(points)
    fast[: SLOW - 1] = slow[: SLOW - 1] = np.nan
    np.subtract(sums[SLOW:], sums[SLOW - FAST : -FAST], out=fast[SLOW - 1 :])
    np.subtract(sums[SLOW:], sums[:-SLOW], out=slow[SLOW - 1 :])
    fast *= SLOW // FAST
    return fast, slow


def in_points(prices: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return prices in whole points."""
    counted: NDArray[np.int64] = np.rint(prices * POINTS).astype(np.int64)
    return counted


class Reversal(Expert):
    """Turns at each crossing, and is always in the market after the first."""

    slug, name, symbols = "benchmark-reversal", "Reversal", ("EURUSD",)
    is_waking: bool = Input(True)

    def on_start(self) -> None:
        means = self.chart.add(Custom(averages, SLOW, ("fast", "slow")))
        self._fast, self._slow = means.fast, means.slow
        self._crossed: Line = self.chart.crossing(self._fast, self._slow)
        if self.is_waking:
            self.wake(self._crossed)

    def on_bar(self, bar: Bar) -> None:
        side = self._crossed[-1]
        if side != 0.0 and self._side_before() == -side:
            self._turn(side, bar)

    def declare(self, past: Past) -> Declaration:
        return Declaration(entries=self._turns(past), volume=VOLUME_LOTS)

    def _turns(self, past: Past) -> NDArray[np.int8]:
        crossed = past.values(self._crossed)
        places = np.flatnonzero(crossed)
        entries = np.zeros(len(crossed), np.int8)
        if len(places):
            # Two averages that meet and part again the same way have not turned.
            fast, slow = (past.values(each)[: places[0]] for each in (self._fast, self._slow))
            before = float((fast > slow).any()) - float((fast < slow).any())
            sides = crossed[places]
            is_turn = np.concatenate(([before], sides[:-1])) == -sides
            entries[places[is_turn]] = sides[is_turn]
        return entries

    def _side_before(self) -> float:
        """Return the side on which the averages were when they last differed."""
        back = -2
        while (gap := self._fast[back] - self._slow[back]) == 0.0:
            back -= 1
        return 1.0 if gap > 0.0 else -1.0

    def _turn(self, side: float, _bar: Bar) -> None:
        for held in self.positions:
            self.close(held)
        (self.buy if side > 0 else self.sell)(VOLUME_LOTS)


class Stops(Reversal):
    """Enters at a crossing when it is flat, and leaves by stop or target alone."""

    slug, name = "benchmark-stops", "Stops"

    def on_start(self) -> None:
        super().on_start()
        self._range: Line = self.chart.add(indicators.ATR(ATR))

    def declare(self, past: Past) -> Declaration:
        entries = self._turns(past)
        places = np.flatnonzero(entries)
        totals = np.rint(past.values(self._range)[places] * (ATR * POINTS))
        stop, target = np.zeros(len(entries)), np.zeros(len(entries))
        for distances, times in ((stop, STOP_ATR), (target, TARGET_ATR)):
            distances[places] = np.maximum(1, (2 * times * totals + ATR) // (2 * ATR)) / POINTS
        return Declaration(
            entries=entries,
            volume=VOLUME_LOTS,
            stop=stop,
            target=target,
            reverses=False,
            levels_from="close",
        )

    def levels(self, side: int, bar: Bar) -> tuple[float, float]:
        """Return stop and target of an entry that is decided at the close of this bar."""
        total, close = round(self._range[-1] * ATR * POINTS), round(bar.close * POINTS)
        stop, target = side * _distance(STOP_ATR, total), side * _distance(TARGET_ATR, total)
        return (close - stop) / POINTS, (close + target) / POINTS

    def _turn(self, side: float, bar: Bar) -> None:
        if not self.positions:
            (self.buy if side > 0 else self.sell)(VOLUME_LOTS, *self.levels(int(side), bar))


def _distance(times: int, total: int) -> int:
    """Return so many average ranges in whole points, at least one. total: of ATR true ranges, in points."""
    return max(1, (2 * times * total + ATR) // (2 * ATR))
