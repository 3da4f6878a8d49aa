"""What `rules` decides at closes, for all bars at once: for peers that are given indicators ready-made.

Counted in whole points, as the reference does; a run's time includes it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.tester import rules
from benchmarks.tester.contest import Bars


class Signals(NamedTuple):
    """Of each bar: crossed, 1 or -1 at a crossing, else 0; the price levels that an entry at its close gets,
    0 where there is no crossing."""

    crossed: NDArray[np.int8]
    stop: NDArray[np.float64]
    target: NDArray[np.float64]


def signals(bars: Bars) -> Signals:
    """Return what each bar's close decides."""
    closes = points(bars["close"])
    crossed = _crossed(closes)
    stop, target = np.zeros(len(bars)), np.zeros(len(bars))
    places = np.flatnonzero(crossed)
    sides, total = crossed[places].astype(np.int64), _range_sums(bars)[places]
    for levels, times, way in ((stop, rules.STOP_ATR, -1), (target, rules.TARGET_ATR, 1)):
        distances = np.maximum(1, (2 * times * total + rules.ATR) // (2 * rules.ATR))
        levels[places] = (closes[places] + way * sides * distances) / rules.POINTS
    return Signals(crossed, stop, target)


def points(prices: NDArray[Any]) -> NDArray[np.int64]:
    """Return prices in whole points."""
    counted: NDArray[np.int64] = np.rint(prices * rules.POINTS).astype(np.int64)
    return counted


def _crossed(closes: NDArray[np.int64]) -> NDArray[np.int8]:
    crossed = np.zeros(len(closes), np.int8)
    if len(closes) < rules.SLOW:
        return crossed
    sums = np.concatenate(([0], np.cumsum(closes)))
    ends = np.arange(rules.SLOW, len(closes) + 1)
    fast = (sums[ends] - sums[ends - rules.FAST]) * (rules.SLOW // rules.FAST)
    sides = np.sign(fast - (sums[ends] - sums[ends - rules.SLOW])).astype(np.int8)
    known = np.flatnonzero(sides)
    changes = known[1:][sides[known[1:]] != sides[known[:-1]]]
    crossed[changes + rules.SLOW - 1] = sides[changes]
    return crossed


def _range_sums(bars: Bars) -> NDArray[np.int64]:
    """Return the sum of the last 14 true ranges of each bar; what has no 14 before it is never asked for."""
    closes, highs, lows = (points(bars[name]) for name in ("close", "high", "low"))
    before = np.concatenate((closes[:1], closes[:-1]))
    sums = np.cumsum(np.maximum(highs, before) - np.minimum(lows, before))
    shorter: NDArray[np.int64] = np.concatenate((np.zeros(rules.ATR, np.int64), sums[: -rules.ATR]))
    return sums - shorter
