"""Two averages that cross, as EAs: what the tester is held against others with, here and in the benchmark.

Their numbers are those of `benchmarks/tester/rules.py`, where the strategies are written down word for word;
the peers read them there, without metafleet.
"""

from __future__ import annotations

from typing import Final

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


def gaps(columns: Columns) -> NDArray[np.float64]:
    """Return how far the fast average is above the slow one, points times 200; whole numbers are exact."""
    sums = np.zeros(columns.bars + 1, np.int64)
    in_points(columns.close).cumsum(out=sums[1:])
    gap = np.full(columns.bars, np.nan)
    fast = (sums[SLOW:] - sums[SLOW - FAST : -FAST]) * (SLOW // FAST)
    np.subtract(fast, sums[SLOW:] - sums[:-SLOW], out=gap[SLOW - 1 :])
    return gap


def in_points(prices: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return prices in whole points."""
    counted: NDArray[np.int64] = np.rint(prices * POINTS).astype(np.int64)
    return counted


class Reversal(Expert):
    """Turns at each crossing, and is always in the market after the first."""

    slug, name, symbols = "benchmark-reversal", "Reversal", ("EURUSD",)
    is_waking: bool = Input(True)

    def on_start(self) -> None:
        self._gap: Line = self.chart.add(Custom(gaps, SLOW))
        self._crossed: Line = self.chart.crossing(self._gap, 0.0)
        if self.is_waking:
            self.wake(self._crossed)

    def on_bar(self, bar: Bar) -> None:
        side = self._crossed[-1]
        if side != 0.0 and self._side_before() == -side:
            self._turn(side, bar)

    def declare(self, past: Past) -> Declaration:
        return Declaration(entries=self._turns(past), volume=VOLUME_LOTS)

    def _turns(self, past: Past) -> NDArray[np.int8]:
        places = past.where(self._crossed)
        entries = np.zeros(past.count, np.int8)
        if len(places):
            # Two averages that meet and part again the same way have not turned.
            gap = past.values(self._gap)[: places[0]]
            before = float((gap > 0.0).any()) - float((gap < 0.0).any())
            sides = past.values(self._crossed, places)
            is_turn = np.concatenate(([before], sides[:-1])) == -sides
            entries[places[is_turn]] = sides[is_turn]
        return entries

    def _side_before(self) -> float:
        """Return the side on which the averages were when they last differed."""
        back = -2
        while (gap := self._gap[back]) == 0.0:
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
        totals = np.rint(past.values(self._range, entries != 0) * (ATR * POINTS))
        stop, target = (
            np.maximum(1, (2 * times * totals + ATR) // (2 * ATR)) / POINTS
            for times in (STOP_ATR, TARGET_ATR)
        )
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
