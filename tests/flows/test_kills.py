"""`kill -9` of each part in the middle of trading: back within 30 s, no deal lost, none twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.flows.conftest import StartStack
from tests.flows.person import Person, assert_journal_equals_broker
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def trading(start_stack: StartStack) -> Iterator[tuple[Stack, Person, str, int]]:
    """A product in which one EA trades several times a second."""
    stack = start_stack(
        METAFLEET_DEMO="false",
        METAFLEET_MARKET_SOURCE="generator",
        METAFLEET_MARKET_SPEED="600",
        METAFLEET_HEARTBEAT_SECONDS="1",
        METAFLEET_GATEWAY_LIMITS='{"heartbeat": [600, 100], "trades": [600, 100], "positions": [600, 100]}',
    )
    with Person(stack) as trader:
        trader.sign_up("kills@example.com")
        account = trader.connect()
        instance_id = trader.deploy(account, "grid", "GBPUSD")
        trader.wait_for_state(instance_id, "running")
        trader.wait_for(instance_id, lambda seen: seen["tradeCount"] >= 2)
        yield stack, trader, instance_id, account["login"]


@pytest.mark.parametrize(
    "part", ["broker", "gateway", "worker", "judge", "beat", "web", "redis", "postgres", "runner"]
)
def test_after_a_kill_everything_runs_again_and_no_deal_is_lost_or_doubled(
    trading: tuple[Stack, Person, str, int], part: str
) -> None:
    stack, trader, instance_id, _ = trading
    trades_before = trader.instance(instance_id)["tradeCount"]
    runners = stack.runner_pids()
    killed_at = time.monotonic()
    if part == "runner":
        for pid in runners:
            os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: bool(set(stack.runner_pids()) - set(runners)), PATIENCE_S, 0.1)
    else:
        stack.wait_until_back(part, stack.kill(part), timeout_s=PATIENCE_S)
    left_s = PATIENCE_S - (time.monotonic() - killed_at)
    trader.wait_for(instance_id, is_alive_since(time.time()), timeout_s=left_s)
    # Only a dead runner is replaced: whatever else is killed, the EA trades on.
    assert (set(stack.runner_pids()) == set(runners)) == (part != "runner")
    trader.wait_for(instance_id, lambda seen: seen["tradeCount"] > trades_before)


def is_alive_since(instant_s: float) -> Callable[[dict[str, Any]], bool]:
    """Running, and heard of after this instant (Unix seconds)."""

    def judge(seen: dict[str, Any]) -> bool:
        heard_at = seen["heartbeatAt"]
        return (
            seen["state"] == "running"
            and heard_at is not None
            and datetime.fromisoformat(heard_at).timestamp() > instant_s
        )

    return judge


def test_after_all_kills_the_journal_equals_the_broker_to_the_cent(
    trading: tuple[Stack, Person, str, int],
) -> None:
    _, trader, instance_id, login = trading
    trader.post(f"/api/instances/{instance_id}/stop", {"closePositions": True})
    trader.wait_for_state(instance_id, "stopped")
    assert wait_until(lambda: trader.positions_at_the_broker(login) == 0, PATIENCE_S, 0.1)
    tickets = [deal.ticket for deal in trader.deals_at_the_broker(login)]
    assert len(tickets) == len(set(tickets)) > 10
    assert_journal_equals_broker(trader, login)
