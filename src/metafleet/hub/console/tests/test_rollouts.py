"""Rollouts at their addresses: an operator starts, looks and decides; nobody else finds anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.catalogue.queries import newest_version
from metafleet.hub.console.tests.forms import post
from metafleet.hub.fleet.models import EAInstance, EAPerformance, Rollout
from metafleet.hub.identity import operators
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.journal import standings
from metafleet.hub.journal.models import Position, Trade
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import PLATFORM, tenant_scope
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")
WHERE = "/api/operator/rollouts"


@pytest.fixture
def charlie(charlie: Person) -> Person:
    """Charlie operates the installation, and is a stranger to Alice still."""
    operators.set_role(email=charlie.email, role=PlatformRole.OPERATOR)
    return charlie


@pytest.fixture
def instance(alice: Person) -> EAInstance:
    row: EAInstance = deploy(alice, connect(alice), fast_period=20)
    return row


@pytest.fixture
def version(instance: EAInstance) -> EAVersion:
    """The next version of Alice's EA, whose fast period has another name."""
    before = newest_version(EATemplate.objects.get(slug="trend-following"))
    assert before is not None
    schema: dict[str, Any] = before.input_schema
    properties = dict(schema["properties"])
    properties["quick_period"] = properties.pop("fast_period")
    return EAVersion.objects.create(
        template=before.template,
        version="2.0.0",
        content_hash="sha256:two",
        source="# two",
        changelog="Calmer on Fridays",
        input_schema=schema | {"properties": properties},
        published_at=NOW + timedelta(days=1),
    )


RENAMED = {"renamed": {"fast_period": "quick_period"}}


def form(version: EAVersion, **wishes: Any) -> dict[str, Any]:
    return {"versionId": str(version.id), "inputMigration": RENAMED} | wishes


def begun(charlie: Person, version: EAVersion) -> dict[str, Any]:
    answer = post(charlie.client, WHERE, form(version))
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    standings.watch_rollouts(now=clock.now())
    return found


def test_for_anybody_else_there_is_nothing(alice: Person, version: EAVersion) -> None:
    assert alice.client.get(WHERE).status_code == 404
    assert post(alice.client, f"{WHERE}/preview", form(version)).status_code == 404
    assert post(alice.client, WHERE, form(version)).status_code == 404
    assert not Rollout.objects.exists()


def test_the_preview_says_who_moves_and_whose_inputs_do_not_fit(
    charlie: Person, instance: EAInstance, version: EAVersion
) -> None:
    found = post(charlie.client, f"{WHERE}/preview", {"versionId": str(version.id)}).json()
    assert (found["total"], found["fitting"]) == (1, 0)
    (fault,) = found["affected"][0]["faults"]
    assert fault["pointer"] == "/inputs/fast_period"
    found = post(charlie.client, f"{WHERE}/preview", form(version)).json()
    (ea,) = found["affected"]
    assert (ea["tenant"], ea["name"], ea["fits"], ea["isCanary"], ea["canReturn"]) == (
        "alice@example.com", instance.name, True, True, True,
    )  # fmt: skip
    assert ea["changes"] == ["fast_period becomes quick_period"]
    assert not Rollout.objects.exists()


@pytest.mark.parametrize(
    ("wishes", "status", "pointer"),
    [
        ({"inputMigration": None}, 409, None),
        ({"inputMigration": {"set": {"nothing": 1}}}, 400, "/inputMigration/set/nothing"),
        ({"canaries": 0}, 400, "/canaries"),
        ({"maxLossPercent": 0}, 400, "/maxLossPercent"),
        ({"watchMinutes": 99_999}, 400, "/watchMinutes"),
        ({"versionId": "00000000-0000-0000-0000-000000000007"}, 404, None),
    ],
)
def test_what_makes_no_sense_is_refused(
    charlie: Person, version: EAVersion, wishes: dict[str, Any], status: int, pointer: str | None
) -> None:
    answer = post(charlie.client, WHERE, form(version, **wishes))
    assert answer.status_code == status
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert not Rollout.objects.exists()


