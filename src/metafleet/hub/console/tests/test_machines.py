"""Machines that host agents watch, as the API shows them."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.tests.forms import post, send
from metafleet.hub.console.tests.test_terminals import add, register
from metafleet.hub.fleet.models import Agent, AgentSample, AgentTerminal
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
    detail = alice.client.get(f"/api/machines/{row.id}").json()
    assert detail.keys() == shown.keys() | {"samples"}
    assert detail["terminals"][0].keys() == seen.keys() | {"logLines"}
    assert detail["terminals"][0]["lastLogError"] == "Network: lost"


def test_one_machine_is_shown_with_its_past_and_its_logs(alice: Person) -> None:
    terminal = add(alice, register(alice))["terminal"]
    row, now = machine(alice), clock.now()
    line = {"at": "10:00:01", "file": "20261129.log", "text": "Network: lost", "isError": True}
    with tenant_scope(alice.tenant_id):
        AgentTerminal.objects.create(
            terminal_id=terminal["id"], tenant_id=alice.tenant_id, agent=row, observed_at=now,
            log_lines=[line], experts=["Grid"],
        )  # fmt: skip
        for hours, cpu in ((1, 20), (2, 10), (50, 99)):
            AgentSample.objects.create(
                tenant_id=alice.tenant_id, agent=row, at=now - timedelta(hours=hours), cpu_percent=cpu
            )
    found = alice.client.get(f"/api/machines/{row.id}").json()
    assert [sample["cpuPercent"] for sample in found["samples"]] == [10, 20]
    assert found["terminals"][0]["logLines"] == [line]
    assert found["terminals"][0]["experts"] == ["Grid"]


def test_the_file_has_the_chosen_machines(alice: Person) -> None:
    machine(alice, label="London")
    machine(alice, label="Paris", heartbeat_at=None)
    answer = alice.client.get("/api/machines/export.csv", {"state": "online"})
    head, *rows = b"".join(cast(Any, answer).streaming_content).decode().splitlines()
    assert head.startswith("label,name,system")
    assert [row.partition(",")[0] for row in rows] == ["London"]
    answer = alice.client.get("/api/machines/export.csv", {"q": "par"})
    assert b"Paris" in b"".join(cast(Any, answer).streaming_content)


def test_a_machine_is_made_ready_with_a_code_for_each_account(alice: Person) -> None:
    accounts = [register(alice, login=login) for login in (41, 42)]
    form = {"label": "London", "accountIds": [account["id"] for account in accounts]}
    answer = post(alice.client, "/api/machines", form)
    assert answer.status_code == 201
    made = answer.json()
    told = tomllib.loads(made["settings"])
    assert told["hub"] == made["gatewayUrl"]
    codes = {terminal["pairing_code"] for terminal in told["terminals"]}
    assert codes == {each["pairingCode"] for each in made["terminals"]}
    assert len(codes) == 2
    assert {terminal["name"].rpartition("-")[2] for terminal in told["terminals"]} == {"41", "42"}
    shown = {row["id"]: row["label"] for row in alice.client.get("/api/terminals").json()}
    assert shown == {each["terminalId"]: "London" for each in made["terminals"]}


def test_what_no_agent_can_watch_makes_no_machine(alice: Person) -> None:
    good, old = register(alice, login=41), register(alice, login=42, platform="mt4")
    answer = post(alice.client, "/api/machines", {"label": "London", "accountIds": [good["id"], old["id"]]})
    assert answer.status_code == 400
    assert "MetaTrader 4" in answer.json()["errors"][0]["detail"]
    assert alice.client.get("/api/terminals").json() == []


def test_a_revoked_machine_is_heard_no_more(alice: Person) -> None:
    terminal = add(alice, register(alice))["terminal"]
    row = machine(alice)
    with tenant_scope(alice.tenant_id):
        AgentTerminal.objects.create(
            terminal_id=terminal["id"], tenant_id=alice.tenant_id, agent=row, observed_at=clock.now()
        )
    for _ in range(2):
        answer = post(alice.client, f"/api/machines/{row.id}/revoke", {})
        assert (answer.status_code, answer.json()["state"]) == (200, "revoked")
    (seen,) = alice.client.get("/api/terminals").json()
    assert seen["revokedAt"] is not None
    with tenant_scope(alice.tenant_id):
        assert AuditEntry.objects.filter(action="machine.revoked").count() == 1
    assert alice.client.delete(f"/api/machines/{row.id}").status_code == 204


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
        assert post(alice.client, f"{path}/revoke", {}).status_code == 404
