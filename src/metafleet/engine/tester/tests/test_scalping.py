"""Scalping: its signal, its target and stop in points, and all that keeps it out."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.engine.experts.scalping import Scalping
from metafleet.engine.tester.tests.scenes import entries, exits, played

DIP = [-1, -2, -3, -4, -5, -6, -7, -8, -4, -2]
"""Steps of 5 points down, and back up: the RSI comes out of its extreme."""
ALL_DAY: dict[str, Any] = {"session_start_hour": 0, "session_end_hour": 24}


def dips(count: int = 1, pause: int = 40) -> list[float]:
    closes = [1.1] * 400
    for _ in range(count):
        closes += [round(1.1 + 0.00005 * step, 5) for step in DIP] + [1.0999] * pause
    return closes


def mirrored(closes: list[float]) -> list[float]:
    return [round(2.2 - close, 5) for close in closes]


@pytest.mark.parametrize(("closes", "side"), [(dips(), 0), (mirrored(dips()), 1)])
def test_it_fades_a_small_swing_for_a_few_points(closes: list[float], side: int) -> None:
    entry, *_ = entries(played(Scalping, closes, **ALL_DAY))
    sign = 1 if side == 0 else -1
    assert (entry.type, entry.comment) == (side, "scalp")
    assert entry.sl is not None
    assert entry.tp is not None
    assert sign * (entry.price - entry.sl) == pytest.approx(0.0008, abs=1e-9)
    assert sign * (entry.tp - entry.price) == pytest.approx(0.0004, abs=1e-9)
    assert entry.volume == 0.37  # 30 dollars over 80 points


@pytest.mark.parametrize(
    ("spread", "inputs"),
    [(13, ALL_DAY), (10, {}), (10, ALL_DAY | {"max_atr_points": 5})],
)
def test_what_is_not_quiet_tight_or_at_its_hour_is_left_alone(spread: int, inputs: dict[str, Any]) -> None:
    assert entries(played(Scalping, dips(), spread, **inputs)) == []


def test_a_trade_that_takes_too_long_is_closed() -> None:
    result = played(Scalping, dips(), max_bars=7, **ALL_DAY)
    assert exits(result)[0].time_msc - entries(result)[0].time_msc == 7 * 60_000


@pytest.mark.parametrize("most", [1, 3])
def test_a_day_has_so_many_trades(most: int) -> None:
    assert len(entries(played(Scalping, dips(6), max_bars=5, max_trades=most, **ALL_DAY))) == most


def test_a_lost_day_is_over() -> None:
    """Each trade comes 10 points its way and pays a spread of 12: it loses 2 points of 0.37 lots."""
    lost = {"max_bars": 2, "max_trades": 100, "daily_loss_percent": 0.05} | ALL_DAY
    free = {"max_bars": 2, "max_trades": 100, "daily_loss_percent": 0.0} | ALL_DAY
    limited, unlimited = (len(entries(played(Scalping, dips(8), 12, **inputs))) for inputs in (lost, free))
    assert (limited, unlimited) == (7, 15)  # the seventh brings it beyond 5 dollars


def test_nothing_happens_in_a_market_that_stands_still() -> None:
    assert entries(played(Scalping, [1.1] * 900, **ALL_DAY)) == []
