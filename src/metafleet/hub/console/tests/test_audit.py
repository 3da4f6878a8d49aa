"""The record at its addresses: filters, pages, files, the verdict; a tenant's own and the platform's."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet.tasks import keep_audit
from metafleet.hub.identity.operators import set_role
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect


def do(person: Person, action: str, subject: str = "A thing", minutes: int = 0, **more: Any) -> None:
    with tenant_scope(person.tenant_id):
        audit.record(
            tenant_id=person.tenant_id,
            actor=more.pop("actor", person.email),
            action=action,
            subject=subject,
            subject_id=more.pop("subject_id", None),
            now=NOW + timedelta(minutes=minutes),
            **more,
        )


def actions(client: Client, query: str = "") -> list[str]:
    return [row["action"] for row in client.get(f"/api/audit{query}").json()]


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_every_filter_narrows_what_is_shown(alice: Person) -> None:
    account = connect(alice)
    do(alice, "account.renamed", "Blue", 5, subject_id=account.id)
    do(alice, "instance.paused", "Red 100%", 10, actor="system:pause", detail={"why": "Weekend"})
    assert actions(alice.client) == ["instance.paused", "account.renamed", "account.connected"]
    assert actions(alice.client, "?actor=system:pause") == ["instance.paused"]
    assert actions(alice.client, "?action=account.renamed") == ["account.renamed"]
    assert actions(alice.client, f"?subject={account.id}") == ["account.renamed", "account.connected"]
    assert actions(alice.client, "?q=weekend") == ["instance.paused"]
    assert actions(alice.client, "?q=100%25") == ["instance.paused"]
    assert actions(alice.client, "?from=2026-03-02T12:05:00Z&to=2026-03-02T12:10:00Z") == ["account.renamed"]
    assert alice.client.get("/api/audit?from=yesterday").status_code == 400
    choices = alice.client.get("/api/audit/choices").json()
    assert choices["people"] == ["alice@example.com", "system:pause"]


def test_pages_follow_each_other_without_a_gap(alice: Person) -> None:
    for number in range(7):
        do(alice, f"thing.done_{number}")
    seen: list[str] = []
    after = ""
    while page := alice.client.get(f"/api/audit?limit=3{after}").json():
        seen += [row["action"] for row in page]
        after = f"&after={page[-1]['id']}"
    assert seen == [f"thing.done_{number}" for number in reversed(range(7))]


def test_nobody_reads_on_from_a_strangers_entry(alice: Person, charlie: Person) -> None:
    do(alice, "thing.done")
    mine = alice.client.get("/api/audit").json()[0]["id"]
    assert charlie.client.get(f"/api/audit?after={mine}").status_code == 404
    assert actions(charlie.client) == []


def test_from_where_and_what_changed_are_shown(alice: Person) -> None:
    account = connect(alice)
    answer = alice.client.patch(
        f"/api/accounts/{account.id}",
        json.dumps({"label": "Blue"}),
        content_type="application/json",
        REMOTE_ADDR="192.0.2.7",
        HTTP_USER_AGENT="Browser/1.0 \x1b[31m",
    )
    newest = alice.client.get("/api/audit?action=account.renamed").json()[0]
    assert newest["changes"] == {"label": ["Demo", "Blue"]}
    assert newest["origin"] == {
        "via": "session",
        "address": "192.0.2.7",
        "userAgent": "Browser/1.0 [31m",
        "requestId": answer["X-Request-Id"],
    }


def test_a_spreadsheet_runs_nothing_of_an_export(alice: Person) -> None:
    do(alice, "thing.done", "=HYPERLINK(1)", detail={"a": 1})
    answer = alice.client.get("/api/audit/export?format=csv")
    (row,) = csv.DictReader(io.StringIO(body(answer)))
    assert (row["subject"], row["detail"], row["actor"]) == ("'=HYPERLINK(1)", '{"a": 1}', alice.email)


@pytest.mark.django_db(transaction=True)
def test_the_verdict_comes_with_a_signed_checkpoint(alice: Person) -> None:
    do(alice, "thing.done")
    keep_audit()
    do(alice, "thing.done")
    verdict = alice.client.get("/api/audit/verification").json()
    assert (verdict["isWhole"], verdict["entries"], verdict["last"], verdict["checkpoints"]) == (
        True,
        2,
        2,
        1,
    )
    checkpoint = verdict["checkpoint"]
    assert (checkpoint["tenant"], checkpoint["sequence"]) == (str(alice.tenant_id), 1)
    assert checkpoint["signature"]["algorithm"] == "Ed25519"


def test_the_platforms_record_is_for_operators_alone(alice: Person, charlie: Person) -> None:
    set_role(email=charlie.email, role=PlatformRole.AUDITOR)
    with tenant_scope(charlie.tenant_id):
        audit.record_of_platform(
            actor=charlie.email, action="host.drained", subject="h1", subject_id=None, now=NOW
        )
    addresses = ("", "/choices", "/verification", "/export?format=jsonl")
    for address in addresses:
        assert charlie.client.get(f"/api/operator/audit{address}").status_code == 200
        assert alice.client.get(f"/api/operator/audit{address}").status_code == 404
    (entry,) = charlie.client.get("/api/operator/audit").json()
    assert (entry["action"], entry["subject"]) == ("host.drained", "h1")
    assert actions(charlie.client) == []
