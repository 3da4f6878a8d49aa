"""Bars for tests: a walk by a seed, as RATES and as callers send them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S, open_s

Sent = list[tuple[int, float, float, float, float, int, int]]


def walk(count: int, *, until: datetime, timeframe: str = "M15", seed: int = 7) -> Array:
    """Return bars, one after the other, of which the newest closed last before `until`."""
    period_s = PERIODS_S[BY_NAME[timeframe]]
    end_s = open_s(BY_NAME[timeframe], int(until.astimezone(UTC).timestamp()))
    random = np.random.default_rng(seed)
    close = np.round(1.1 * np.exp(np.cumsum(random.standard_normal(count) * 4e-4)), 5)
    rates = np.zeros(count, RATES)
    rates["time"] = end_s - period_s * np.arange(count, 0, -1)
    rates["close"] = close
    rates["open"] = np.concatenate(([1.1], close[:-1]))
    reach = np.round(np.abs(random.standard_normal((2, count))) * 2e-4, 5)
    rates["high"] = np.maximum(rates["open"], close) + reach[0]
    rates["low"] = np.minimum(rates["open"], close) - reach[1]
    rates["tick_volume"], rates["spread"] = 100, 8
    return rates


def sent(rates: Array) -> Sent:
    """Return bars as they stand in a request."""
    columns = ("time", "open", "high", "low", "close", "tick_volume", "spread")
    return [tuple(row[name].item() for name in columns) for row in rates]
