"""Made-up markets of which it is known what there is to be found."""

from __future__ import annotations

from typing import Literal

import numpy as np

from metafleet.engine.market.arrays import RATES, Array

Edge = Literal["none", "trend", "weekday"]

_BEGIN_S = 1_262_563_200  # Monday, 2010-01-04
_STEPS = 8
_HOUR_VOLATILITY = 0.001


def hours(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return when so many bars open, hour by hour, Monday to Friday."""
    weeks = -(-count // 120)
    week = np.arange(120) * 3_600
    return (_BEGIN_S + np.arange(weeks)[:, None] * 604_800 + week[None, :]).reshape(-1)[:count]


def market(
    count: int,
    seed: int,
    *,
    edge: Edge = "none",
    strength: float = 0.15,
    spread: int = 10,
    is_restless: bool = False,
) -> Array:
    """Return bars of a random walk in which there may be something to be found.

    edge: "trend": prices go on as they went over the last 20 bars, which a line can see; "weekday": so they
    do until Wednesday, and turn back on Thursday and Friday, which it cannot. strength: drift of a bar at
    the most, in standard deviations of one. spread: points of 1e-5. is_restless: whether
    volatility comes in clusters: its logarithm goes back to its mean by a fiftieth each bar.
    """
    random = np.random.default_rng(seed)
    times = hours(count)
    steps = random.standard_normal((count, _STEPS)) * _HOUR_VOLATILITY / _STEPS**0.5
    if is_restless:
        level, shocks = 0.0, random.standard_normal(count) * 0.1
        for bar in range(count):
            level = 0.98 * level + shocks[bar]
            steps[bar] *= np.exp(level)
    signs = np.where((times // 86_400 + 3) % 7 < 3, 1.0, -1.0) if edge == "weekday" else np.ones(count)
    closes, opens = np.empty(count), np.empty(count)
    highs, lows = np.empty(count), np.empty(count)
    price = 0.0
    for bar in range(count):
        drift = 0.0
        if edge != "none" and bar >= 21:
            moved = (closes[bar - 1] - closes[bar - 21]) / (_HOUR_VOLATILITY * 20**0.5)
            pull = np.tanh(2 * moved) if edge == "weekday" else np.tanh(moved / 3)
            drift = strength * _HOUR_VOLATILITY * signs[bar] * pull
        path = price + np.cumsum(steps[bar] + drift / _STEPS)
        opens[bar], closes[bar] = price, path[-1]
        highs[bar], lows[bar] = max(price, path.max()), min(price, path.min())
        price = path[-1]
    rates = np.zeros(count, RATES)
    rates["time"] = times
    for name, values in (("open", opens), ("high", highs), ("low", lows), ("close", closes)):
        rates[name] = 1.2 * np.exp(values)
    rates["tick_volume"] = 100
    rates["spread"] = spread
    return rates
