"""Bars and trades that are made for tests of evidence."""

from __future__ import annotations

import numpy as np

from metafleet.engine.market.arrays import RATES, Array
from metafleet.hub.advisor.evidence.outcomes import Outcome

M15_S = 900
MONDAY_S = 1_704_067_200
"""2024-01-01, by the server's clock."""


def rates_of(days: int, *, seed: int = 1, start: float = 1.1) -> Array:
    """Return M15 bars of a random walk, Monday to Friday."""
    chance = np.random.default_rng(seed)
    times = np.arange(MONDAY_S, MONDAY_S + days * 86_400, M15_S)
    times = times[((times // 86_400) + 3) % 7 < 5]
    closes = start * np.exp(chance.normal(0, 4e-4, len(times)).cumsum())
    opens = np.concatenate(([start], closes[:-1]))
    reach = np.abs(chance.normal(0, 2e-4, (2, len(times)))) * start
    rows = np.zeros(len(times), RATES)
    rows["time"], rows["tick_volume"], rows["spread"] = times, 100, 8
    rows["open"], rows["close"] = opens.round(5), closes.round(5)
    rows["high"] = (np.maximum(opens, closes) + reach[0]).round(5)
    rows["low"] = (np.minimum(opens, closes) - reach[1]).round(5)
    return rows


def outcome(nets: list[float], *, begin_s: int = MONDAY_S, every_s: int = 6 * 3_600) -> Outcome:
    """Return trades of an hour each, one after the other."""
    entered = begin_s + every_s * np.arange(len(nets), dtype=np.int64)
    return Outcome(entered, entered + 3_600, np.array(nets, np.float64))
