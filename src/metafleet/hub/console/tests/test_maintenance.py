"""Maintenance windows over the API, and what they quieten."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.incidents import About
from metafleet.hub.monitor.models import MaintenanceWindow, Scope
from metafleet.hub.monitor.tests.incidents import see
from tests.cast import Person, connect


def call(person: Person, method: str, path: str = "", body: Any = None) -> Any:
    return person.client.generic(
        method, f"/api/alerts/maintenance{path}", json.dumps(body or {}), content_type="application/json"
    )


def hours(number: float) -> str:
    return (clock.now() + timedelta(hours=number)).isoformat()


def test_a_window_quietens_what_is_in_it_until_it_is_ended(alice: Person) -> None:
    account = connect(alice)
    about = About(Scope.ACCOUNT, account.id, account.label, account.id)
    form = {"scope": "account", "scopeId": str(account.id), "endsAt": hours(1), "reason": "Broker moves"}
    row = call(alice, "POST", body=form).json()
    assert (row["state"], row["scopeLabel"]) == ("on", account.label)
    assert see(alice, 1, now=clock.now(), about=about).is_muted
    assert not see(alice, 2, now=clock.now()).is_muted
    assert call(alice, "POST", f"/{row['id']}/end").json()["state"] == "over"
    assert call(alice, "POST", f"/{row['id']}/end").json()["state"] == "over"
    assert not see(alice, 3, now=clock.now(), about=about).is_muted


def test_what_is_on_stands_before_what_is_planned_and_what_is_over(alice: Person) -> None:
    later = call(alice, "POST", body={"startsAt": hours(2), "endsAt": hours(3)}).json()
    on = call(alice, "POST", body={"endsAt": hours(3)}).json()
    cancelled = call(alice, "POST", body={"startsAt": hours(4), "endsAt": hours(5)}).json()
    call(alice, "POST", f"/{cancelled['id']}/end")
    listed = call(alice, "GET").json()
    assert [(row["id"], row["state"]) for row in listed] == [
        (on["id"], "on"),
        (later["id"], "planned"),
        (cancelled["id"], "over"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "scope", "pointer"),
    [
        (None, -1.0, "tenant", "/endsAt"),
        (2.0, 1.0, "tenant", "/endsAt"),
        (None, 31 * 24.0, "tenant", "/endsAt"),
        (400 * 24.0, 401 * 24.0, "tenant", "/startsAt"),
        (-40 * 24.0, 24.0, "tenant", "/endsAt"),
        (None, 1.0, "account", "/scopeId"),
    ],
)
def test_what_is_wrong_names_the_field(
    alice: Person, start: float | None, end: float, scope: str, pointer: str
) -> None:
    form: dict[str, Any] = {"scope": scope, "endsAt": hours(end)}
    if start is not None:
        form["startsAt"] = hours(start)
    answer = call(alice, "POST", body=form)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    with tenant_scope(alice.tenant_id):
        assert not MaintenanceWindow.objects.exists()


def test_who_only_looks_plans_nothing(bob: Person) -> None:
    assert call(bob, "POST", body={"endsAt": hours(1)}).status_code == 403
    assert call(bob, "GET").json() == []
