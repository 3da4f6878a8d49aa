"""Grid Trading: its lines, its stops, and what it knows after a restart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.broker.records import REASON_SL
from metafleet.engine.experts.grid import Frame, GridTrading, read_comment
from metafleet.engine.experts.offline import run_over_bars
from metafleet.engine.experts.tests.market import MAGIC, Stage, account, bars_through, wave
from metafleet.engine.market.records import Tick

CENTRE = 1.27
STEP = 0.0006
INPUTS = {"volume": 0.1}


@pytest.fixture
def stage() -> Stage:
    return Stage("GBPUSD", bars_through([CENTRE] * 300, reach=0.0002))


def begin(stage: Stage, **inputs: object) -> GridTrading:
    stage.tick(CENTRE)
    expert = GridTrading(stage.desk, {**INPUTS, **inputs})
    expert.on_start()
    return expert


def levels(stage: Stage) -> list[int]:
    read = [read_comment(held.comment) for held in stage.desk.positions()]
    return [found[1] for found in read if found is not None]


def test_it_sells_above_the_mean_with_stop_and_target(stage: Stage) -> None:
    expert = begin(stage)
    expert.on_tick(stage.tick(CENTRE + 1.1 * STEP))
    (held,) = stage.desk.positions()
    assert (held.side, held.volume, held.magic, held.comment) == ("sell", 0.1, MAGIC, "grid 1.27000 60 +1")
    assert held.sl == pytest.approx(CENTRE + 6 * STEP)
    assert held.tp == pytest.approx(held.price_open - STEP)


def test_it_buys_below_the_mean(stage: Stage) -> None:
    expert = begin(stage)
    expert.on_tick(stage.tick(CENTRE - 2.3 * STEP))
    (held,) = stage.desk.positions()
    assert (held.side, held.comment) == ("buy", "grid 1.27000 60 -2")
    assert held.sl == pytest.approx(CENTRE - 6 * STEP)


def test_each_line_is_taken_once(stage: Stage) -> None:
    expert = begin(stage)
    for steps in (1.1, 1.2, 2.1, 1.1, 2.2, 3.1):
        expert.on_tick(stage.tick(CENTRE + steps * STEP))
    assert levels(stage) == [1, 2, 3]


def test_there_are_no_more_lines_than_set(stage: Stage) -> None:
    expert = begin(stage, max_levels=2, stop_steps=4.0)
    for steps in (1.1, 2.1, 3.1, 4.1):
        expert.on_tick(stage.tick(CENTRE + steps * STEP))
    assert levels(stage) == [1, 2]


def test_a_restarted_ea_doubles_no_line_and_keeps_its_grid(stage: Stage) -> None:
    begin(stage).on_tick(stage.tick(CENTRE + 1.1 * STEP))
    again = GridTrading(stage.desk, {**INPUTS, "step_points": 70})
    again.on_start()
    for steps in (1.1, 1.3, 2.1, 2.2):
        again.on_tick(stage.tick(CENTRE + steps * STEP))
    assert [held.comment for held in stage.desk.positions()] == ["grid 1.27000 60 +1", "grid 1.27000 60 +2"]


def test_a_position_whose_comment_is_lost_still_takes_its_line(stage: Stage) -> None:
    expert = begin(stage)
    expert.buy(0.1, comment="")
    position = stage.desk.positions()[0]
    assert expert._taken([position], Frame(position.price_open + 2 * STEP, 60)) == {-2}


def test_a_paused_ea_opens_nothing(stage: Stage) -> None:
    expert = begin(stage)
    stage.desk.entries_allowed = False
    expert.on_tick(stage.tick(CENTRE + 1.1 * STEP))
    assert stage.desk.positions() == []
    assert expert.buy(0.1).retcode == 10027


def test_the_basket_stop_closes_everything(stage: Stage) -> None:
    expert = begin(stage, basket_loss_percent=0.5, stop_steps=19.0)
    for steps in (1.1, 2.1, 3.1):
        expert.on_tick(stage.tick(CENTRE + steps * STEP))
    assert len(stage.desk.positions()) == 3
    expert.on_tick(stage.tick(CENTRE + 6.0 * STEP))
    assert stage.desk.positions() == []
    assert stage.ledger.account().balance < Decimal("9950.00")
    assert stage.desk.lines == ["basket stop: closing 3 positions"]


def test_a_running_market_begins_no_grid() -> None:
    rising = [CENTRE + 0.00008 * index for index in range(120)]
    stage = Stage("GBPUSD", bars_through(rising))
    stage.tick(rising[-1])
    expert = GridTrading(stage.desk, {"calm_steps": 1.0})
    expert.on_start()
    expert.on_tick(stage.tick(rising[-1] + 2 * STEP))
    assert stage.desk.positions() == []


def test_a_wide_spread_opens_nothing(stage: Stage) -> None:
    expert = begin(stage)
    expert.on_tick(stage.tick(CENTRE + 1.1 * STEP, spread=0.0005))
    assert stage.desk.positions() == []


def test_after_a_refusal_it_waits_ten_market_seconds(stage: Stage) -> None:
    expert = begin(stage, volume=50.0)
    for _ in range(15):
        expert.on_tick(stage.tick(CENTRE + 1.1 * STEP))
    assert stage.desk.lines == ["line +1 refused: 10019 No money"] * 2


def test_it_earns_in_a_wave_and_every_position_has_a_stop() -> None:
    bars = bars_through(wave(3000, CENTRE, 0.0015, 200))
    ledger = run_over_bars(
        GridTrading,
        symbol="GBPUSD",
        bars=bars,
        account=account(),
        magic=MAGIC,
        warm_up=300,
        close_at_end=True,
    )
    opened = [deal for deal in ledger.deals if deal.symbol and deal.entry == 0]
    assert len(opened) > 50
    assert all(deal.sl is not None and deal.tp is not None for deal in opened)
    assert ledger.book.balance > Decimal(10_000)


def test_a_trend_against_it_costs_no_more_than_the_stops() -> None:
    calm, fall = wave(400, CENTRE, 0.0002, 50), [CENTRE - 0.00004 * index for index in range(1500)]
    ledger = run_over_bars(
        GridTrading,
        symbol="GBPUSD",
        bars=bars_through(calm + fall),
        account=account(),
        magic=MAGIC,
        warm_up=300,
    )
    assert any(deal.reason == REASON_SL for deal in ledger.deals)
    assert ledger.account().equity > Decimal(9_800)


@pytest.mark.parametrize("comment", ["", "grid", "trend 15m", "grid 1.2 x +1", "mf:0123456789ab"])
def test_a_comment_of_another_says_nothing(comment: str) -> None:
    assert read_comment(comment) is None


def test_a_comment_says_all_that_a_restart_needs() -> None:
    comment = Frame(2650.12, 400).comment(-12, 2)
    assert comment == "grid 2650.12 400 -12"
    assert read_comment(comment) == (Frame(2650.12, 400), -12)


def test_a_tick_before_any_history_opens_nothing() -> None:
    stage = Stage("GBPUSD", bars_through([CENTRE] * 10))
    expert = begin(stage)
    expert.on_tick(Tick("GBPUSD", 0, CENTRE + 5 * STEP, CENTRE + 6 * STEP))
    assert stage.desk.positions() == []
