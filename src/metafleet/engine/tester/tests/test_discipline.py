"""Sizes, hours, spreads, limits and trailing stops, as EAs inherit them."""

from __future__ import annotations

from decimal import Decimal
from math import floor, nan, sqrt
from typing import Any

import pytest

from metafleet.engine.experts import Bar, Input, InputRefused, parse_inputs
from metafleet.engine.experts.discipline import Disciplined
from metafleet.engine.experts.sizing import daily_deviation
from metafleet.engine.tester.tests.scenes import entries, exits, played, quiet


class Punctual(Disciplined):
    """Buys whenever it may, 100 points from its stop."""

    slug, name, symbols = "punctual", "Punctual", ("EURUSD",)
    trailing: float = Input(0.0, ge=0.0, le=1.0)
    held_bars: int = Input(0, ge=0, le=100)

    def on_bar(self, bar: Bar) -> None:
        for held in self.positions:
            if self.held_bars and self.is_held_for(held, self.held_bars):
                self.close(held)
        if self.trailing:
            self.trail(self.trailing)
        if self.may_enter():
            self.enter("buy", stop_distance=self.floored(0.0010), comment=f"{bar.close:.5f}")


FLAT = quiet(600)


@pytest.mark.parametrize(
    ("inputs", "volume"),
    [
        ({"risk_percent": 1.0}, 1.0),  # 100 dollars, 100 points, a dollar a point and lot
        ({"risk_percent": 0.456}, 0.45),
        ({"risk_percent": 5.0, "max_volume": 0.7}, 0.7),
        ({"sizing": "fixed", "fixed_volume": 0.13}, 0.13),
        ({"sizing": "fixed", "fixed_volume": 3.0}, 1.0),
    ],
)
def test_a_volume_is_what_was_chosen_to_the_step(inputs: dict[str, Any], volume: float) -> None:
    first, *_ = entries(played(Punctual, FLAT, **inputs))
    assert first.volume == volume
    assert first.sl == pytest.approx(first.price - 0.0010, abs=1e-9)


def test_a_stop_that_is_hit_costs_what_was_risked_to_the_cent() -> None:
    (stop,) = {deal.sl for deal in entries(played(Punctual, quiet(401), risk_percent=1.0))}
    assert stop is not None
    closes = [*quiet(400), stop + 0.00005]  # the low of a bar is as much below
    stopped, *_ = exits(played(Punctual, closes, risk_percent=1.0, session_end_hour=6))
    assert (stopped.profit, stopped.volume) == (Decimal("-100.00"), 1.0)


def test_volatility_sizes_by_the_usual_move_of_a_day() -> None:
    closes = [1.1 + 0.0002 * (place % 2) for place in range(500)]
    first, *_ = entries(played(Punctual, closes, sizing="volatility", volatility_percent=0.5))
    usual = 0.0002 * sqrt(1_440)
    assert first.volume == floor(10_000 * 0.005 / (usual * 100_000) * 100) / 100 == 0.06


def test_a_day_of_even_moves_is_their_root_times_one() -> None:
    assert daily_deviation([1.0, 1.1, 1.0, 1.1, 1.0], 4.0) == pytest.approx(0.2)
    assert daily_deviation([1.0], 4.0) == 0.0


def test_nothing_is_opened_for_less_than_the_smallest_volume() -> None:
    result = played(Punctual, FLAT, risk_percent=0.005)
    assert entries(result) == []
    assert "no entry: 0.005 % of equity is less than the smallest volume risks" in result.log[0]


@pytest.mark.parametrize(
    ("start", "end", "hours"), [(6, 7, {6}), (7, 7 + 1, {7}), (23, 7, {5, 6}), (0, 24, {5, 6, 7, 8, 9})]
)
def test_entries_keep_to_the_session(start: int, end: int, hours: set[int]) -> None:
    result = played(Punctual, FLAT, session_start_hour=start, session_end_hour=end, held_bars=1)
    assert {deal.time_msc // 3_600_000 % 24 for deal in entries(result)} == hours


@pytest.mark.parametrize(("limit", "opens"), [(0, True), (10, True), (9, False)])
def test_a_spread_that_is_too_wide_keeps_it_out(limit: int, opens: bool) -> None:
    assert bool(entries(played(Punctual, FLAT, max_spread_points=limit))) is opens


def test_a_stop_is_never_nearer_than_three_spreads() -> None:
    first, *_ = entries(played(Punctual, FLAT, spread=50))
    assert first.sl == pytest.approx(first.price - 0.0015, abs=1e-9)


def test_without_a_stop_nothing_is_opened() -> None:
    """As before an indicator has a value."""

    class Blind(Punctual):
        def floored(self, distance: float) -> float:
            return super().floored(nan)

    assert entries(played(Blind, FLAT, sizing="fixed")) == []


def test_the_day_ends_with_its_loss_limit_and_the_next_is_another() -> None:
    """It loses the spread of ten points each minute: ten dollars a lot."""
    closes = [1.1] * 3_400
    limited = played(Punctual, closes, held_bars=1, sizing="fixed", fixed_volume=1.0, daily_loss_percent=1.0)
    free = played(Punctual, closes, held_bars=1, sizing="fixed", fixed_volume=1.0)
    days = [deal.time_msc // 86_400_000 for deal in entries(limited)]
    assert [days.count(day) for day in sorted(set(days))] == [10, 10, 10]
    assert len(entries(free)) > 800


def test_a_stop_follows_the_price_and_never_goes_back() -> None:
    closes = quiet(400) + [round(1.1 + 0.0001 * step, 5) for step in (5, 10, 20, 30, 25, 22, 40, 26)]
    result = played(Punctual, closes, trailing=0.0010, session_end_hour=6)
    stopped = exits(result)[-1]
    assert stopped.sl == pytest.approx(1.1 + 0.0040 - 0.0010, abs=0.00011)
    assert stopped.price > entries(result)[-1].price


def test_a_trade_is_held_for_so_many_bars() -> None:
    result = played(Punctual, FLAT, held_bars=7)
    pairs = list(zip(entries(result), exits(result), strict=False))
    assert len(pairs) > 20
    assert {(out.time_msc - into.time_msc) // 60_000 for into, out in pairs} == {7}


def test_a_session_without_hours_is_refused() -> None:
    with pytest.raises(InputRefused, match="session_end_hour: must differ"):
        parse_inputs(Punctual, {"session_start_hour": 9, "session_end_hour": 9})
