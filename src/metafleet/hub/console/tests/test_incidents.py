"""Incidents over the API: which there are, what happened to one, and what people do about them."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import incidents
from metafleet.hub.monitor.incidents import About
from metafleet.hub.monitor.judge import lease
from metafleet.hub.monitor.models import Channel, Delivery, EventKind, Scope, Severity
from metafleet.hub.monitor.tests.incidents import see
from tests.cast import NOW, Person, connect

LATER_BY = timedelta(minutes=5)
LATER = NOW + LATER_BY


def call(person: Person, method: str, path: str = "", body: Any = None) -> Any:
    return person.client.generic(
        method, f"/api/alerts/incidents{path}", json.dumps(body or {}), content_type="application/json"
    )


def titles(person: Person, query: str) -> list[str]:
    return [row["subjectLabel"] for row in call(person, "GET", f"?{query}").json()]


def resolve(person: Person, number: int, now: datetime = LATER) -> None:
    row = see(person, number)
    with tenant_scope(person.tenant_id):
        incidents.resolve(
            tenant_id=person.tenant_id, incident_id=row.id, actor=person.email, text="", now=now
        )


@pytest.fixture
def four(alice: Person) -> Person:
    """Two that are open, one critical; one that Alice has; one that is over."""
    for number in range(1, 5):
        severity = Severity.CRITICAL if number == 2 else Severity.WARNING
        see(alice, number, severity, NOW + timedelta(minutes=number))
    with tenant_scope(alice.tenant_id):
        row = see(alice, 3)
        incidents.acknowledge(tenant_id=alice.tenant_id, incident_id=row.id, actor=alice.email, now=LATER)
    resolve(alice, 4)
    return alice


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "4321"),
        ("state=current", "321"),
        ("state=open", "21"),
        ("state=acknowledged", "3"),
        ("state=resolved", "4"),
        ("severity=critical", "2"),
        ("kind=loss&limit=2", "43"),
        ("kind=drawdown", ""),
        ("account=00000000-0000-0000-0000-000000000003", "3"),
        ("q=alpha 2", "2"),
        ("q=DOWN 300", "3"),
        ("q=100%25", ""),
        ("from=2026-03-02T12:03:00Z", "43"),
        ("to=2026-03-02T12:02:00Z", "1"),
    ],
)
def test_incidents_are_found_by_what_they_are(four: Person, query: str, numbers: str) -> None:
    assert titles(four, query) == [f"Alpha {number}" for number in numbers]


def test_a_page_goes_on_where_the_one_before_ended(four: Person) -> None:
    for number in range(5, 8):  # all at the same instant
        see(four, number, now=NOW)
    seen: list[str] = []
    after = ""
    while page := call(four, "GET", f"?limit=2{after}").json():
        seen += [row["subjectLabel"] for row in page]
        after = f"&after={page[-1]['id']}"
    assert len(seen) == 7
    assert sorted(set(seen)) == [f"Alpha {number}" for number in range(1, 8)]
    assert call(four, "GET", f"?after={uuid4()}").status_code == 404


def test_the_counts_are_of_what_lasts(four: Person, charlie: Person) -> None:
    see(charlie, 1)
    assert not call(four, "GET", "/counts").json()["isJudged"], "nobody judges"
    lease.take(uuid4())
    assert call(four, "GET", "/counts").json() == {
        "open": 2,
        "acknowledged": 1,
        "critical": 1,
        "kinds": ["loss"],
        "isJudged": True,
    }


def test_one_says_what_was_seen_what_was_done_and_who_was_told(alice: Person) -> None:
    with tenant_scope(alice.tenant_id):
        Channel.objects.create(tenant_id=alice.tenant_id, kind="slack", name="Desk", created_by="alice")
    row = see(alice, 9)
    with tenant_scope(alice.tenant_id):
        incidents.note(
            incident=row, kind=EventKind.ACTED, text="Paused 2 EAs.", actor=incidents.SYSTEM, now=LATER
        )
        Delivery.objects.filter(event__kind="opened").update(state="failed", error="404 no_team")
    found = call(alice, "GET", f"/{row.id}").json()
    assert (found["done"], found["said"]) == ("Paused 2 EAs.", "Paused 2 EAs.")
    assert [(one["kind"], one["actor"]) for one in found["events"]] == [
        ("opened", "system:monitor"),
        ("acted", "system:monitor"),
    ]
    told = [(one["event"], one["channelName"], one["state"], one["error"]) for one in found["deliveries"]]
    assert told == [("opened", "Desk", "failed", "404 no_team"), ("acted", "Desk", "queued", "")]
    assert found["detail"] == {"value": 900.0, "limit": 1000.0, "unit": "money", "currency": "USD"}


def test_a_person_quietens_comments_takes_over_and_ends_it(alice: Person) -> None:
    path = f"/{see(alice, 1).id}"
    until = (clock.now() + timedelta(hours=1)).isoformat()
    assert call(alice, "POST", f"{path}/snooze", {"until": until}).json()["snoozedUntil"] is not None
    assert call(alice, "POST", f"{path}/comment", {"text": "News"}).json()["said"] == "News"
    taken = call(alice, "POST", f"{path}/acknowledge").json()
    assert (taken["state"], taken["acknowledgedBy"]) == ("acknowledged", alice.email)
    over = call(alice, "POST", f"{path}/resolve", {"text": "Closed by hand."}).json()
    assert (over["state"], over["said"], over["snoozedUntil"]) == ("resolved", "Closed by hand.", None)
    assert [one["kind"] for one in over["events"]] == [
        *("opened", "snoozed", "noted", "acknowledged", "resolved"),
    ]
    refused = call(alice, "POST", f"{path}/acknowledge")
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "This incident is resolved. If it comes back, a new one opens.",
    )


def test_what_is_wrong_is_named_with_the_way_out(alice: Person) -> None:
    path = f"/{see(alice, 1).id}"
    for verb, body, pointer in (
        ("comment", {"text": " "}, "/text"),
        ("snooze", {"until": "2031-01-01T00:00:00Z"}, "/until"),
        ("snooze", {"until": "tomorrow"}, "/until"),
    ):
        answer = call(alice, "POST", f"{path}/{verb}", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_several_are_taken_over_and_ended_together_or_none(four: Person, charlie: Person) -> None:
    rows = call(four, "GET").json()
    ids = [row["id"] for row in rows]
    theirs = str(see(charlie, 1).id)
    assert call(four, "POST", "/together", {"ids": [*ids, theirs], "act": "acknowledge"}).status_code == 404
    assert call(four, "GET", "/counts").json()["open"] == 2
    done = call(four, "POST", "/together", {"ids": ids, "act": "acknowledge"})
    assert done.json() == {"changed": 2}
    done = call(four, "POST", "/together", {"ids": ids, "act": "resolve", "text": "A drill."})
    assert done.json() == {"changed": 3}
    assert titles(four, "state=current") == []
    assert {row["said"] for row in call(four, "GET").json()} == {
        "A drill.",
        "alice@example.com says that it is over.",
    }


def test_the_file_has_what_was_chosen(four: Person) -> None:
    answer = call(four, "GET", "/export.csv?state=current")
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["subject_label"], row["value"], row["limit"]) for row in rows] == [
        ("Alpha 3", "300.0", "1000.0"),
        ("Alpha 2", "200.0", "1000.0"),
        ("Alpha 1", "100.0", "1000.0"),
    ]


def test_an_account_tells_what_happened_to_it(alice: Person, charlie: Person) -> None:
    account = connect(alice)
    about = About(Scope.ACCOUNT, account.id, account.label, account.id)
    first, second = see(alice, 1, about=about), see(alice, 2, now=LATER, about=about)
    see(alice, 3)
    with tenant_scope(alice.tenant_id):
        incidents.resolve(
            tenant_id=alice.tenant_id,
            incident_id=first.id,
            actor=alice.email,
            text="Over.",
            now=2 * LATER_BY + NOW,
        )
    path = f"/api/accounts/{account.id}/events"
    rows = alice.client.get(path).json()
    assert [(row["incidentId"], row["kind"], row["state"]) for row in rows] == [
        (str(first.id), "resolved", "resolved"),
        (str(second.id), "opened", "open"),
        (str(first.id), "opened", "resolved"),
    ]
    assert len(alice.client.get(f"{path}?limit=1").json()) == 1
    assert charlie.client.get(path).status_code == 404


def test_who_only_looks_changes_nothing(four: Person, bob: Person) -> None:
    row = call(bob, "GET", "?state=open").json()[0]
    for path, body in (
        (f"/{row['id']}/acknowledge", {}),
        ("/together", {"ids": [row["id"]], "act": "resolve"}),
    ):
        assert call(bob, "POST", path, body).status_code == 403
    assert call(bob, "GET", f"/{row['id']}").json()["state"] == "open"
