"""Status pages: who has the address sees how the fleet is, and nothing of money or of whose it is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.models import Incident
from tests.cast import Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")


def make(person: Person, **form: Any) -> Any:
    body = json.dumps({"title": "Our fleet", **form})
    return person.client.post("/api/alerts/status-pages", body, content_type="application/json")


def visit(page: Any) -> Any:
    return Client().get(f"/api/public/status/{page['url'].rpartition('/')[2]}")


def opened(
    person: Person, key: str, severity: str, *, ago: int, ended: int | None = None, **facts: Any
) -> None:
    """An incident of so many days ago, over since so many, or open."""
    now = clock.now()
    with tenant_scope(person.tenant_id):
        Incident.objects.create(
            tenant_id=person.tenant_id,
            key=key,
            kind="daily_loss",
            subject="account",
            subject_label="Secret account",
            severity=severity,
            title="Lost 500 USD",
            opened_at=now - timedelta(days=ago),
            last_seen_at=now,
            resolved_at=None if ended is None else now - timedelta(days=ended),
            **facts,
        )


def test_a_calm_fleet_is_operational(alice: Person) -> None:
    deploy(alice, connect(alice))
    answer = visit(make(alice).json())
    page = answer.json()
    assert (page["title"], page["state"], page["eas"], page["incidents"]) == (
        "Our fleet",
        "operational",
        1,
        [],
    )
    assert (len(page["days"]), {day["worst"] for day in page["days"]}) == (90, {None})
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("severity", "state"), [("info", "operational"), ("warning", "degraded"), ("critical", "incident")]
)
def test_the_gravest_open_incident_is_the_state(alice: Person, severity: str, state: str) -> None:
    opened(alice, "a", "info", ago=1)
    opened(alice, "b", severity, ago=0)
    assert visit(make(alice).json()).json()["state"] == state


def test_a_day_has_the_gravest_that_was_open_in_it(alice: Person) -> None:
    opened(alice, "a", "warning", ago=10, ended=8)
    opened(alice, "b", "critical", ago=9, ended=9)
    opened(alice, "c", "critical", ago=400, ended=300)
    opened(alice, "d", "critical", ago=5, ended=5, is_muted=True)
    days = visit(make(alice).json()).json()["days"]
    assert [day["worst"] for day in days[-12:]] == [None, "warning", "critical", "warning", *[None] * 8]
    assert {day["worst"] for day in days[:-12]} == {None}


def test_no_money_is_shown_and_accounts_only_when_chosen(alice: Person) -> None:
    opened(alice, "a", "critical", ago=0)
    plain = visit(make(alice).json())
    assert "500" not in json.dumps(plain.json()["incidents"])
    assert "Secret account" not in plain.content.decode()
    assert alice.email not in plain.content.decode()
    named = visit(make(alice, showsAccounts=True).json()).json()
    assert [(row["kind"], row["about"]) for row in named["incidents"]] == [("daily_loss", "Secret account")]


def test_a_failed_ea_degrades_a_fleet_without_incidents(alice: Person) -> None:
    instance = deploy(alice, connect(alice))
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=instance.id).update(state="error")
    page = visit(make(alice).json()).json()
    assert (page["state"], page["failing"]) == ("degraded", 1)


def test_a_revoked_page_is_gone_at_once(alice: Person) -> None:
    page = make(alice).json()
    for _ in range(2):
        assert alice.client.post(f"/api/alerts/status-pages/{page['id']}/revoke").status_code == 200
    assert visit(page).status_code == 404
    (row,) = alice.client.get("/api/alerts/status-pages").json()
    assert row["revokedAt"] is not None
    assert "url" not in row


def test_another_tenants_incidents_are_not_on_it(alice: Person, charlie: Person) -> None:
    opened(charlie, "a", "critical", ago=0)
    assert visit(make(alice).json()).json()["state"] == "operational"


def test_only_the_owner_makes_pages(alice: Person, bob: Person) -> None:
    assert make(bob).status_code == 403
    assert alice.client.get("/api/alerts/status-pages").json() == []
