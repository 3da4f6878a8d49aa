"""A programme's limit enforced by the runner while the judge is away, and taken over when it is back."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.cli.shutdown import supervisor_of
from tests.flows.conftest import StartStack
from tests.flows.person import Person
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.flow
TERMS: dict[str, Any] = {
    "firm": "Strict",
    "name": "Nothing to lose",
    "timezone": "Europe/Prague",
    # A tenth of a percent of 10,000: the spread of one large order is more.
    "phases": [{"name": "F1", "dailyLossPercent": 0.1, "onBreach": "flatten"}],
}


def test_a_runner_enforces_the_limit_while_the_judge_is_away(start_stack: StartStack) -> None:
    stack = start_stack(METAFLEET_DEMO="false", METAFLEET_MARKET_SPEED="1", METAFLEET_HEARTBEAT_SECONDS="1")
    with Person(stack) as trader:
        trader.sign_up("guard@example.com")
        account = trader.connect()
        instance_id = trader.deploy(account, "trend-following", "EURUSD")
        trader.wait_for_state(instance_id, "running")
        enter(trader, account)
        judge = supervisor_of(stack.folder).states()["judge"]
        supervisor_of(stack.folder).stop([judge])
        assert is_judged(trader)
        assert wait_until(lambda: not is_judged(trader), PATIENCE_S), "and the screens say so"
        lose(trader, account)
        assert wait_until(lambda: status(stack, trader, instance_id) == "paused", PATIENCE_S), "by itself"
        assert trader.instance(instance_id)["desiredState"] == "running", "the hub knows nothing of it yet"
        supervisor_of(stack.folder).start([judge])
        trader.wait_for(instance_id, lambda seen: seen["desiredState"] == "paused", timeout_s=PATIENCE_S)
        (incident,) = trader.get("/api/alerts/incidents")
        assert incident["kind"] == "programme_daily_loss"
        assert incident["detail"]["firedBy"] == "runner"
        limits = trader.get(f"/api/accounts/{account['id']}/limits")
        assert limits["breach"]["firedBy"] == "runner"
        assert wait_until(lambda: not positions(trader, account), PATIENCE_S), "and all is closed"


def is_judged(trader: Person) -> bool:
    return bool(trader.get("/api/alerts/incidents/counts")["isJudged"])


def enter(trader: Person, account: dict[str, Any]) -> None:
    """Put the account into the programme, and wait until its runner knows."""
    programme = trader.post("/api/alerts/programmes", {"terms": TERMS})
    trader.post(
        f"/api/alerts/programmes/{programme['id']}/accounts", {"accountIds": [account["id"]], "phase": "F1"}
    )

    def is_told() -> bool:
        commands = trader.get("/api/commands", account=account["id"])["items"]
        return any(each["type"] == "GUARD" and each["state"] == "done" for each in commands)

    assert wait_until(is_told, PATIENCE_S)


def lose(trader: Person, account: dict[str, Any]) -> None:
    """Open by hand what costs more by its spread alone than may be lost in a day."""
    order = {"type": "OPEN", "payload": {"symbol": "EURUSD", "side": "buy", "volume": 5}}
    trader.post(f"/api/accounts/{account['id']}/commands", order)


def status(stack: Stack, trader: Person, instance_id: str) -> str:
    import psycopg

    with psycopg.connect(stack.database_url) as database:
        row = database.execute(
            "SELECT reported_status FROM fleet_run WHERE instance_id = %s ORDER BY generation DESC LIMIT 1",
            [instance_id],
        ).fetchone()
    return str(row[0]) if row else ""


def positions(trader: Person, account: dict[str, Any]) -> list[Any]:
    found: list[Any] = trader.get(f"/api/accounts/{account['id']}/positions")
    return found
