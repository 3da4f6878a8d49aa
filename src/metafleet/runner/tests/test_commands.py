"""Commands: their effects, their refusals, and that an order is never sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.records import Position
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import MAGIC, Broker, Runner, assignment, eager

IDS = iter(range(1, 1_000_000))


class Life:
    """A running runner, its account and a terminal to look at it with."""

    def __init__(self, broker: Broker, gateway: Gateway, runner: Runner, **changes: Any) -> None:
        self.broker, self.gateway, self.runner = broker, gateway, runner
        self.login = broker.open_account().login
        gateway.assignment = assignment(broker, self.login, **changes)
        runner.start()
        gateway.wait_until(lambda: {"running", "paused"} & set(gateway.statuses()))
        self.terminal: BrokerClient = broker.signed_in(self.login)

    def do(self, kind: str, **payload: Any) -> dict[str, Any]:
        """Have a command served and return its result."""
        command_id = f"{next(IDS):08d}-0000-4000-8000-000000000000"
        self.gateway.command(kind, command_id, **payload)
        return self.gateway.result_of(command_id)

    def open(self, symbol: str = "GBPUSD", magic: int = MAGIC) -> int:
        return self.broker.order(
            self.login, action="deal", symbol=symbol, side="buy", volume=0.1, magic=magic
        )

    def positions(self) -> list[Position]:
        return self.terminal.positions()


@pytest.fixture
def life(broker: Broker, gateway: Gateway, runner: Runner) -> Iterator[Life]:
    begun = Life(broker, gateway, runner)
    yield begun
    begun.terminal.close()


def test_ping_answers(life: Life) -> None:
    result = life.do("PING")
    assert result["status"] == "done"
    assert result["result"]["pong"] is True
    assert result["result"]["terminalConnected"] is True


def test_pause_and_resume_change_the_reported_status(life: Life) -> None:
    assert life.do("PAUSE")["status"] == "done"
    life.gateway.wait_until(lambda: life.gateway.statuses()[-1] == "paused")
    assert life.do("RESUME")["status"] == "done"
    life.gateway.wait_until(lambda: life.gateway.statuses()[-1] == "running")


def test_an_ea_that_starts_paused_opens_nothing_until_it_is_resumed(
    tmp_path: Path, gateway: Gateway, runner: Runner
) -> None:
    fast = Broker(tmp_path / "fast", "--source", "generator", "--speed", "300")
    fast.start()
    login = fast.open_account().login
    gateway.assignment = msgspec.structs.replace(eager(fast, login), intent="paused")
    runner.start()
    gateway.wait_until(lambda: len(gateway.candles) > 8)
    assert [deal.type for deal in fast.deals(login)] == [2]
    assert gateway.statuses() == ["starting", "paused"]
    gateway.command("RESUME", "resume-1")
    gateway.wait_until(lambda: len(gateway.deals) > 1, within_s=30)
    fast.kill()


def test_stop_leaves_positions_open_unless_told_otherwise(life: Life) -> None:
    life.open()
    assert life.do("STOP")["result"] == {"status": "stopped", "closed": []}
    assert life.runner.exit_code() == 0
    assert len(life.positions()) == 1
    # That it was stopping may be older than the next heartbeat, which says how it is then.
    assert life.gateway.statuses()[-1] == "stopped"


def test_stop_closes_the_eas_own_positions_when_asked(life: Life) -> None:
    own, other = life.open(), life.open(magic=1)
    assert life.do("STOP", closePositions=True)["result"]["closed"] == [own]
    assert life.runner.exit_code() == 0
    assert [held.ticket for held in life.positions()] == [other]
    assert set(life.gateway.deals) == {deal.ticket for deal in life.broker.deals(life.login)}


def test_close_all_takes_filters(life: Life) -> None:
    own, other = life.open(), life.open("EURUSD", magic=1)
    assert life.do("CLOSE_ALL", magic=MAGIC)["result"] == {"closed": [own]}
    assert life.do("CLOSE_ALL", symbol="EURUSD")["result"] == {"closed": [other]}
    assert life.do("CLOSE_ALL")["result"] == {"closed": []}


def test_open_sends_the_order_with_its_mark_once_however_often_it_comes(life: Life) -> None:
    command_id = "aabbccdd-eeff-4000-8000-000000000000"
    order: dict[str, Any] = {"symbol": "EURUSD", "side": "buy", "volume": "0.02", "comment": "by hand"}
    for attempt in (1, 2, 3):
        life.gateway.results.clear()
        life.gateway.command("OPEN", command_id, attempt=attempt, **order)
        result = life.gateway.result_of(command_id)
        assert result["status"] == "done"
        life.do("PING")  # posted after the runner has heard that the first result has arrived
    (held,) = life.positions()
    assert (held.symbol, held.volume, held.comment) == ("EURUSD", 0.02, "mf:aabbccddeeff by hand")


def test_open_finds_its_mark_after_a_restart_that_lost_the_result(
    life: Life, gateway: Gateway, tmp_path: Path
) -> None:
    command_id = "11223344-5566-4000-8000-000000000000"
    order: dict[str, Any] = {"symbol": "EURUSD", "side": "sell", "volume": 0.02}
    gateway.command("OPEN", command_id, **order)
    first = gateway.result_of(command_id)
    life.runner.kill()
    gateway.results.clear()
    again = Runner(tmp_path / "another", gateway)
    again.start()
    gateway.command("OPEN", command_id, attempt=2, **order)
    try:
        assert gateway.result_of(command_id) == first
        assert len(life.positions()) == 1
    finally:
        again.kill()


def test_modify_keeps_the_level_that_is_left_out(life: Life) -> None:
    ticket = life.open()
    price = life.positions()[0].price_open
    assert life.do("MODIFY", ticket=ticket, stopLoss=round(price - 0.01, 5))["status"] == "done"
    assert life.do("MODIFY", ticket=ticket, takeProfit=round(price + 0.01, 5))["status"] == "done"
    (held,) = life.positions()
    assert (held.sl, held.tp) == (round(price - 0.01, 5), round(price + 0.01, 5))
    assert life.do("MODIFY", ticket=ticket, stopLoss=None)["status"] == "done"
    assert life.positions()[0].sl is None


def test_close_takes_a_part_and_then_the_rest(life: Life) -> None:
    ticket = life.open()
    assert life.do("CLOSE", ticket=ticket, volume=0.04)["result"]["volume"] == 0.04
    assert life.positions()[0].volume == 0.06
    assert life.do("CLOSE", ticket=ticket)["status"] == "done"
    assert life.positions() == []


def test_configure_applies_changed_inputs_and_names_a_bad_one(life: Life) -> None:
    done = life.do("CONFIGURE", config={"max_levels": 3})
    assert (done["status"], done["result"]["inputs"]["max_levels"]) == ("done", 3)
    assert done["result"]["inputs"]["step_points"] == 50_000
    failed = life.do("CONFIGURE", config={"max_levels": 0})
    assert (failed["status"], failed["error"]) == ("failed", "max_levels: must be at least 1 lines; found 0")
    failed = life.do("CONFIGURE", config={"max_level": 2})
    assert failed["error"] == "max_level: no such input; did you mean max_levels?"
    assert life.do("PING")["status"] == "done"


def test_sync_trades_sends_every_deal_again(life: Life) -> None:
    life.open()
    life.gateway.wait_until(lambda: len(life.gateway.deals) == 2)
    life.gateway.deals.clear()
    assert life.do("SYNC_TRADES")["result"] == {"deals": 2}
    life.gateway.wait_until(lambda: len(life.gateway.deals) == 2)


def test_fetch_candles_sends_the_span_and_then_the_result(life: Life) -> None:
    now_s = life.terminal.bars("EURUSD", 1)[0].time_s
    result = life.do(
        "FETCH_CANDLES",
        symbol="EURUSD",
        timeframe="1m",
        **{"from": now_s - 1800, "to": now_s - 600},
        tradeId="t-1",
    )
    fetched = next(body for body in life.gateway.candles if body.get("tradeId") == "t-1")
    times = [candle["time"] for candle in fetched["candles"]]
    assert (times[0], times[-1], len(times)) == (now_s - 1800, now_s - 600, result["result"]["candles"])


@pytest.mark.parametrize(
    ("kind", "payload", "error"),
    [
        ("DANCE", {}, "type: this runner knows no command 'DANCE'"),
        ("OPEN", {"symbol": "EURUSD", "side": "buy"}, "Object missing required field `volume`"),
        ("OPEN", {"symbol": "EURUSD", "side": "up", "volume": 1}, "Invalid enum value 'up' - at `$.side`"),
        ("OPEN", {"symbol": "NOPE", "side": "buy", "volume": 1}, "10013 Invalid request"),
        ("OPEN", {"symbol": "EURUSD", "side": "buy", "volume": -1}, "10014 Invalid volume"),
        ("CLOSE", {"ticket": 1}, "ticket: position 1 is not open"),
        ("MODIFY", {"ticket": 1, "stopLoss": 1.0}, "ticket: position 1 is not open"),
        ("SYNC_TRADES", {"from": "yesterday"}, "from: expected epoch seconds or ISO-8601, found 'yesterday'"),
        ("CONFIGURE", {}, "Object missing required field `config`"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(
    life: Life, kind: str, payload: dict[str, Any], error: str
) -> None:
    result = life.do(kind, **payload)
    assert (result["status"], result["error"]) == ("failed", error)


def test_a_command_past_its_time_is_not_carried_out(life: Life) -> None:
    with life.gateway.changed:
        life.gateway.command("OPEN", "late-1", symbol="EURUSD", side="buy", volume=0.1)
        life.gateway._commands[-1]["expiresAt"] = "2026-11-20T11:59:00+00:00"
    result = life.gateway.result_of("late-1")
    assert (result["status"], result["error"]) == (
        "failed",
        "expired before the terminal could be reached",
    )
    assert life.positions() == []
