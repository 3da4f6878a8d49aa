"""Momentum: how large a move must be, who must agree, and when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.engine.experts.momentum import MomentumTrading
from metafleet.engine.tester.tests.scenes import BEFORE, atr_at, entries, exits, minutes, played, quiet

RISING = [*quiet(height=0.0001), *(round(1.1 + 0.0002 * step, 5) for step in range(1, 30))]


def mirrored(closes: list[float]) -> list[float]:
    return [round(2.2 - close, 5) for close in closes]


def begun(closes: list[float]) -> int:
    """The first bar whose move over 24 bars is larger than the usual one, reckoned from prices."""
    for place in range(BEFORE, len(closes)):
        if abs(closes[place] - closes[place - 24]) / closes[place - 24] > usual(closes, place):
            return place
    raise LookupError


def usual(closes: list[float], place: int) -> float:
    return atr_at(closes, place, 14) * 24**0.5 / closes[place]


@pytest.mark.parametrize(("closes", "side"), [(RISING, 0), (mirrored(RISING), 1)])
@pytest.mark.parametrize("confirmation", ["slope", "macd", "both", "none"])
def test_it_joins_a_move_that_outgrows_the_usual_one(
    closes: list[float], side: int, confirmation: str
) -> None:
    (entry,) = entries(played(MomentumTrading, closes, confirmation=confirmation))
    place, sign = begun(closes), 1 if side == 0 else -1
    assert (entry.type, entry.comment, entry.tp) == (side, "momentum", None)
    assert entry.time_msc // 1000 == minutes(closes)["time"][place + 1]
    assert entry.sl is not None
    stop = 2.5 * atr_at(closes, place, 14)
    assert sign * (entry.price - entry.sl) == pytest.approx(stop, abs=1.1e-5)


@pytest.mark.parametrize("inputs", [{"strength": 6.0}, {"max_spread_points": 5}, {"session_start_hour": 12}])
def test_what_is_not_wanted_is_left_alone(inputs: dict[str, Any]) -> None:
    assert entries(played(MomentumTrading, RISING, **inputs)) == []


def test_a_move_against_the_trend_is_not_confirmed() -> None:
    """A bounce in a long fall: large enough, but the average still falls."""
    fall = [round(1.12 - 0.0001 * step, 5) for step in range(BEFORE)]
    bounce = [round(fall[-1] + 0.0012 * step, 5) for step in range(1, 4)]
    long: dict[str, Any] = {"change_period": 3, "slope_period": 400}
    free, bound = (
        entries(played(MomentumTrading, fall + bounce, confirmation=word, **long))
        for word in ("none", "slope")
    )
    assert (len(free), bound) == (1, [])


def test_it_ends_when_the_move_has_turned() -> None:
    down = [round(RISING[-1] - 0.0004 * step, 5) for step in range(1, 25)]
    result = played(MomentumTrading, RISING + down, stop_atr=20.0, trailing_atr=0.0, confirmation="none")
    entry, out = entries(result)[0], exits(result)[0]
    place = next(at for at in range(len(RISING), 999) if (RISING + down)[at] < (RISING + down)[at - 24])
    assert entry.type == 0
    assert out.time_msc // 1000 == minutes(RISING + down)["time"][place + 1]


def test_the_stop_follows_the_price() -> None:
    result = played(MomentumTrading, RISING)
    (held,), (entry,) = result.positions, entries(result)
    assert held.sl is not None
    assert entry.sl is not None
    assert held.sl > entry.sl + 0.0010
