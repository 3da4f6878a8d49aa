"""Averages that every value before has a part in: exponential ones, and Wilder's.

Each is the average before it, moved by a weight towards the newest value. Computed as that reads, a million
values are a million turns of a Python loop. So they are taken in blocks, counted from the first value: an
average of the block alone, begun at 0, moves on, and the average from before the block is added as far as it
has faded. Over arrays all blocks move on at once; bar by bar the same sums are done in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from metafleet.engine.experts.indicators.contract import NAN
from metafleet.engine.experts.indicators.windows import Feed, mean_feed, means_of

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array

_BLOCK: Final = 128
"""Values of a block: few enough steps over arrays, and enough blocks in each to be worth it."""


def exponential_weight(period: int) -> float:
    """Return the weight of the newest value in an exponential average."""
    return 2.0 / (period + 1)


def _fades(weight: float) -> list[float]:
    """Return what is left of an average after 0, 1, … _BLOCK further values, as a share."""
    left = [1.0]
    for _ in range(_BLOCK):
        left.append(left[-1] * (1.0 - weight))
    return left


def moved_feed(weight: float, average: float = 0.0) -> Feed:
    """Return what moves `average` by `weight` towards each value and returns it. Never nan."""
    fades = _fades(weight)
    own, place = 0.0, 0

    def feed(value: float) -> float:
        nonlocal average, own, place
        own += weight * (value - own)
        place += 1
        now = average * fades[place] + own
        if place == _BLOCK:
            average, own, place = now, 0.0, 0
        return now

    return feed


def moved_of(values: Array, weight: float, average: float = 0.0) -> Array:
    """Return `average` as it moves by `weight` towards each value in turn, shape (n,)."""
    import numpy as np

    blocks = -(-len(values) // _BLOCK)
    grid = np.zeros(blocks * _BLOCK)
    grid[: len(values)] = values
    grid = np.ascontiguousarray(grid.reshape(blocks, _BLOCK).T)  # a row for each place in a block
    own = np.zeros(blocks)
    for place in range(_BLOCK):
        grid[place] = own = own + weight * (grid[place] - own)
    fades, before = _fades(weight), []
    for last in own.tolist():
        before.append(average)
        average = average * fades[_BLOCK] + last
    averages = np.array(before)
    for place in range(_BLOCK):
        grid[place] += averages * fades[place + 1]
    return grid.T.reshape(-1)[: len(values)]


def wilder_feed(period: int) -> Feed:
    """Return Wilder's incremental average: the mean of the first `period` values, then moved a period-th."""
    mean, left = mean_feed(period), period
    move: Feed = mean

    def feed(value: float) -> float:
        nonlocal left, move
        if not left:
            return move(value)
        left -= 1
        average = mean(value)
        if not left:
            move = moved_feed(1.0 / period, average)
        return average

    return feed


def wilder_of(values: Array, period: int) -> Array:
    """Return Wilder's average of each value and all before it, shape (n,)."""
    import numpy as np

    made = np.full(len(values), NAN)
    if len(values) >= period:
        average = float(means_of(values[:period], period)[-1])
        made[period - 1] = average
        made[period:] = moved_of(values[period:], 1.0 / period, average)
    return made


# Prices are averaged by their distance from the first of all, so that a flat market has exactly its price.


def from_first_feed(feed: Feed, hidden: int) -> Feed:
    """Return what feeds distances from the first value, and hides what it returns for `hidden` values."""
    first, left = NAN, hidden + 1

    def fed(value: float) -> float:
        nonlocal first, left
        if not left:
            return first + feed(value - first)
        if left > hidden:
            first = value
        left -= 1
        average = first + feed(value - first)
        return NAN if left else average

    return fed


def exponential_feed(period: int) -> Feed:
    """Return the incremental exponential average, begun at the first value, nan for period - 1 values."""
    return from_first_feed(moved_feed(exponential_weight(period)), period - 1)


def exponential_of(values: Array, period: int) -> Array:
    """Return the exponential average of each value and all before it, shape (n,)."""
    if not len(values):
        return values.copy()
    first = float(values[0])
    made = moved_of(values - first, exponential_weight(period)) + first
    made[: period - 1] = NAN
    return made


def smoothed_feed(period: int) -> Feed:
    """Return Wilder's incremental average of prices."""
    return from_first_feed(wilder_feed(period), period - 1)


def smoothed_of(values: Array, period: int) -> Array:
    """Return Wilder's average of prices, of each and all before it, shape (n,)."""
    if not len(values):
        return values.copy()
    first = float(values[0])
    return wilder_of(values - first, period) + first
