"""How symbols move together. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array

LEAST: Final = 30
"""Changes in common; of fewer an interval spans nearly everything."""
_NORMAL_95: Final = 1.96


@dataclass(frozen=True, slots=True)
class Correlations:
    """values, low, high: (k, k), -1 to 1, in the order of names. changes: that all have in common; with fewer
    than LEAST there are no values, and all are nan."""

    names: tuple[str, ...]
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    changes: int


def correlations(bars: Mapping[str, Array], count: int) -> Correlations:
    """Return Pearson's correlation of the newest `count` changes in logarithms, with 95 % intervals.

    bars: RATES of one timeframe by symbol. Only bars that all have count. The intervals take changes as
    independent (Fisher's transformation); where volatility comes in bursts they are somewhat too narrow.
    """
    names, size = tuple(bars), len(bars)
    nothing = np.full((size, size), np.nan)
    if not names:
        return Correlations(names, nothing, nothing, nothing, 0)
    common = reduce(np.intersect1d, (rates["time"] for rates in bars.values()))[-count - 1 :]
    if len(common) <= LEAST:
        return Correlations(names, nothing, nothing, nothing, max(0, len(common) - 1))
    closes = [rates["close"][np.searchsorted(rates["time"], common)] for rates in bars.values()]
    changes = np.diff(np.log(np.array(closes)), axis=1)
    apart = changes - changes.mean(axis=1, keepdims=True)
    sizes = np.sqrt((apart**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.clip((apart[:, None, :] * apart[None, :, :]).sum(axis=2) / np.outer(sizes, sizes), -1, 1)
        angles, width = np.arctanh(values), _NORMAL_95 / np.sqrt(changes.shape[1] - 3)
        low, high = np.tanh(angles - width), np.tanh(angles + width)
    return Correlations(names, values, low, high, changes.shape[1])
