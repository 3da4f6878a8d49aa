"""EA releases over the API: from the upload to a deployment, and what is refused on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metafleet.engine.experts.tests.uploads import breakout
from metafleet.hub.audit import queries as audit
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.console.tests.forms import post
from metafleet.hub.fleet import operations as fleet
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.fleet.trials import trying
from metafleet.hub.identity import operators
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.kernel.tenancy import PLATFORM, tenant_scope
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")
EAS = "/api/operator/eas"


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def charlie(charlie: Person) -> Person:
    """Charlie operates the installation."""
    operators.set_role(email=charlie.email, role=PlatformRole.OPERATOR)
    return charlie


def upload(person: Person, source: bytes = b"", changelog: str = "First.") -> Any:
    file = SimpleUploadedFile("breakout.py", source or breakout())
    return person.client.post(EAS, {"file": file, "changelog": changelog})


def act(person: Person, version: dict[str, Any], verb: str, **form: str) -> Any:
    return post(person.client, f"{EAS}/versions/{version['id']}/{verb}", form)


def released(person: Person, source: bytes = b"") -> dict[str, Any]:
    version: dict[str, Any] = upload(person, source).json()
    trying.try_out(version["id"])
    assert act(person, version, "approve", note="Read it.").status_code == 200
    answer = act(person, version, "release")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_an_upload_is_tried_approved_released_and_deployed_by_a_customer(
    alice: Person, charlie: Person
) -> None:
    answer = upload(charlie)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["state"], made["uploadedBy"], made["findings"]) == ("draft", charlie.email, [])
    assert made["source"] == breakout().decode()
    assert alice.client.get("/api/templates/breakout").status_code == 404

    trying.try_out(made["id"])
    seen = charlie.client.get(f"{EAS}/versions/{made['id']}").json()
    assert seen["state"] == "in_review"
    assert seen["trial"]["figures"]["trades"] == 75
    assert seen["trial"]["figures"]["equity"][0]["equity"] == 10_000
    assert seen["declared"]["symbols"] == ["EURUSD", "GBPUSD"]

    assert act(charlie, made, "approve", note="Read it.").json()["reviewedBy"] == charlie.email
    assert act(charlie, made, "release").json()["state"] == "released"
    template = alice.client.get("/api/templates/breakout").json()
    assert template["version"]["isUploaded"] is True
    [version] = alice.client.get("/api/templates/breakout/versions").json()
    assert (version["changelog"], version["state"]) == ("First.", "released")

    account = connect(alice)
    form = {"templateId": template["id"], "accountId": str(account.id), "symbol": "EURUSD"}
    assert post(alice.client, "/api/instances/review", form | {"inputs": {"lookback": 4}}).json()["problems"]
    deployed = post(alice.client, "/api/instances", form | {"inputs": {"lookback": 40}})
    assert deployed.status_code == 202
    assert deployed.json()["inputs"] == {"lookback": 40, "volume": 0.1, "side": "both"}
    assert deployed.json()["timeframe"] == "M1"
    shown = {row["slug"]: row for row in charlie.client.get(EAS).json()["templates"]}
    assert shown["breakout"]["isShipped"] is False
    assert [(row["instances"], row["active"]) for row in shown["breakout"]["versions"]] == [(1, 1)]

    with tenant_scope(PLATFORM):
        deeds = [entry.action for entry in audit.newest_entries(tenant_id=PLATFORM, limit=3)]
    assert deeds == ["ea.released", "ea.approved", "ea.uploaded"]


def test_a_hostile_upload_is_kept_refused_with_its_findings(charlie: Person) -> None:
    made = upload(charlie, breakout(head="import os\nescape = ().__class__.__mro__")).json()
    assert (made["state"], made["errors"]) == ("refused", 3)
    assert [finding["line"] for finding in made["findings"]] == [7, 8, 8]
    assert act(charlie, made, "approve").status_code == 409
    assert act(charlie, made, "release").status_code == 409


@pytest.mark.parametrize(
    ("source", "changelog", "pointer", "sentence"),
    [
        (b"x = 1", "New.", "/file", "exactly one class"),
        (b"x" * 70_000, "New.", "/file", "64 KiB of source"),
        (b"\xff", "New.", "/file", "UTF-8"),
        (breakout(), "  ", "/changelog", "what is new"),
    ],
)
def test_what_cannot_be_taken_names_the_field(
    charlie: Person, source: bytes, changelog: str, pointer: str, sentence: str
) -> None:
    answer = upload(charlie, source, changelog)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert sentence in answer.json()["detail"]
    assert not EAVersion.objects.filter(template__slug="breakout").exists()


def test_a_number_that_does_not_grow_is_refused(charlie: Person) -> None:
    released(charlie)
    answer = upload(charlie, breakout(head="# changed"))
    assert answer.status_code == 409
    assert "larger number than 1.0.0" in answer.json()["detail"]


def test_a_refusal_needs_a_reason_and_says_it(charlie: Person) -> None:
    made = upload(charlie).json()
    trying.try_out(made["id"])
    assert act(charlie, made, "refuse", reason=" ").status_code == 400
    assert act(charlie, made, "refuse", reason="No stop.").json()["decision"] == "No stop."


def test_a_withdrawn_version_is_deployed_no_more_and_what_runs_goes_on(
    alice: Person, charlie: Person
) -> None:
    version = released(charlie)
    account = connect(alice)
    instance = deploy(alice, account, slug="breakout")
    assert act(charlie, version, "withdraw", reason="It doubles its stakes.").json()["active"] == 1
    assert alice.client.get("/api/templates/breakout").status_code == 404
    shown = alice.client.get(f"/api/instances/{instance.id}").json()
    assert (shown["version"], shown["isVersionWithdrawn"]) == ("1.0.0", True)
    wish: dict[str, Any] = {
        "instance_id": instance.id,
        "tenant_id": alice.tenant_id,
        "actor": alice.email,
        "now": NOW,
    }
    with tenant_scope(alice.tenant_id):
        fleet.configure(**wish, inputs={"lookback": 50})
        fleet.pause(**wish)
        fleet.resume(**wish)
        fleet.stop(**wish, close_positions=False)
        type(instance).objects.filter(id=instance.id).update(state="stopped")
    answer = post(alice.client, f"/api/instances/{instance.id}/resume", {})
    assert answer.status_code == 409
    assert "was withdrawn" in answer.json()["detail"]


def test_what_could_not_be_isolated_is_not_deployed(
    alice: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    released(charlie)
    account = connect(alice)
    runtime = driver(settings.FLEET_DRIVER)
    monkeypatch.setattr(type(runtime), "isolation_gap", lambda _: "An uploaded EA runs only isolated.")
    template = alice.client.get("/api/templates/breakout").json()
    form = {"templateId": template["id"], "accountId": str(account.id), "symbol": "EURUSD", "inputs": {}}
    answer = post(alice.client, "/api/instances", form)
    assert (answer.status_code, answer.json()["detail"]) == (409, "An uploaded EA runs only isolated.")
    assert charlie.client.get(EAS).json()["isolationGap"] == "An uploaded EA runs only isolated."
    deploy(alice, account, slug="grid")


def test_for_anybody_else_there_is_nothing(alice: Person, charlie: Person) -> None:
    version = upload(charlie).json()
    assert alice.client.get(EAS).status_code == 404
    assert upload(alice).status_code == 404
    assert alice.client.get(f"{EAS}/versions/{version['id']}").status_code == 404
    for verb in ("approve", "refuse", "release", "withdraw"):
        assert act(alice, version, verb, reason="x").status_code in {400, 404}
        assert (
            act(
                alice, version, verb, **({"reason": "x"} if verb in {"refuse", "withdraw"} else {})
            ).status_code
            == 404
        )
    assert EAVersion.objects.get(id=version["id"]).state == "draft"
