"""Machines that host agents watch, as the API shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.tests.forms import send
from metafleet.hub.console.tests.test_terminals import add, register
from metafleet.hub.fleet.models import Agent, AgentTerminal
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person


def machine(person: Person, **facts: Any) -> Agent:
    """Write what the gateway writes."""
    said = {"label": "vps-1", "name": "vps-1", "heartbeat_at": clock.now(), "cpu_percent": 12.5, **facts}
    with tenant_scope(person.tenant_id):
        return Agent.objects.create(tenant_id=person.tenant_id, **said)


def test_a_machine_is_shown_with_its_terminals(alice: Person) -> None:
    account = register(alice)
    terminal = add(alice, account)["terminal"]
    row = machine(alice)
    with tenant_scope(alice.tenant_id):
        AgentTerminal.objects.create(
            terminal_id=terminal["id"],
            tenant_id=alice.tenant_id,
            agent=row,
            process_state="dead",
            observed_at=clock.now(),
            last_log_error="Network: lost",
        )
    (shown,) = alice.client.get("/api/machines").json()
    assert (shown["state"], shown["cpuPercent"]) == ("online", 12.5)
    (seen,) = shown["terminals"]
    assert (seen["login"], seen["accountId"]) == (account["login"], account["id"])
    assert (seen["processState"], seen["lastLogError"]) == ("dead", "Network: lost")
    assert alice.client.get(f"/api/machines/{row.id}").json() == shown


@pytest.mark.parametrize(("silent_s", "state"), [(10, "online"), (60, "late"), (180, "offline")])
def test_a_silent_machine_is_late_and_then_offline(alice: Person, silent_s: int, state: str) -> None:
    machine(alice, heartbeat_at=clock.now() - timedelta(seconds=silent_s))
    assert alice.client.get("/api/machines").json()[0]["state"] == state


def test_a_machine_is_named_on_the_record(alice: Person) -> None:
    row = machine(alice)
    answer = send(alice.client, "patch", f"/api/machines/{row.id}", {"label": "London"})
    assert (answer.status_code, answer.json()["label"], answer.json()["name"]) == (200, "London", "vps-1")
    with tenant_scope(alice.tenant_id):
        entry = AuditEntry.objects.get(action="machine.renamed")
    assert entry.changes == {"label": ["vps-1", "London"]}


def test_a_machine_is_forgotten_when_it_is_silent(alice: Person) -> None:
    row = machine(alice)
    assert alice.client.delete(f"/api/machines/{row.id}").status_code == 409
    with tenant_scope(alice.tenant_id):
        Agent.objects.update(heartbeat_at=clock.now() - timedelta(minutes=5))
    assert alice.client.delete(f"/api/machines/{row.id}").status_code == 204
    assert alice.client.get("/api/machines").json() == []


def test_anothers_machine_is_not_found(alice: Person, charlie: Person) -> None:
    row = machine(charlie)
    assert alice.client.get("/api/machines").json() == []
    for machine_id in (row.id, uuid4()):
        path = f"/api/machines/{machine_id}"
        assert alice.client.get(path).status_code == 404
        assert send(alice.client, "patch", path, {"label": "mine"}).status_code == 404
        assert alice.client.delete(path).status_code == 404
