"""Rules over the API: made from what each kind asks for, listed with how they stand."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from metafleet.hub.identity.models import User
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.models import Rule, RuleState
from tests.cast import NOW, Person, connect

FORM = {"kind": "loss", "name": "Daily loss", "params": {"limit": 500}, "actions": ["notify", "pause"]}


def call(person: Person, method: str, path: str, body: Any = None) -> Any:
    return person.client.generic(
        method, f"/api/alerts/{path}", json.dumps(body or {}), content_type="application/json"
    )


def add(person: Person, **form: Any) -> dict[str, Any]:
    answer = call(person, "POST", "rules", {**FORM, **form})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_kind_says_what_its_form_asks_for(alice: Person) -> None:
    kinds = {row["kind"]: row for row in call(alice, "GET", "rule-kinds").json()}
    loss, load = kinds["loss"], kinds["host_load"]
    assert (loss["canAct"], loss["hasStages"], loss["scopes"][0]) == (True, True, "tenant")
    assert (load["canAct"], load["scopes"]) == (False, ["tenant", "host"])
    assert [one["title"] for one in loss["params"]["properties"].values()][:2] == ["Limit", "In"]
    assert load["params"]["properties"]["above"]["x-unit"] == "%"


def test_a_rule_says_what_it_watches_and_how_it_stands(alice: Person) -> None:
    account = connect(alice)
    row = add(alice)
    assert (row["sentence"], row["watches"]) == ("Equity is 500 below the day's start", 1)
    with tenant_scope(alice.tenant_id):
        for firing, stage in ((True, 100), (False, 75), (False, 0)):
            RuleState.objects.create(
                tenant_id=alice.tenant_id, rule_id=UUID(row["id"]), subject_id=uuid4(),
                is_firing=firing, stage=stage,
            )  # fmt: skip
    narrowed = {**FORM, "scope": "account", "scopeId": str(account.id), "params": {"limit": 400}}
    narrowed.pop("kind")
    changed = call(alice, "PUT", f"rules/{row['id']}", narrowed).json()
    assert (changed["scopeLabel"], changed["params"]["limit"]) == (account.label, 400.0)
    (listed,) = call(alice, "GET", "rules").json()
    assert (listed["firing"], listed["near"]) == (0, 0)  # what it no longer watches is forgotten


def test_how_many_fire_and_are_near_is_counted(alice: Person) -> None:
    row = add(alice)
    with tenant_scope(alice.tenant_id):
        for firing, stage, since in ((True, 100, None), (False, 75, None), (False, 0, NOW), (False, 0, None)):
            RuleState.objects.create(
                tenant_id=alice.tenant_id, rule_id=UUID(row["id"]), subject_id=uuid4(),
                is_firing=firing, stage=stage, since=since,
            )  # fmt: skip
    (listed,) = call(alice, "GET", "rules").json()
    assert (listed["firing"], listed["near"]) == (1, 2)


def test_a_rule_is_switched_muted_and_removed(alice: Person) -> None:
    path = f"rules/{add(alice)['id']}"
    assert call(alice, "POST", f"{path}/switch", {"isEnabled": False}).json()["isEnabled"] is False
    assert call(alice, "POST", f"{path}/switch", {"isEnabled": True}).json()["isEnabled"] is True
    refused = call(alice, "POST", f"{path}/mute", {"until": "2199-01-01T00:00:00Z"})
    assert refused.json()["errors"][0]["pointer"] == "/until"
    assert call(alice, "POST", f"{path}/mute", {"until": None}).json()["mutedUntil"] is None
    assert call(alice, "DELETE", path).status_code == 204
    assert call(alice, "DELETE", path).status_code == 404


def test_what_is_wrong_names_the_field(alice: Person) -> None:
    answer = call(alice, "POST", "rules", {**FORM, "params": {"limit": 0}})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"pointer": "/params/limit", "detail": "limit: expected the loss as a number above 0"}
    ]


def test_one_click_adds_what_most_desks_want(alice: Person) -> None:
    suggested = call(alice, "GET", "rules/suggested").json()
    assert suggested[0]["sentence"] == "Equity is 1,000 below the day's start"
    made = call(alice, "POST", "rules/suggested")
    assert (made.status_code, [row["name"] for row in made.json()]) == (
        201,
        [one["name"] for one in suggested],
    )
    assert call(alice, "GET", "rules/suggested").json() == []


def test_a_rule_of_an_older_version_is_listed_and_can_go(alice: Person) -> None:
    row = add(alice)
    with tenant_scope(alice.tenant_id):
        Rule.objects.update(params={"limits": 1})
    (listed,) = call(alice, "GET", "rules").json()
    assert listed["sentence"].startswith("It cannot be read, and judges nobody")
    assert call(alice, "DELETE", f"rules/{row['id']}").status_code == 204


def test_a_key_that_may_not_trade_makes_no_rule_that_closes(alice: Person, bob: Person) -> None:
    assert User.objects.filter(email=bob.email).exists()
    assert call(bob, "POST", "rules", FORM).status_code == 403
    body = {"name": "Bot", "scopes": ["read", "deploy"]}
    made = alice.client.post("/api/keys", json.dumps(body), content_type="application/json").json()
    headers = {"Authorization": f"Bearer {made['secret']}"}

    def post(form: dict[str, Any]) -> Any:
        return alice.client.post(
            "/api/alerts/rules", json.dumps(form), content_type="application/json", headers=headers
        )

    refused = post({**FORM, "actions": ["flatten"]})
    assert (refused.status_code, "scope trade" in refused.json()["detail"]) == (403, True)
    assert post(FORM).status_code == 201
