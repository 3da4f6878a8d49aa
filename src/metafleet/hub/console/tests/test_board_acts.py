"""The board's small curves, and EAs of many accounts paused and resumed with a word for each account."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.tests.forms import post
from metafleet.hub.console.tests.test_board import rows
from metafleet.hub.fleet import operations
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.journal.models import EquityPoint
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.models import Programme
from metafleet.hub.monitor.profiles import change
from tests.cast import NOW, Person, connect, deploy

HOUR = timedelta(hours=1)


def point(person: Person, account: Any, at: datetime, equity: int) -> None:
    with tenant_scope(person.tenant_id):
        EquityPoint.objects.create(
            tenant_id=person.tenant_id, account=account, at=at, balance=1, equity=Decimal(equity)
        )


def states(person: Person) -> dict[str, str]:
    with tenant_scope(person.tenant_id):
        found = EAInstance.objects.filter(tenant_id=person.tenant_id)
        return {f"{row.account.label} {row.symbol}": row.desired_state for row in found}


def ids(*accounts: Any) -> dict[str, Any]:
    return {"accountIds": [str(account.id) for account in accounts]}


def test_a_curve_is_what_was_last_said_at_each_step(alice: Person) -> None:
    account, silent = connect(alice, login=1), connect(alice, login=2)
    now = clock.now()
    point(alice, account, now - 30 * HOUR, 5)
    point(alice, account, now - 12 * HOUR, 100)
    point(alice, account, now - 12 * HOUR + timedelta(seconds=15), 110)
    point(alice, account, now - HOUR, 130)
    asked = {"account": [str(account.id), str(silent.id)]}
    (found,) = alice.client.get("/api/board/curves", asked).json()
    assert found["accountId"] == str(account.id)
    assert found["equity"] == [100.0] + [110.0] * 29 + [130.0] * 3


def test_curves_of_strangers_are_not_shown(alice: Person, charlie: Person) -> None:
    account = connect(alice)
    point(alice, account, clock.now() - HOUR, 100)
    asked = {"account": [str(account.id)]}
    assert charlie.client.get("/api/board/curves", asked).json() == []
    assert len(alice.client.get("/api/board/curves", asked).json()) == 1
    many = {"account": [str(account.id)] * 101}
    assert alice.client.get("/api/board/curves", many).status_code == 400


def test_curves_are_one_query_however_many(alice: Person) -> None:
    accounts = [connect(alice, login=login) for login in range(1, 5)]
    for account in accounts:
        point(alice, account, clock.now() - HOUR, 100)
    alice.client.get("/api/board/views")
    counts = set()
    for many in (1, 4):
        with CaptureQueriesContext(connection) as seen:
            alice.client.get("/api/board/curves", {"account": [str(row.id) for row in accounts[:many]]})
        counts.add(len(seen))
    assert len(counts) == 1


@pytest.mark.usefixtures("catalogue")
def test_what_runs_is_paused_and_what_is_paused_resumed(alice: Person) -> None:
    one, other, idle = (connect(alice, login=n, label=f"{n}") for n in (1, 2, 3))
    deploy(alice, one)
    held = deploy(alice, one, symbol="GBPUSD")
    stopped = deploy(alice, other)
    owner: dict[str, Any] = {"tenant_id": alice.tenant_id, "actor": alice.email, "now": NOW}
    with tenant_scope(alice.tenant_id):
        operations.pause(instance_id=held.id, **owner)
        operations.stop(instance_id=stopped.id, close_positions=False, **owner)
    paused = post(alice.client, "/api/board/pause", ids(one, other, idle) | {"reason": "News"})
    assert paused.status_code == 200
    told = [(row["label"], row["eas"], row["done"], row["refused"]) for row in paused.json()]
    assert told == [("1", 1, 1, []), ("2", 0, 0, []), ("3", 0, 0, [])]
    assert states(alice) == {"1 EURUSD": "paused", "1 GBPUSD": "paused", "2 EURUSD": "stopped"}
    resumed = post(alice.client, "/api/board/resume", ids(one, other)).json()
    assert [(row["label"], row["eas"], row["done"]) for row in resumed] == [("1", 2, 2), ("2", 0, 0)]
    assert states(alice) == {"1 EURUSD": "running", "1 GBPUSD": "running", "2 EURUSD": "stopped"}
    with tenant_scope(alice.tenant_id):
        deeds = AuditEntry.objects.filter(tenant_id=alice.tenant_id).values_list("action", "actor")
        assert list(deeds).count(("instance.resumed", alice.email)) == 2


@pytest.mark.usefixtures("catalogue")
def test_one_that_is_refused_holds_up_no_other(alice: Person) -> None:
    """The first was paused by the plan, whose places others have taken since."""
    accounts = [connect(alice, login=n, label=f"{n}") for n in (1, 2, 3, 4)]
    first = deploy(alice, accounts[0])
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=first.id).update(desired_state="paused", paused_by="plan")
    others = [deploy(alice, account) for account in accounts[1:]]
    with tenant_scope(alice.tenant_id):
        operations.pause(instance_id=others[0].id, tenant_id=alice.tenant_id, actor=alice.email, now=NOW)
    refused, resumed = post(alice.client, "/api/board/resume", ids(*accounts[:2])).json()
    assert (refused["eas"], refused["done"], resumed["done"]) == (1, 0, 1)
    assert refused["refused"] == [
        "The Gold plan allows 3 active EAs, and you have 3. Stop one or change the plan."
    ]
    assert states(alice)["1 EURUSD"] == "paused"
    assert states(alice)["2 EURUSD"] == "running"


@pytest.mark.usefixtures("catalogue")
def test_strangers_and_viewers_pause_nothing(alice: Person, bob: Person, charlie: Person) -> None:
    own, strange = connect(alice), connect(charlie)
    deploy(alice, own)
    for path in ("pause", "resume"):
        assert post(charlie.client, f"/api/board/{path}", ids(own)).status_code == 404
        assert post(alice.client, f"/api/board/{path}", ids(own, strange)).status_code == 404
        assert post(bob.client, f"/api/board/{path}", ids(own)).status_code == 403
    assert set(states(alice).values()) == {"running"}


def test_the_board_says_which_programme_an_account_is_in(alice: Person) -> None:
    account = connect(alice)
    connect(alice, login=2, label="Free")
    with tenant_scope(alice.tenant_id):
        row = Programme.objects.create(tenant_id=alice.tenant_id, firm="FTMO", name="Swing", document={})
        change(
            tenant_id=alice.tenant_id,
            actor=alice.email,
            account_ids=[account.id],
            wish={"programme_id": row.id},
            now=NOW,
        )
    found = rows(alice)
    assert (found["Demo"]["programme"], found["Demo"]["programmeId"]) == ("FTMO Swing", str(row.id))
    assert (found["Free"]["programme"], found["Free"]["programmeId"]) == ("", None)
    exposed = alice.client.get("/api/exposure", {"programme": "FTMO Swing"}).json()
    assert (exposed["accounts"], exposed["words"]["programme"]) == (1, ["", "FTMO Swing"])
