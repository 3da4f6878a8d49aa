"""Trend Following: crossings, sizes, stops, and what it knows after a restart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.experts.offline import NotEnoughBars, run_over_bars
from metafleet.engine.experts.tests.market import MAGIC, Stage, account, bars_through, wave
from metafleet.engine.experts.trend_following import TrendFollowing

CENTRE = 1.08
SPREAD = 0.00008
FAST = {"bar_minutes": 1, "fast_period": 3, "slow_period": 8, "atr_period": 5}


def falling(count: int = 200) -> list[float]:
    return [CENTRE - 0.00005 * index for index in range(count)]


def turn_up(stage: Stage, expert: TrendFollowing, last: float) -> float:
    """Let bars rise until a position is open, or ten are over; return the last price."""
    for count in range(1, 11):
        stage.minute(expert, last + 0.0002 * count, SPREAD)
        if stage.desk.positions():
            break
    return last + 0.0002 * count


def begin(**inputs: object) -> tuple[Stage, TrendFollowing, float]:
    prices = falling()
    stage = Stage("EURUSD", bars_through(prices))
    stage.tick(prices[-1], spread=SPREAD)
    expert = TrendFollowing(stage.desk, {**FAST, **inputs})
    expert.on_start()
    return stage, expert, prices[-1]


def test_a_crossing_upwards_opens_one_long_position_with_stop_and_target() -> None:
    stage, expert, last = begin(trailing_atr=0.0)
    turn_up(stage, expert, last)
    (held,) = stage.desk.positions()
    assert (held.side, held.magic, held.comment) == ("buy", MAGIC, "trend 1m")
    assert held.sl is not None
    assert held.tp is not None
    risk, reward = held.price_open - held.sl, held.tp - held.price_open
    assert reward == pytest.approx(1.5 * risk, rel=0.02)


def test_a_stopped_trade_costs_the_set_share_of_equity() -> None:
    stage, expert, last = begin(trailing_atr=0.0, risk_percent=1.0, max_volume=10.0)
    turn_up(stage, expert, last)
    (held,) = stage.desk.positions()
    assert held.sl is not None
    loss = (held.price_open - held.sl) * 100_000 * held.volume
    assert loss == pytest.approx(100.0, abs=2.0)
    stage.tick(held.sl, spread=SPREAD)
    assert stage.desk.positions() == []
    assert stage.ledger.account().balance == pytest.approx(Decimal("9900"), abs=2)


def test_the_volume_is_bounded() -> None:
    stage, expert, last = begin(risk_percent=5.0, max_volume=0.25)
    turn_up(stage, expert, last)
    assert [held.volume for held in stage.desk.positions()] == [0.25]


def test_an_account_too_small_for_the_smallest_volume_is_left_alone() -> None:
    prices = falling()
    stage = Stage("EURUSD", bars_through(prices), deposit=20)
    stage.tick(prices[-1])
    expert = TrendFollowing(stage.desk, {**FAST, "risk_percent": 0.1})
    expert.on_start()
    turn_up(stage, expert, prices[-1])
    assert stage.desk.positions() == []
    assert "less than the smallest volume risks" in stage.desk.lines[0]


def test_the_stop_trails_and_never_goes_back() -> None:
    stage, expert, last = begin(target_atr=0.0, trailing_atr=2.0)
    last = turn_up(stage, expert, last)
    stops: list[float] = []
    for steps in (1, 2, 3, 4, 3, 3, 4, 5, 6):
        stage.minute(expert, last + 0.0002 * steps, SPREAD)
        stops += [held.sl for held in stage.desk.positions() if held.sl is not None]
    assert len(stops) == 9
    assert stops == sorted(stops)
    assert stops[-1] > stops[0] + 0.0005


def test_the_opposite_crossing_turns_the_position() -> None:
    stage, expert, last = begin(trailing_atr=0.0, stop_atr=20.0, target_atr=0.0)
    last = turn_up(stage, expert, last)
    assert stage.desk.positions()[0].side == "buy"
    for count in range(12):
        stage.minute(expert, last - 0.0002 * count, SPREAD)
    assert [held.side for held in stage.desk.positions()] == ["sell"]


@pytest.mark.parametrize(("direction", "sides"), [("long", ["buy"]), ("short", [])])
def test_a_direction_that_is_not_wanted_is_not_opened(direction: str, sides: list[str]) -> None:
    stage, expert, last = begin(direction=direction)
    turn_up(stage, expert, last)
    assert [held.side for held in stage.desk.positions()] == sides


@pytest.mark.parametrize(("start", "end", "count"), [(11, 12, 1), (12, 20, 0), (22, 12, 1), (22, 6, 0)])
def test_positions_are_opened_within_the_session_only(start: int, end: int, count: int) -> None:
    stage, expert, last = begin(session_start_hour=start, session_end_hour=end)
    turn_up(stage, expert, last)
    assert len(stage.desk.positions()) == count


def test_a_restarted_ea_stands_where_it_stood() -> None:
    stage, expert, last = begin(trailing_atr=0.0)
    turn_up(stage, expert, last)
    again = TrendFollowing(stage.desk, FAST)
    again.on_start()
    again.take(stage.desk.bars(2)[0], stage.now_s)
    assert len(stage.desk.positions()) == 1


def test_it_trades_both_ways_in_a_wave_and_every_position_has_a_stop() -> None:
    bars = bars_through(wave(4000, CENTRE, 0.004, 600))
    ledger = run_over_bars(
        TrendFollowing, symbol="EURUSD", bars=bars, account=account(), magic=MAGIC, inputs=FAST, warm_up=300
    )
    opened = [deal for deal in ledger.deals if deal.symbol and deal.entry == 0]
    assert {deal.type for deal in opened} == {0, 1}
    assert all(deal.sl is not None for deal in opened)


def test_the_same_bars_give_the_same_deals() -> None:
    bars = bars_through(wave(3000, CENTRE, 0.004, 600))
    runs = [
        run_over_bars(TrendFollowing, symbol="EURUSD", bars=bars, account=account(), magic=1, inputs=FAST)
        for _ in range(2)
    ]
    assert runs[0].deals == runs[1].deals


def test_closing_at_the_end_leaves_a_balance_that_is_the_sum_of_the_deals() -> None:
    bars = bars_through(wave(3000, CENTRE, 0.004, 600))
    ledger = run_over_bars(
        TrendFollowing, symbol="EURUSD", bars=bars, account=account(), magic=1, inputs=FAST, close_at_end=True
    )
    assert ledger.positions() == []
    assert ledger.book.balance == sum(deal.net for deal in ledger.deals)


def test_bars_that_only_suffice_for_the_warm_up_are_refused() -> None:
    with pytest.raises(NotEnoughBars, match="10 bars, all of them for the warm-up of 1500"):
        run_over_bars(
            TrendFollowing, symbol="EURUSD", bars=bars_through([1.0] * 10), account=account(), magic=1
        )
