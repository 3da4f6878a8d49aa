"""Averages that carry on from the first bar of all: exponential ones, and Wilder's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from metafleet.engine.experts.indicators.contract import NAN
from metafleet.engine.experts.indicators.windows import Feed, mean_feed, means_of

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array

_CHUNK: Final = 16_384
"""Values that are a Python list at a time, at 32 bytes each."""


def weight_of(period: int) -> float:
    """Return the weight of the newest value in an exponential average."""
    return 2.0 / (period + 1)


def exponential_feed(period: int) -> Feed:
    """Return the incremental exponential average, begun at its first value and hidden for period - 1 more."""
    weight = weight_of(period)
    average, left = NAN, period

    def feed(value: float) -> float:
        nonlocal average, left
        if left:
            average = value if left == period else average + weight * (value - average)
            left -= 1
            return NAN if left else average
        average += weight * (value - average)
        return average

    return feed


def exponential_of(values: Array, period: int) -> Array:
    """Return the exponential average of each value and all before it, shape (n,)."""
    if not len(values):
        return values.copy()
    made = carried_on(values, float(values[0]), weight_of(period))
    made[: period - 1] = NAN
    return made


def carried_on(values: Array, average: float, weight: float) -> Array:
    """Return `average` as it moves by `weight` towards each value in turn, shape (n,)."""

    def work(part: list[float]) -> list[float]:
        nonlocal average
        return [average := average + weight * (value - average) for value in part]

    return in_stretches(values, work)


def wilder_feed(period: int) -> Feed:
    """Return Wilder's average bit by bit: the mean of the first `period` values, then a period-th further."""
    mean, average, left = mean_feed(period), NAN, period

    def feed(value: float) -> float:
        nonlocal average, left
        if left:
            average = mean(value)
            left -= 1
            return average
        average += (value - average) / period
        return average

    return feed


def wilder_of(values: Array, period: int) -> Array:
    """Return Wilder's average of each value and all before it, shape (n,)."""
    import numpy as np

    made = np.full(len(values), NAN)
    if len(values) < period:
        return made
    first = float(means_of(values[:period], period)[-1])
    made[period - 1] = first
    made[period:] = divided_on(values[period:], first, period)
    return made


def divided_on(values: Array, average: float, period: int) -> Array:
    """Return `average` as it moves a period-th of the way to each value in turn, shape (n,)."""

    def work(part: list[float]) -> list[float]:
        nonlocal average
        return [average := average + (value - average) / period for value in part]

    return in_stretches(values, work)


def in_stretches(values: Array, work: Callable[[list[float]], list[float]]) -> Array:
    """Return what `work` makes of each stretch of values in turn, a value of each, shape (n,)."""
    import numpy as np

    made = np.empty(len(values))
    for start in range(0, len(values), _CHUNK):
        made[start : start + _CHUNK] = work(values[start : start + _CHUNK].tolist())
    return made
