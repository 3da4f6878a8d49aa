"""Prices in which one thing happens, and an EA that lives through them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import sin
from typing import Any

import numpy as np

from metafleet.engine.broker.records import Deal
from metafleet.engine.experts import Expert
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.tester import Test, TestResult
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.rooms import supply

MONDAY_S = 1_704_672_000
"""2024-01-08 00:00, so that scenes play before noon."""

BEFORE = 400
"""Quiet minutes before each scene."""


def quiet(count: int = BEFORE, centre: float = 1.1, height: float = 0.0003) -> list[float]:
    """Closes that swing about a centre."""
    return [round(centre + height * sin(place / 3.0), 5) for place in range(count)]


def minutes(closes: Sequence[float], spread: int = 10, reach: float = 0.00005) -> Array:
    """M1 bars that open where the one before closed. spread: points; reach: beyond open and close."""
    rates = np.zeros(len(closes), RATES)
    close = np.array(closes)
    rates["time"] = MONDAY_S + 60 * np.arange(len(closes))
    rates["close"], rates["open"] = close, np.concatenate((close[:1], close[:-1]))
    rates["high"] = (np.maximum(rates["open"], close) + reach).round(5)
    rates["low"] = (np.minimum(rates["open"], close) - reach).round(5)
    rates["tick_volume"], rates["spread"] = 10, spread
    return rates


def played(cls: type[Expert], closes: Sequence[float], spread: int = 10, **inputs: Any) -> TestResult:
    """Let an EA live through M1 bars, without commission; what is open at the end stays open."""
    rates = minutes(closes, spread)
    test = Test(
        symbol="EURUSD",
        timeframe="M1",
        from_s=int(rates["time"][BEFORE - 50]),
        inputs=inputs,
        commission=Decimal(0),
        close_at_end=False,
    )
    return run_test(cls, test, supply(rates))


def entries(result: TestResult) -> list[Deal]:
    """The deals that opened something."""
    return [deal for deal in result.deals if deal.symbol and deal.entry == 0]


def exits(result: TestResult) -> list[Deal]:
    """The deals that closed something."""
    return [deal for deal in result.deals if deal.symbol and deal.entry == 1]


def atr_at(closes: Sequence[float], place: int, period: int) -> float:
    """The simple average of the true ranges up to this bar, reckoned bar by bar."""
    rates = minutes(closes)
    reaches = []
    for at in range(place - period + 1, place + 1):
        before = float(rates["close"][at - 1])
        reaches.append(max(float(rates["high"][at]), before) - min(float(rates["low"][at]), before))
    return sum(reaches) / period
