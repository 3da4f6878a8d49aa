"""Trend Following on charts deals as it did when it fed bars and averages by itself."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from metafleet.engine.experts.trend_following import TrendFollowing
from metafleet.engine.tester import Test
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.rooms import MONDAY_S, supply, walk
from metafleet.engine.tester.tests.trend_before import TrendBefore

WALK = walk(9_000)
WALK["time"] = MONDAY_S + 60 * np.arange(len(WALK))
"""No minute is missing: charts know a minute earlier that a bar is over that lacks its last one."""


@pytest.mark.parametrize("minutes", [1, 5, 15])
@pytest.mark.parametrize(
    "inputs", [{}, {"trailing_atr": 0.0}, {"direction": "short", "target_atr": 0.0, "risk_percent": 2.0}]
)
def test_the_deals_are_those_of_version_1_0(minutes: int, inputs: dict[str, Any]) -> None:
    """Both have the same past, from the first bar of all: that is what the old one warms up with."""
    inputs = {"bar_minutes": minutes, **inputs}
    test = Test(symbol="EURUSD", timeframe="M1", from_s=int(WALK["time"][minutes * 120]), inputs=inputs)
    before, now = (run_test(cls, test, supply(WALK)) for cls in (TrendBefore, TrendFollowing))
    assert list(before.deals) == list(now.deals)
    assert before.account.equity == now.account.equity
    assert len(now.deals) > 15


@pytest.mark.parametrize("trailing_atr", [0.0, 3.0])
def test_a_chart_of_its_own_bars_is_quicker_and_the_same(trailing_atr: float) -> None:
    """Without a stop that trails it sleeps from one crossing to the next."""
    inputs: dict[str, Any] = {"bar_minutes": 15, "trailing_atr": trailing_atr}
    test = Test(symbol="EURUSD", timeframe="M1", from_s=int(WALK["time"][3_000]), inputs=inputs)
    by_minutes = run_test(TrendFollowing, test, supply(WALK))
    by_bars = run_test(TrendFollowing, msgspec.structs.replace(test, timeframe="M15"), supply(WALK))
    assert list(by_minutes.deals) == list(by_bars.deals)
    assert len(by_bars.deals) > 10
