"""An account's limits over the API: what the judge wrote, while it holds, and a phase begun anew."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.tests.test_board import add_position
from metafleet.hub.console.tests.test_programmes import add
from metafleet.hub.console.tests.test_programmes import call as call_programmes
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.tests.bench import SECOND, Court, court
from tests.cast import Person


@pytest.fixture
def alices(alice: Person) -> Court:
    """Her account is in the first phase of a programme, and the judge has seen it."""
    found = court(alice)
    enter(found)
    found.now = clock.now()
    found.see(10_000)
    return found


def enter(found: Court, **changes: Any) -> None:
    programme = add(found.person, **changes)
    form = {"accountIds": [str(found.account.id)], "phase": "F1"}
    call_programmes(found.person, "POST", f"/{programme['id']}/accounts", form)


def limits(found: Court, person: Person | None = None) -> Any:
    return (person or found.person).client.get(f"/api/accounts/{found.account.id}/limits")


def begin(found: Court, person: Person | None = None, **form: Any) -> Any:
    address = f"/api/accounts/{found.account.id}/limits/begin-anew"
    body = json.dumps(form)
    return (person or found.person).client.post(address, body, content_type="application/json")


def test_it_says_how_far_each_breach_is(alices: Court) -> None:
    alices.see(10_000, 9_730)
    found = limits(alices).json()
    assert (found["state"], found["phase"], found["firstBalance"]) == ("judged", "F1", 10_000)
    daily, total = found["limits"]
    assert (daily["kind"], daily["left"], daily["floor"], daily["percent"]) == ("daily_loss", 180, 9_550, 60)
    assert (total["kind"], total["left"], total["floor"], total["percent"]) == ("total_loss", 630, 9_100, 30)
    assert [(goal["kind"], goal["isMet"]) for goal in found["goals"]] == [
        ("profit_target", False),
        ("min_days", False),
    ]
    assert (found["day"]["low"], found["day"]["isToday"], found["breach"]) == (9_730, True, None)


def test_the_next_day_begins_by_the_programmes_clock(alice: Person) -> None:
    found = court(alice)
    enter(found, timezone="Etc/GMT+10", dayStarts="17:00")
    resets_at = limits(found).json()["resetsAt"]
    assert resets_at[11:16] == "03:00"
    assert clock.now().isoformat() < resets_at < (clock.now() + timedelta(days=1)).isoformat()


def test_a_breach_says_when_where_and_who_saw_it(alices: Court) -> None:
    alices.see(10_000, 9_500)
    alices.see(10_000, 10_100)
    breach = limits(alices).json()["breach"]
    assert (breach["kind"], breach["equity"], breach["floor"]) == ("daily_loss", 9_500, 9_550)
    assert breach["firedBy"] == "server"


def test_a_phase_is_begun_anew_after_a_breach(alices: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    alices.see(10_000, 9_500)
    alices.see(9_500)
    monkeypatch.setattr(clock, "now", lambda: alices.now + SECOND)
    begun = begin(alices, initialBalance=10_000).json()
    assert (begun["state"], begun["breach"], begun["initialBalance"]) == ("not_looked_at", None, 10_000)
    alices.see(9_500, after=2 * SECOND)
    found = limits(alices).json()
    assert (found["state"], found["breach"]) == ("judged", None)
    assert [one["used"] for one in found["limits"]] == [0, 500]
    assert {state for kind, _, state in alices.incidents() if kind == "programme_daily_loss"} == {"resolved"}
    history = alices.person.client.get(f"/api/accounts/{alices.account.id}/profile/history").json()
    assert ("phase", "F1", "F1") in {(row["field"], row["before"], row["after"]) for row in history}
    with tenant_scope(alices.person.tenant_id):
        entry = AuditEntry.objects.filter(action="account.profile_changed").latest("at")
    assert entry.detail["phase"] == "begun anew"


def test_what_no_programme_judges_says_so(alice: Person) -> None:
    found = court(alice)
    assert limits(found).json()["state"] == "no_programme"
    assert begin(found).status_code == 409
    enter(found)
    assert limits(found).json()["state"] == "not_looked_at"
    address = f"/api/accounts/{found.account.id}/profile"
    alice.client.patch(address, json.dumps({"phase": "funded"}), content_type="application/json")
    assert limits(found).json()["state"] == "no_such_phase"


def test_an_account_that_slept_over_midnight_is_not_of_today(alices: Court) -> None:
    alices.now = clock.now() - timedelta(days=3)
    enter_again = begin(alices)
    assert enter_again.status_code == 200
    with tenant_scope(alices.person.tenant_id):
        mark = alices.mark()
        mark.day -= timedelta(days=3)
        mark.since += timedelta(days=1)
        mark.save(update_fields=["day", "since"])
    assert limits(alices).json()["day"]["isToday"] is False


def test_queries_do_not_grow_with_what_is_open(alices: Court) -> None:
    counts = []
    for ticket in range(2):
        with CaptureQueriesContext(connection) as seen:
            assert limits(alices).status_code == 200
        counts.append(len(seen))
        if not ticket:
            add_position(alices.person, alices.account, "1.00", "0.00")
    assert max(counts) <= 16


def test_a_stranger_finds_none_and_a_viewer_begins_none(alices: Court, bob: Person, charlie: Person) -> None:
    assert limits(alices, charlie).status_code == 404
    assert begin(alices, charlie).status_code == 404
    assert limits(alices, bob).json()["state"] == "judged"
    assert begin(alices, bob).status_code == 403
