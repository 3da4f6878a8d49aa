"""Intervals of figures whose parts depend on each other: stretches of days are drawn, not single trades.

All symbols of a day are drawn together, so that what moved together counts once.

Source: Politis and Romano, "A circular block-resampling procedure for stationary data", in Exploring the
Limits of Bootstrap, Wiley 1992. Intervals are of percentiles.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.model.card import Estimate

RESAMPLES: Final = 2_000

Weights = NDArray[np.float64]


def day_weights(days: int, block: int, seed: int, resamples: int = RESAMPLES) -> Weights:
    """Return how often each day was drawn in each resample: shape (resamples, days), rows add up to days.

    block: days drawn together, in a circle.
    """
    random = np.random.default_rng(seed)
    block = max(1, min(block, days))
    drawn = -(-days // block)
    made = np.zeros((resamples, days))
    rows = np.arange(resamples)
    for place in range(drawn):
        starts = random.integers(0, days, resamples)
        length = block if place < drawn - 1 else days - block * (drawn - 1)
        for step in range(length):
            made[rows, (starts + step) % days] += 1
    return made


def by_day(days: NDArray[np.int64], values: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Return the sum of the values of each of so many days. days: the place of each value's day."""
    return np.asarray(np.bincount(days, weights=values, minlength=count), np.float64)


def estimate(value: float, drawn: NDArray[Any], confidence: float) -> Estimate:
    """Return a figure with the interval of its resamples; without one where most of them are none."""
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value):
        return Estimate(value=None)
    if len(known) < len(drawn) / 2:
        return Estimate(value=float(value))
    low, high = np.quantile(known, ((1 - confidence) / 2, (1 + confidence) / 2))
    return Estimate(value=float(value), low=float(low), high=float(high))


def ratio(above: NDArray[Any], below: NDArray[Any], weights: Weights, confidence: float) -> Estimate:
    """Return sum(above) / sum(below), both by day, as a net result by the number of trades."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = above.sum() / below.sum()
        drawn = (weights @ above) / (weights @ below)
    return estimate(float(value), drawn, confidence)


def sharpe(daily: NDArray[Any], weights: Weights, confidence: float, periods: int = 252) -> Estimate:
    """Return the Sharpe ratio of a year, of results by day."""
    count = len(daily)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = daily.mean() / daily.std(ddof=1) if count > 1 else np.nan
        means, squares = weights @ daily / count, weights @ daily**2 / count
        drawn = means / np.sqrt(np.maximum(squares - means**2, 0) * count / (count - 1))
    return estimate(float(value) * periods**0.5, drawn * periods**0.5, confidence)


def auc(
    scores: NDArray[Any], rose: NDArray[np.bool_], days: NDArray[Any], weights: Weights, confidence: float
) -> Estimate:
    """Return the area under the curve of hits over false alarms: 0.5 knows nothing.

    scores, rose, days: shape (n,); days: place of each sample's day among the columns of weights. Scores are
    put into 128 bins of as many samples; within a bin half counts.
    """
    bins, count = 128, weights.shape[1]
    borders = np.unique(np.quantile(scores, np.arange(1, bins) / bins))
    places = np.searchsorted(borders, scores, side="right")
    sums = np.zeros((2, count, len(borders) + 1))
    np.add.at(sums, (rose.astype(np.int64), days, places), 1.0)
    value = _area(sums[0].sum(axis=0)[None], sums[1].sum(axis=0)[None])[0]
    drawn = _area(weights @ sums[0], weights @ sums[1])
    return estimate(float(value), drawn, confidence)


def _area(fell: NDArray[Any], rose: NDArray[Any]) -> NDArray[Any]:
    below = np.cumsum(fell, axis=1) - fell
    with np.errstate(invalid="ignore", divide="ignore"):
        area: NDArray[Any] = (rose * (below + fell / 2)).sum(axis=1) / (rose.sum(axis=1) * fell.sum(axis=1))
    return area
