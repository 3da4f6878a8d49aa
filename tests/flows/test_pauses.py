"""The pause contract and the kill switch, kept by real processes and judged by the broker's own record."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from metafleet.engine.broker.records import REASON_EXPERT, Deal, Position
from tests.flows.conftest import StartStack
from tests.flows.person import BROKER_PASSWORD, SERVER, Person, assert_journal_equals_broker
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.flow
MARKET_MINUTES = 90


class Desk:
    """One EA of a person's own, and what the broker says of its account."""

    def __init__(self, stack: Stack, trader: Person, login: int, instance_id: str) -> None:
        self.stack, self.trader, self.login, self.id = stack, trader, login, instance_id

    def deals(self) -> list[Deal]:
        return [deal for deal in self.trader.deals_at_the_broker(self.login) if deal.type in {0, 1}]

    def entries(self) -> int:
        return sum(deal.entry == 0 for deal in self.deals())

    def positions(self) -> list[Position]:
        with self.trader.broker() as broker:
            broker.login(self.login, BROKER_PASSWORD, SERVER)
            return broker.positions()

    def trade_until_something_is_open(self) -> None:
        if self.trader.instance(self.id)["state"] == "paused":
            self.trader.post(f"/api/instances/{self.id}/resume")
        self.trader.wait_for_state(self.id, "running", PATIENCE_S)
        assert wait_until(lambda: bool(self.positions()), PATIENCE_S, 0.2)

    def pause(self, mode: str) -> dict[str, Any]:
        """Pause, and return once the runner keeps it."""
        self.trader.post(f"/api/instances/{self.id}/pause", {"mode": mode, "reason": "A look at the news"})
        return self.trader.wait_for(
            self.id,
            lambda seen: seen["state"] == "paused" and seen["pause"]["mode"] == mode,
            PATIENCE_S,
        )

    def let_the_market_go_on(self) -> list[list[Position]]:
        """Return what was open at each look, while the market went on for MARKET_MINUTES."""
        looks: list[list[Position]] = []
        began = self.bar_time()

        def went_on() -> bool:
            looks.append(self.positions())
            return self.bar_time() >= began + MARKET_MINUTES * 60

        assert wait_until(went_on, PATIENCE_S, 0.3)
        return looks

    def bar_time(self) -> int:
        return int(self.trader.get(f"/api/instances/{self.id}/candles", count=1)[-1]["time"])


@pytest.fixture(scope="module")
def desk(start_stack: StartStack) -> Iterator[Desk]:
    stack = start_stack(
        METAFLEET_DEMO="false",
        METAFLEET_MARKET_SOURCE="generator",
        METAFLEET_MARKET_SPEED="600",
        METAFLEET_HEARTBEAT_SECONDS="1",
        METAFLEET_GATEWAY_LIMITS='{"heartbeat": [600, 100], "trades": [600, 100], "positions": [600, 100]}',
    )
    with Person(stack) as trader:
        trader.sign_up("pauses@example.com")
        account = trader.connect()
        instance_id = trader.deploy(account, "grid", "GBPUSD")
        yield Desk(stack, trader, account["login"], instance_id)


def test_hold_enters_nothing_while_stops_and_exits_go_on(desk: Desk) -> None:
    desk.trade_until_something_is_open()
    desk.pause("hold")
    entries = desk.entries()
    assert wait_until(lambda: not desk.positions(), PATIENCE_S, 0.3), "what was open is never closed"
    desk.let_the_market_go_on()
    assert desk.entries() == entries


def test_tighten_moves_stops_only_nearer(desk: Desk) -> None:
    desk.trade_until_something_is_open()
    desk.pause("tighten")
    entries = desk.entries()
    nearest: dict[int, float] = {}
    for look in desk.let_the_market_go_on():
        for held in look:
            sign = 1 if held.side == "buy" else -1
            assert held.sl is not None
            assert sign * held.sl >= nearest.get(held.ticket, sign * held.sl) - 1e-9
            nearest[held.ticket] = sign * held.sl
    assert desk.entries() == entries


def test_flatten_closes_what_is_open_and_then_holds(desk: Desk) -> None:
    desk.trade_until_something_is_open()
    desk.pause("flatten")
    assert wait_until(lambda: not desk.positions(), PATIENCE_S, 0.1)
    entries = desk.entries()
    assert all(look == [] for look in desk.let_the_market_go_on())
    assert desk.entries() == entries


def test_freeze_sends_nothing(desk: Desk) -> None:
    desk.trade_until_something_is_open()
    desk.pause("freeze")
    deals, stops = len(desk.deals()), {held.ticket: (held.sl, held.tp) for held in desk.positions()}
    for look in desk.let_the_market_go_on():
        assert {held.ticket: (held.sl, held.tp) for held in look}.items() <= stops.items()
    # What the broker's own stops closed meanwhile is the broker's.
    assert [deal for deal in desk.deals()[deals:] if deal.entry == 0 or deal.reason == REASON_EXPERT] == []


def test_no_crash_lifts_what_a_person_has_paused(desk: Desk) -> None:
    desk.trade_until_something_is_open()
    before = desk.pause("hold")
    entries, runners = desk.entries(), desk.stack.runner_pids()
    for pid in runners:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: bool(set(desk.stack.runner_pids()) - set(runners)), PATIENCE_S, 0.1)
    desk.stack.wait_until_back("worker", desk.stack.kill("worker"), timeout_s=PATIENCE_S)
    seen = desk.trader.wait_for(
        desk.id,
        lambda seen: seen["state"] == "paused" and seen["generation"] > before["generation"],
        PATIENCE_S,
    )
    assert seen["pause"] == before["pause"]
    desk.let_the_market_go_on()
    assert desk.entries() == entries
    assert desk.trader.instance(desk.id)["pause"] == before["pause"]


def test_the_kill_switch_makes_the_desk_flat_by_the_brokers_own_record(desk: Desk) -> None:
    desk.trade_until_something_is_open()
    preview = desk.trader.get("/api/kill-switch/preview")
    assert (preview["eas"], [row["login"] for row in preview["accounts"]]) == (1, [desk.login])
    form = {"id": str(uuid4()), "reason": "Central bank speaks", "confirmation": "flatten"}
    with pytest.raises(AssertionError, match="Type FLATTEN to confirm"):
        desk.trader.post("/api/kill-switch", form)
    assert desk.trader.instance(desk.id)["state"] == "running"

    used = desk.trader.post("/api/kill-switch", {**form, "confirmation": preview["phrase"]})
    assert wait_until(lambda: _switch(desk, used["id"])["flatAt"] is not None, PATIENCE_S, 0.1)
    done = _switch(desk, used["id"])
    assert desk.positions() == []
    # Measured from the use to the hub's hearing of the last closing deal.
    took = datetime.fromisoformat(done["flatAt"]) - datetime.fromisoformat(done["usedAt"])
    assert done["secondsToFlat"] == pytest.approx(took.total_seconds(), abs=0.01)
    assert done["left"] == 0
    entries = desk.entries()
    desk.let_the_market_go_on()
    assert (desk.positions(), desk.entries()) == ([], entries)
    deeds = {row["action"]: row["actor"] for row in desk.trader.get("/api/audit", limit=50)}
    assert deeds["kill_switch.used"] == "pauses@example.com"
    assert deeds["kill_switch.flat"] == "system:fleet"
    assert_journal_equals_broker(desk.trader, desk.login)


def _switch(desk: Desk, switch_id: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = desk.trader.get(f"/api/kill-switch/{switch_id}")
    except httpx.HTTPError:
        return {"flatAt": None}
    return found
