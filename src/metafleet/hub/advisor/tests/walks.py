"""Bars of made markets, for the analysis's tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import RATES, Array

MONDAY_S = 1_704_067_200
"""2024-01-01, a Monday."""


def bars(changes: NDArray[np.float64], period_s: int = 3_600, begin_s: int = MONDAY_S) -> Array:
    """Bars without holes whose closes make these changes in logarithms."""
    rates = np.zeros(len(changes), RATES)
    rates["time"] = begin_s + period_s * np.arange(len(changes))
    rates["close"] = 1.1 * np.exp(np.cumsum(changes))
    rates["open"] = np.append(1.1, rates["close"][:-1])
    wide = np.abs(changes) * rates["close"] * 0.3 + 1e-5
    rates["high"] = np.maximum(rates["open"], rates["close"]) + wide
    rates["low"] = np.minimum(rates["open"], rates["close"]) - wide
    rates["tick_volume"], rates["spread"] = 10, 8
    return rates


def noise(count: int, size: float = 5e-4, seed: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0.0, size, count)


def planted(seed: int = 3) -> tuple[Array, NDArray[np.str_]]:
    """Hours of a market whose regime is known: stretches of three to six days, again and again."""
    draw = np.random.default_rng(seed)
    kinds = {
        "calm": (0.0, 1.5e-4),
        "ranging": (0.0, 5e-4),
        "trending up": (4e-4, 5e-4),
        "trending down": (-4e-4, 5e-4),
        "turbulent": (0.0, 2e-3),
    }
    changes: list[NDArray[np.float64]] = []
    names: list[str] = []
    for _ in range(60):
        name = str(draw.choice(list(kinds)))
        drift, size = kinds[name]
        count = int(draw.integers(72, 144))
        changes.append(draw.normal(drift, size, count))
        names += [name] * count
    return bars(np.concatenate(changes)), np.array(names)
