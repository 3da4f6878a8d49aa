"""The effect of an order is exactly once, whatever is killed between its sending and its result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from metafleet.engine.broker.records import Deal
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import MAGIC, Broker, Runner, assignment

DIE = """
import os, signal, sys
from metafleet.engine.broker.client import BrokerClient
send = BrokerClient.order_send
def order_send(self, order):
    if {executed!r}:
        send(self, order)
    os.kill(os.getpid(), signal.SIGKILL)
BrokerClient.order_send = order_send
from metafleet.runner.__main__ import main
sys.exit(main())
"""
"""Is killed at its first order, after or before the broker has executed it."""

MARK = "mf:aabbccddeeff"
ID = "aabbccdd-eeff-4000-8000-000000000000"


class Life:
    """A runner with an account that has a few positions."""

    def __init__(self, broker: Broker, gateway: Gateway, runner: Runner) -> None:
        self.broker, self.gateway, self.runner = broker, gateway, runner
        self.login = broker.open_account().login
        gateway.assignment = assignment(broker, self.login)

    def start(self, code: str | None = None) -> None:
        beats = len(self.gateway.heartbeats)
        self.runner.start(code=code)
        self.gateway.wait_until(
            lambda: any(beat["expert"]["status"] == "running" for beat in self.gateway.heartbeats[beats:])
        )

    def open(self, symbol: str = "GBPUSD") -> int:
        return self.broker.order(
            self.login, action="deal", symbol=symbol, side="buy", volume=0.1, magic=MAGIC
        )

    def marked(self) -> list[Deal]:
        return [deal for deal in self.broker.deals(self.login) if deal.comment.startswith(MARK)]

    def held(self) -> list[int]:
        with self.broker.signed_in(self.login) as client:
            return [position.ticket for position in client.positions()]

    def die_on(self, kind: str, *, executed: bool, **payload: Any) -> None:
        """Deliver the command to a runner that does not live to tell of it; start the next one."""
        self.start(DIE.format(executed=executed))
        self.gateway.command(kind, ID, **payload)
        assert self.runner.exit_code() == -9
        assert self.gateway.results == []
        self.start()

    def deliver(self, kind: str, attempt: int, **payload: Any) -> dict[str, Any]:
        self.gateway.results.clear()
        self.gateway.command(kind, ID, attempt=attempt, **payload)
        result = self.gateway.result_of(ID)
        # Posted after the runner has heard that the result has arrived; until then a repeat is not answered.
        self.gateway.result_of(self.gateway.command("PING", str(uuid4())))
        return result


@pytest.fixture
def life(broker: Broker, gateway: Gateway, runner: Runner) -> Iterator[Life]:
    yield Life(broker, gateway, runner)
    runner.kill()


@pytest.mark.parametrize("executed", [True, False])
def test_an_open_is_done_once(life: Life, executed: bool) -> None:
    order = {"symbol": "EURUSD", "side": "buy", "volume": 0.02}
    life.die_on("OPEN", executed=executed, **order)
    result = life.deliver("OPEN", attempt=2, **order)
    assert result["status"] == "done"
    [deal] = life.marked()
    assert (result["result"]["deal"], result["result"]["volume"]) == (deal.ticket, 0.02)


@pytest.mark.parametrize("executed", [True, False])
def test_a_part_is_closed_once(life: Life, executed: bool) -> None:
    ticket = life.open()
    life.die_on("CLOSE", executed=executed, ticket=ticket, volume=0.04)
    result = life.deliver("CLOSE", attempt=2, ticket=ticket, volume=0.04)
    assert (result["status"], result["result"]["volume"]) == ("done", 0.04)
    assert [deal.volume for deal in life.marked()] == [0.04]


def test_a_whole_position_that_was_closed_is_reported_closed(life: Life) -> None:
    ticket = life.open()
    life.die_on("CLOSE", executed=True, ticket=ticket)
    result = life.deliver("CLOSE", attempt=2, ticket=ticket)
    assert (result["status"], result["result"]["volume"]) == ("done", 0.1)
    assert len(life.marked()) == 1


def test_close_all_goes_on_where_it_was_cut_and_leaves_what_came_later(life: Life) -> None:
    before = [life.open(), life.open("EURUSD")]
    life.die_on("CLOSE_ALL", executed=True)
    assert len(life.held()) == 1
    later = life.open("USDJPY")
    result = life.deliver("CLOSE_ALL", attempt=2)
    assert (result["status"], sorted(result["result"]["closed"])) == ("done", before)
    assert life.held() == [later]
    assert len(life.marked()) == 2
    assert sorted(life.deliver("CLOSE_ALL", attempt=3)["result"]["closed"]) == before
    assert life.held() == [later]


def test_a_modify_that_was_done_is_done(life: Life) -> None:
    ticket = life.open()
    with life.broker.signed_in(life.login) as client:
        stop = round(client.positions()[0].price_open - 0.01, 5)
    life.die_on("MODIFY", executed=True, ticket=ticket, stopLoss=stop)
    assert life.deliver("MODIFY", attempt=2, ticket=ticket, stopLoss=stop)["status"] == "done"


def test_a_failure_is_tried_again_only_when_it_was_queued_again(life: Life) -> None:
    """Deliveries are counted anew then; the same failure that comes again is only told again."""
    life.start()
    huge = {"symbol": "EURUSD", "side": "buy", "volume": 90}
    assert "No money" in life.deliver("OPEN", 1, **huge)["error"]
    assert "No money" in life.deliver("OPEN", 2, **huge)["error"]
    assert life.runner.log().count("failed 10019 No money") == 1
    assert life.deliver("OPEN", 1, **huge | {"volume": 0.01})["status"] == "done"
    assert len(life.marked()) == 1
    assert life.deliver("OPEN", 2, **huge | {"volume": 0.01})["status"] == "done"
    assert len(life.marked()) == 1


FIRST, LATER = "2027-01-01T00:00:00+00:00", "2027-01-01T00:00:07+00:00"


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize(
    ("attempt", "first_expiry", "next_expiry"),
    [(1, None, None), (1, FIRST, LATER), (2, FIRST, LATER)],
    ids=["counted anew", "good for longer", "its first delivery was lost"],
)
def test_a_failure_that_was_queued_again_before_its_answer_came_does_not_end_the_next_try(
    life: Life, attempt: int, first_expiry: str | None, next_expiry: str | None, is_killed: bool
) -> None:
    """The hub has the result, a person queues the command again, and the runner is not answered yet."""
    order: dict[str, Any] = {"symbol": "EURUSD", "side": "buy"}
    is_result = re.compile("/commands/.*/result")
    life.gateway.trouble = lambda path: (503, {}) if is_result.search(path) else None
    life.start()
    life.gateway.command("OPEN", ID, expires_at=first_expiry, volume=90, **order)
    life.gateway.wait_until(lambda: any(is_result.search(path) for path in life.gateway.requests))
    if is_killed:
        life.runner.kill()
        life.start()
    life.gateway.command("OPEN", ID, attempt, next_expiry, volume=0.01, **order)
    life.gateway.wait_until(life.marked)
    life.gateway.trouble = lambda _path: None
    assert life.gateway.result_of(ID)["status"] == "done"
    assert len(life.marked()) == 1


def test_a_failure_that_was_only_delivered_again_is_told_again(life: Life) -> None:
    huge = {"symbol": "EURUSD", "side": "buy", "volume": 90, "expires_at": FIRST}
    life.start()
    assert "No money" in life.deliver("OPEN", 1, **huge)["error"]
    assert "No money" in life.deliver("OPEN", 2, **huge)["error"]
    assert life.runner.log().count("failed 10019 No money") == 1


EXPIRE = """
import sys
from metafleet.engine.broker.client import BrokerClient, BrokerUnavailable
from metafleet.runner import commands
send, cuts, expired = BrokerClient.order_send, [{executed!r}], []
def order_send(self, order):
    if not cuts:
        return send(self, order)
    if cuts.pop():
        send(self, order)
    expired.append(True)
    self.close()
    raise BrokerUnavailable("cut by the test")
BrokerClient.order_send = order_send
commands.CommandServer._is_expired = lambda self, waiting: bool(expired)
from metafleet.runner.__main__ import main
sys.exit(main())
"""
"""The answer to the first order is lost, and by then the command is past its time."""


@pytest.mark.parametrize("executed", [True, False])
def test_an_order_that_expires_before_its_answer_is_reported_as_it_was(life: Life, executed: bool) -> None:
    life.start(EXPIRE.format(executed=executed))
    result = life.deliver("OPEN", 1, symbol="EURUSD", side="buy", volume=0.02)
    assert result["status"] == ("done" if executed else "failed")
    assert len(life.marked()) == int(executed)


def test_an_expired_close_all_closes_nothing_more(life: Life) -> None:
    first, second = life.open(), life.open("EURUSD")
    life.start(EXPIRE.format(executed=True))
    result = life.deliver("CLOSE_ALL", 1)
    assert (result["status"], result["error"]) == ("failed", "expired before every position was closed")
    assert len(life.held()) == 1
    assert life.held()[0] in {first, second}
