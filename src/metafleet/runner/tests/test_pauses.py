"""A pause is kept by the runner: what the EA may send, and what becomes of its positions."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from metafleet.engine.broker.records import OrderRequest, Position
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.runner.pause_rules import Mode, break_even_stop, forbids
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import MAGIC, Broker, Runner, assignment, eager
from metafleet.runner.tests.test_commands import Life

EURUSD = SYMBOLS["EURUSD"]
ENTRY = OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.1)
EXIT = OrderRequest(action="close", position=7)


def position(side: Any = "buy", sl: float | None = 1.0950) -> Position:
    return Position(
        ticket=7, symbol="EURUSD", side=side, volume=0.1, price_open=1.1000, price_current=1.1000,
        sl=sl, tp=None, time_msc=0, magic=1, comment="", profit=Decimal(0), swap=Decimal(0),
    )  # fmt: skip


def levels(sl: float | None) -> OrderRequest:
    return OrderRequest(action="sltp", position=7, sl=sl)


@pytest.mark.parametrize(
    ("mode", "request_", "allowed"),
    [
        ("hold", ENTRY, False),
        ("hold", EXIT, True),
        ("hold", levels(1.0900), True),
        ("hold", OrderRequest(action="deal", position=7, side="sell", volume=0.1), True),
        ("flatten", ENTRY, False),
        ("flatten", EXIT, True),
        ("tighten", ENTRY, False),
        ("tighten", EXIT, True),
        ("tighten", levels(1.0960), True),
        ("tighten", levels(1.0950), True),
        ("tighten", levels(1.0940), False),
        ("tighten", levels(None), False),
        ("freeze", ENTRY, False),
        ("freeze", EXIT, False),
        ("freeze", levels(1.0960), False),
    ],
)
def test_a_mode_lets_through_what_it_says(mode: Mode, request_: OrderRequest, allowed: bool) -> None:
    assert (forbids(mode, request_, position(), EURUSD) is None) is allowed


def test_a_sells_stop_moves_nearer_by_going_down() -> None:
    held = position("sell", 1.1050)
    assert forbids("tighten", levels(1.1040), held, EURUSD) is None
    assert forbids("tighten", levels(1.1060), held, EURUSD) == "Paused: stops may only move nearer"


def test_the_first_stop_of_a_position_is_always_nearer_than_none() -> None:
    assert forbids("tighten", levels(1.0900), position(sl=None), EURUSD) is None


@pytest.mark.parametrize(
    ("side", "sl", "bid", "stop"),
    [
        ("buy", None, 1.1020, 1.1000),
        ("buy", 1.0950, 1.1020, 1.1000),
        ("buy", 1.1000, 1.1020, None),
        ("buy", 1.1010, 1.1020, None),
        ("buy", 1.0950, 1.1000, None),
        ("buy", 1.0950, 1.0990, None),
        ("sell", 1.1050, 1.0980, 1.1000),
        ("sell", None, 1.0980, 1.1000),
        ("sell", 1.0990, 1.0980, None),
        ("sell", 1.1050, 1.1010, None),
    ],
)
def test_a_stop_goes_to_break_even_once_the_price_is_beyond_it(
    side: Any, sl: float | None, bid: float, stop: float | None
) -> None:
    quote = Tick("EURUSD", 0, bid, bid + 0.0001)
    assert break_even_stop(position(side, sl), quote, EURUSD) == stop


def test_flatten_closes_the_eas_own_positions_and_goes_on_paused(
    broker: Broker, gateway: Gateway, runner: Runner
) -> None:
    life = Life(broker, gateway, runner)
    own, other = life.open(), life.open(magic=1)
    assert life.do("PAUSE", mode="flatten")["result"] == {"status": "paused", "mode": "flatten"}
    gateway.wait_until(lambda: [held.ticket for held in life.positions()] == [other])
    closing = [deal for deal in broker.deals(life.login) if deal.position_id == own]
    assert [deal.magic for deal in closing] == [MAGIC, MAGIC]
    assert runner.is_alive()
    life.terminal.close()


def test_a_run_that_starts_to_flatten_closes_what_an_earlier_one_left(
    broker: Broker, gateway: Gateway, runner: Runner
) -> None:
    login = broker.open_account().login
    broker.order(login, action="deal", symbol="GBPUSD", side="buy", volume=0.1, magic=MAGIC)
    gateway.assignment = assignment(broker, login, intent="paused", pause_mode="flatten")
    runner.start()
    with broker.signed_in(login) as terminal:
        gateway.wait_until(lambda: terminal.positions() == [])
    gateway.wait_until(lambda: gateway.statuses()[-1] == "paused")


def test_a_persons_order_goes_through_in_every_mode(broker: Broker, gateway: Gateway, runner: Runner) -> None:
    life = Life(broker, gateway, runner)
    assert life.do("PAUSE", mode="freeze")["status"] == "done"
    opened = life.do("OPEN", symbol="EURUSD", side="buy", volume=0.02)["result"]["order"]
    assert life.do("CLOSE", ticket=opened)["status"] == "done"
    assert life.positions() == []
    life.terminal.close()


def test_a_mode_that_nobody_knows_is_refused_and_changes_nothing(
    broker: Broker, gateway: Gateway, runner: Runner
) -> None:
    life = Life(broker, gateway, runner)
    result = life.do("PAUSE", mode="sleep")
    assert (result["status"], result["error"]) == ("failed", "Invalid enum value 'sleep' - at `$.mode`")
    assert gateway.statuses()[-1] == "running"
    life.terminal.close()


@pytest.mark.parametrize("mode", ["hold", "freeze"])
def test_an_eager_ea_opens_nothing_while_it_is_paused(
    mode: str, tmp_path: Path, gateway: Gateway, runner: Runner
) -> None:
    fast = Broker(tmp_path / "fast", "--source", "generator", "--speed", "300")
    fast.start()
    login = fast.open_account().login
    gateway.assignment = msgspec.structs.replace(eager(fast, login), intent="paused", pause_mode=mode)
    runner.start()
    gateway.wait_until(lambda: len(gateway.candles) > 8)
    assert [deal.type for deal in fast.deals(login)] == [2]
    fast.kill()
