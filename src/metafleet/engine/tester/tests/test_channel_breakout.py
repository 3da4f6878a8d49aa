"""Breakout: what counts as a break, and how the trade that follows it ends."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.engine.experts.channel_breakout import ChannelBreakout
from metafleet.engine.tester.tests.scenes import BEFORE, atr_at, entries, exits, minutes, played, quiet

ROSE = [*quiet(), 1.1012]
"""Above the highest high of the last minutes with its last bar."""
ON = [1.1013, 1.1015, 1.1017, 1.1019]


def mirrored(closes: list[float]) -> list[float]:
    return [round(2.2 - close, 5) for close in closes]


@pytest.mark.parametrize(("closes", "side"), [(ROSE + ON, 0), (mirrored(ROSE + ON), 1)])
def test_it_goes_with_a_close_beyond_the_channel_before(closes: list[float], side: int) -> None:
    (entry,) = entries(played(ChannelBreakout, closes))
    sign = 1 if side == 0 else -1
    assert (entry.type, entry.comment, entry.tp) == (side, "breakout", None)
    assert entry.time_msc // 1000 == minutes(closes)["time"][BEFORE + 1]
    stop = 2.0 * atr_at(closes, BEFORE, 14)
    assert entry.sl is not None
    assert sign * (entry.price - entry.sl) == pytest.approx(stop, abs=1.1e-5)
    assert entry.volume == int(30.0 / (stop * 100_000) * 100) / 100


@pytest.mark.parametrize(
    "inputs",
    [
        {"beyond_atr": 5.0},
        {"direction": "short"},
        {"max_width_atr": 2.0},
        {"max_spread_points": 9},
        {"session_start_hour": 12},
    ],
)
def test_a_break_that_is_not_wanted_is_left_alone(inputs: dict[str, Any]) -> None:
    assert entries(played(ChannelBreakout, ROSE + ON, **inputs)) == []


def test_a_touch_within_the_channel_is_none() -> None:
    assert entries(played(ChannelBreakout, [*quiet(), 1.1003, 1.1003, 1.1003])) == []


def test_a_fall_back_through_the_middle_ends_it() -> None:
    closes = [*ROSE, 1.1010, 1.1004, 1.1004]
    wide: dict[str, Any] = {"stop_atr": 20.0, "trailing_atr": 0.0}
    (out,) = exits(played(ChannelBreakout, closes, **wide))
    assert out.time_msc // 1000 == minutes(closes)["time"][BEFORE + 3]
    assert exits(played(ChannelBreakout, closes, ends_at_middle=False, **wide)) == []


def test_the_stop_follows_the_price() -> None:
    up = [round(1.1012 + 0.0004 * step, 5) for step in range(1, 12)]
    result = played(ChannelBreakout, ROSE + up)
    (held,), (entry,) = result.positions, entries(result)
    assert entry.sl is not None
    assert held.sl is not None
    assert held.sl > entry.price > entry.sl


@pytest.mark.parametrize(("one_a_day", "count"), [(True, 1), (False, 2)])
def test_once_a_day_is_once_though_it_was_stopped(one_a_day: bool, count: int) -> None:
    fell, again = [1.0990] * 3, [*quiet(60, 1.0990), 1.1040, 1.1042]
    result = played(ChannelBreakout, ROSE + fell + again, one_a_day=one_a_day, direction="long")
    assert len(entries(result)) == count