def test_a_rollout_is_started_seen_and_taken_back(
    alice: Person, charlie: Person, instance: EAInstance, version: EAVersion
) -> None:
    begun(charlie, version)
    (row,) = charlie.client.get(WHERE).json()
    assert (row["state"], row["moved"], row["left"], row["toVersion"]) == ("canary", 1, 0, "2.0.0")
    found = charlie.client.get(f"{WHERE}/{row['id']}").json()
    (member,) = found["members"]
    assert (member["beforeVersion"], member["version"]) == ("1.1.0", "2.0.0")
    assert (member["beforeInputs"]["fast_period"], member["inputs"]["quick_period"]) == (20, 20)
    assert (member["equityAtMove"], member["lossPercent"], member["crashes"]) == (10000, 0, 0)
    assert [decision["action"] for decision in found["decisions"]] == ["move", "choose", "start"]
    assert found["changelog"] == "Calmer on Fridays"
    answer = post(charlie.client, f"{WHERE}/{row['id']}/roll-back", {"reason": "Too eager"})
    assert answer.json()["state"] == "returning"
    standings.watch_rollouts(now=clock.now())
    assert charlie.client.get(f"{WHERE}/{row['id']}").json()["state"] == "rolled_back"
    with tenant_scope(alice.tenant_id):
        assert EAInstance.objects.get(id=instance.id).inputs["fast_period"] == 20
        deeds = AuditEntry.objects.filter(subject_id=instance.id).order_by("at", "created_at")
        assert [deed.action for deed in deeds][1:] == ["instance.upgraded", "instance.returned"]
    with tenant_scope(PLATFORM):
        deeds = AuditEntry.objects.order_by("at", "created_at")
        assert [(deed.action, deed.detail) for deed in deeds] == [
            ("rollout.started", {}),
            ("rollout.rolled_back", {"reason": "Too eager"}),
        ]


def test_promote_and_stop_have_their_addresses(charlie: Person, version: EAVersion) -> None:
    row = begun(charlie, version)
    assert post(charlie.client, f"{WHERE}/{row['id']}/promote", {}).json()["state"] == "promoting"
    answer = post(charlie.client, f"{WHERE}/{row['id']}/promote", {})
    assert (answer.status_code, "so it cannot be promoted now" in answer.json()["detail"]) == (409, True)
    assert post(charlie.client, f"{WHERE}/{row['id']}/stop", {}).json()["state"] == "stopped"
    assert post(charlie.client, f"{WHERE}/{row['id']}/roll-back", {"reason": ""}).status_code == 400


def test_the_owner_sees_that_the_ea_is_being_upgraded(
    alice: Person, charlie: Person, instance: EAInstance, version: EAVersion
) -> None:
    assert alice.client.get(f"/api/instances/{instance.id}").json()["upgrade"] is None
    row = begun(charlie, version)
    seen = alice.client.get(f"/api/instances/{instance.id}").json()
    assert (seen["version"], seen["changelog"]) == ("2.0.0", "Calmer on Fridays")
    assert {**seen["upgrade"], "movedAt": None} == {
        "fromVersion": "1.1.0", "toVersion": "2.0.0", "isCanary": True, "isAtWork": False,
        "isReturning": False, "movedAt": None,
    }  # fmt: skip
    post(charlie.client, f"{WHERE}/{row['id']}/stop", {})
    assert alice.client.get(f"/api/instances/{instance.id}").json()["upgrade"] is None


def test_new_deployments_get_the_old_version_while_it_is_tried(
    alice: Person, charlie: Person, version: EAVersion
) -> None:
    def offered() -> str:
        found: str = alice.client.get("/api/templates/trend-following").json()["version"]["version"]
        return found

    assert offered() == "2.0.0"
    row = begun(charlie, version)
    assert offered() == "1.1.0"
    post(charlie.client, f"{WHERE}/{row['id']}/promote", {})
    assert offered() == "2.0.0"


def test_the_result_since_the_move_is_the_eas_own_and_told_as_a_curve(
    alice: Person, charlie: Person, instance: EAInstance, version: EAVersion
) -> None:
    row = begun(charlie, version)
    owner = {"tenant_id": alice.tenant_id, "account_id": instance.account_id}
    nothing = dict.fromkeys(("closed_volume", "commission", "swap", "fee"), 0)
    at = clock.now()
    with tenant_scope(alice.tenant_id):
        for magic, made in ((instance.magic, -30), (9, -5000)):
            Trade.objects.create(
                **owner, **nothing, position_id=magic, magic=magic, symbol="EURUSD", side="buy", volume=1,
                state="closed", entered_at=at, exited_at=at, profit=made, net_profit=made,
            )  # fmt: skip
        Position.objects.create(
            **owner, ticket=1, magic=instance.magic, symbol="EURUSD", side="buy", volume=1, open_price=1,
            current_price=1, profit=-20, swap=0, opened_at=at,
        )  # fmt: skip
        for second in range(200):
            EAPerformance.objects.create(
                tenant_id=alice.tenant_id, instance=instance, resolution="raw",
                at=at + timedelta(microseconds=second), profit=-second,
            )  # fmt: skip
    Rollout.objects.update(due_at=at)
    standings.watch_rollouts(now=clock.now())
    (member,) = charlie.client.get(f"{WHERE}/{row['id']}").json()["members"]
    assert (member["result"], member["lossPercent"]) == (-50, 0.5)
    results = [point["result"] for point in member["curve"]]
    assert (results[0], results[-1], len(results) <= 80) == (0, -199, True)
