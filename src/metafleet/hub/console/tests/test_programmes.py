"""Programmes over the API: copied, changed, refused with the field's name; accounts put in and taken out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.models import AccountProfile, Programme
from metafleet.hub.monitor.tests.bench import SECOND, Court, court
from tests.cast import Person

TERMS: dict[str, Any] = {
    "firm": "Prop & Sons",
    "name": "100k",
    "timezone": "Europe/Prague",
    "phases": [
        {"name": "F1", "targetPercent": 8, "dailyLossPercent": 4.5, "totalLossPercent": 9, "minDays": 4},
        {"name": "F2", "dailyLossPercent": 4.5, "totalLossPercent": 9},
    ],
}


def call(person: Person, method: str, path: str = "", body: Any = None) -> Any:
    address = f"/api/alerts/programmes{path}"
    return person.client.generic(method, address, json.dumps(body or {}), content_type="application/json")


def add(person: Person, **changes: Any) -> Any:
    return call(person, "POST", body={"terms": TERMS | changes}).json()


def phases(change: dict[str, Any]) -> list[dict[str, Any]]:
    return [TERMS["phases"][0] | change]


@pytest.fixture
def alices(alice: Person) -> Court:
    return court(alice)


def test_a_shipped_one_is_copied_and_made_ones_own(alice: Person) -> None:
    shipped = {row["key"]: row["terms"] for row in call(alice, "GET", "/shipped").json()}
    made = call(alice, "POST", body={"origin": "two-step"})
    assert (made.status_code, made.json()["terms"]) == (201, shipped["two-step"])
    terms = made.json()["terms"] | {"firm": "Prop & Sons", "dayStarts": "17:00"}
    changed = call(alice, "PUT", f"/{made.json()['id']}", {"terms": terms}).json()
    assert (changed["terms"], changed["origin"]) == (terms, "two-step")
    assert call(alice, "GET").json() == [changed]
    with tenant_scope(alice.tenant_id):
        entries = AuditEntry.objects.filter(action__startswith="programme.").order_by("created_at")
        assert [entry.action for entry in entries] == ["programme.added", "programme.changed"]
        assert entries[1].changes == {
            "dayStarts": ["00:00", "17:00"],
            "firm": ["Two-step evaluation", "Prop & Sons"],
        }


def test_figures_are_kept_as_they_were_written(alice: Person) -> None:
    assert add(alice)["terms"]["phases"][0]["dailyLossPercent"] == 4.5
    with tenant_scope(alice.tenant_id):
        assert Programme.objects.get().document["phases"][0]["dailyLossPercent"] == "4.5"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"timezone": "Prague"}, "/terms/timezone"),
        ({"dayStarts": "noon"}, "/terms/dayStarts"),
        ({"firm": ""}, "/terms/firm"),
        ({"phases": []}, "/terms/phases"),
        ({"phases": phases({"name": ""})}, "/terms/phases/0/name"),
        ({"phases": phases({"dailyLossPercent": 0})}, "/terms/phases/0/dailyLossPercent"),
        ({"phases": phases({"minDays": 400})}, "/terms/phases/0/minDays"),
        ({"phases": phases({"totalKind": "sliding"})}, "/terms/phases/0/totalKind"),
        ({"phases": phases({"dailyLos": 4})}, "/terms/phases/0/dailyLos"),
    ],
)
def test_what_is_wrong_is_named(alice: Person, changes: dict[str, Any], pointer: str) -> None:
    answer = call(alice, "POST", body={"terms": TERMS | changes})
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert call(alice, "GET").json() == []


def test_a_copy_of_nothing_is_refused(alice: Person) -> None:
    assert call(alice, "POST").json()["errors"][0]["pointer"] == "/terms"
    assert call(alice, "POST", body={"origin": "nobodys"}).json()["errors"][0]["pointer"] == "/origin"


def test_a_firms_programme_is_there_once(alice: Person) -> None:
    add(alice)
    assert call(alice, "POST", body={"terms": TERMS}).status_code == 409


def test_accounts_are_put_in_all_or_none_and_taken_out(alices: Court, charlie: Person) -> None:
    alice, account = alices.person, str(alices.account.id)
    programme = add(alice)
    place = f"/{programme['id']}/accounts"
    form = {"accountIds": [account], "phase": "F2", "initialBalance": 100_000}
    strange = form | {"accountIds": [account, str(court(charlie).account.id)]}
    assert call(alice, "POST", place, strange).status_code == 404
    wrong = call(alice, "POST", place, form | {"phase": "F9"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/phase")
    put = call(alice, "POST", place, form).json()
    assert (put["accounts"], put["phases"]) == (1, [{"phase": "F2", "accounts": 1}])
    (row,) = call(alice, "GET", place).json()["items"]
    assert (row["phase"], row["near"], row["brokenAt"]) == ("F2", None, None)
    out = call(alice, "POST", f"{place}/take-out", {"accountIds": [account]}).json()
    assert out["accounts"] == 0
    with tenant_scope(alice.tenant_id):
        assert AccountProfile.objects.get().programme_id is None


def test_the_broken_and_then_the_nearest_come_first(alice: Person) -> None:
    courts = [court(alice, login) for login in (1, 2, 3)]
    programme = add(alice)
    ids = [str(one.account.id) for one in courts]
    call(alice, "POST", f"/{programme['id']}/accounts", {"accountIds": ids, "phase": "F1"})
    for one, equity in zip(courts, (9_900, 9_500, 9_800), strict=True):
        one.now = clock.now()
        one.see(10_000)
        one.see(10_000, equity)
    rows = call(alice, "GET", f"/{programme['id']}/accounts").json()["items"]
    assert [row["login"] for row in rows] == [2, 3, 1]
    assert [bool(row["brokenAt"]) for row in rows] == [True, False, False]
    assert round(rows[1]["near"]["percent"]) == 44


def test_what_accounts_are_in_stays(alices: Court) -> None:
    alice = alices.person
    programme = add(alice)
    form = {"accountIds": [str(alices.account.id)], "phase": "F2"}
    call(alice, "POST", f"/{programme['id']}/accounts", form)
    refused = call(alice, "DELETE", f"/{programme['id']}")
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "1 account is in this programme. Take them out of it first.",
    )
    without = call(alice, "PUT", f"/{programme['id']}", {"terms": TERMS | {"phases": phases({})}})
    assert (without.status_code, "phase F2" in without.json()["detail"]) == (409, True)
    call(alice, "POST", f"/{programme['id']}/accounts/take-out", form | {"phase": None})
    call(alice, "POST", f"/{programme['id']}/accounts/take-out", {"accountIds": form["accountIds"]})
    assert call(alice, "DELETE", f"/{programme['id']}").status_code == 204


def test_a_name_stays_while_somebody_is_broken_under_it(alices: Court) -> None:
    alice = alices.person
    programme = add(alice)
    form = {"accountIds": [str(alices.account.id)], "phase": "F1"}
    call(alice, "POST", f"/{programme['id']}/accounts", form)
    alices.now = clock.now()
    alices.see(10_000)
    renamed = {"terms": TERMS | {"name": "200k"}}
    assert call(alice, "PUT", f"/{programme['id']}", renamed).status_code == 200
    alices.see(10_000, after=2 * SECOND)
    alices.see(10_000, 9_000)
    refused = call(alice, "PUT", f"/{programme['id']}", {"terms": TERMS})
    assert (refused.status_code, "1 account has broken" in refused.json()["detail"]) == (409, True)
    assert call(alice, "PUT", f"/{programme['id']}", renamed).status_code == 200


def test_only_its_owner_changes_terms_and_only_traders_put_in(
    alices: Court, bob: Person, tess: Person
) -> None:
    programme = add(alices.person)
    form = {"accountIds": [str(alices.account.id)], "phase": "F1"}
    for person in (bob, tess):
        assert call(person, "POST", body={"origin": "two-step"}).status_code == 403
        assert call(person, "PUT", f"/{programme['id']}", {"terms": TERMS}).status_code == 403
        assert call(person, "DELETE", f"/{programme['id']}").status_code == 403
        assert len(call(person, "GET").json()) == 1
    assert call(bob, "POST", f"/{programme['id']}/accounts", form).status_code == 403
    assert call(tess, "POST", f"/{programme['id']}/accounts", form).status_code == 200


def test_strangers_see_nothing_of_it(alice: Person, charlie: Person) -> None:
    programme = add(alice)
    assert call(charlie, "GET").json() == []
    assert call(charlie, "GET", f"/{programme['id']}/accounts").status_code == 404
