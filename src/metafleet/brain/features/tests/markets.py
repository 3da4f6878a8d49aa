"""Bars for tests: a walk with gaps and flat stretches, other symbols, and a calendar."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.features import CALENDAR
from metafleet.engine.market.arrays import RATES
from metafleet.engine.market.symbols import EURUSD

SPEC: Final = EURUSD
HOUR_S: Final = 3_600
MONDAY_S: Final = 1_700_438_400
"""2023-11-20 00:00, a Monday."""


def bars_of(closes: list[float], *, span_s: int = HOUR_S, begin_s: int = MONDAY_S) -> NDArray[Any]:
    """Return bars without shadows: each opens at the close before; no spread."""
    made = np.zeros(len(closes), RATES)
    made["time"] = begin_s + span_s * np.arange(len(closes))
    made["close"] = closes
    made["open"] = [closes[0], *closes[:-1]]
    made["high"] = np.maximum(made["open"], made["close"])
    made["low"] = np.minimum(made["open"], made["close"])
    return made


def walk(seed: int, count: int, *, price: float = 1.1) -> NDArray[Any]:
    """Return hourly bars of a walk that has weekends, jumps, flat bars and stretches where nothing moves."""
    chance = np.random.default_rng(seed)
    steps = chance.standard_normal(count) * 0.0008
    steps[chance.random(count) < 0.05] = 0.0
    steps[chance.random(count) < 0.01] *= 12.0
    for begin in chance.integers(0, max(count, 1), 2):
        steps[begin : begin + int(chance.integers(1, 40))] = 0.0
    closes = np.round(price * np.exp(np.cumsum(steps)), 5)
    made = bars_of(closes.tolist())
    made["time"] += HOUR_S * 48 * (np.arange(count) // 120)
    wide = np.abs(chance.standard_normal((2, count))) * 0.0004 * (steps != 0.0)
    made["high"] = np.round(made["high"] + wide[0], 5)
    made["low"] = np.round(made["low"] - wide[1], 5)
    made["spread"] = chance.integers(0, 30, count) * (chance.random(count) < 0.9)
    made["tick_volume"] = chance.integers(0, 500, count)
    return made


def beside(seed: int, count: int) -> dict[str, NDArray[Any]]:
    """Return other symbols' bars, some of which are missing."""
    chance = np.random.default_rng(seed + 1)
    prices = {"USDJPY": 110.0, "EURGBP": 0.88, "GBPUSD": 1.25, "AUDNZD": 1.06}
    return {
        name: walk(seed + place, count, price=price)[chance.random(count) < 0.95]
        for place, (name, price) in enumerate(prices.items(), 2)
    }


def calendar(seed: int, rates: NDArray[Any], *, each: int = 15) -> NDArray[Any]:
    """Return a schedule around these bars, in no order."""
    chance = np.random.default_rng(seed + 7)
    count = len(rates) // each + 1
    made = np.zeros(count, CALENDAR)
    made["time"] = chance.choice(rates["time"], count) + chance.integers(-2, 3, count) * 900
    made["currency"] = chance.choice(["EUR", "USD", "JPY", "All"], count)
    made["weight"] = chance.integers(1, 4, count)
    return made
