"""The receipt as a file, and the address that says whether one is genuine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from metafleet.hub.fleet import receipts
from metafleet.hub.fleet.models import Receipt, Run
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def deployed(alice: Person) -> Any:
    instance = deploy(alice, connect(alice))
    with tenant_scope(alice.tenant_id):
        run = Run.objects.create(
            tenant_id=alice.tenant_id,
            instance=instance,
            generation=1,
            state="running",
            intent="run",
            driver="memory",
            handle={},
            report={"login": "5001", "server": "metafleet-Paper", "hash": "sha256:1", "firstTickAt": None},
        )
        document = receipts.issue(instance, run)
        Receipt.objects.create(tenant_id=alice.tenant_id, run=run, document=document)
    return instance


def test_a_receipt_is_downloaded_and_verified(alice: Person, deployed: Any) -> None:
    answer = alice.client.get(f"/api/instances/{deployed.id}/receipt")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == (f'attachment; filename="metafleet-receipt-{deployed.id}-1.json"')
    verdict = verified(alice, json.loads(answer.content))
    assert (verdict["isGenuine"], verdict["keyId"]) == (True, "k1")


def test_a_forged_receipt_is_called_one(alice: Person, deployed: Any) -> None:
    document = alice.client.get(f"/api/instances/{deployed.id}/receipt").json()
    verdict = verified(alice, document | {"login": 666})
    assert (verdict["isGenuine"], verdict["keyId"]) == (False, None)
    assert "was changed" in verdict["detail"]


def test_a_strangers_receipt_is_not_there(charlie: Person, deployed: Any) -> None:
    assert charlie.client.get(f"/api/instances/{deployed.id}/receipt").status_code == 404


def test_the_public_keys_are_told(alice: Person) -> None:
    assert list(alice.client.get("/api/receipts/keys").json()) == ["k1"]


def verified(person: Person, document: dict[str, Any]) -> dict[str, Any]:
    answer = person.client.post(
        "/api/receipts/verify", json.dumps({"receipt": document}), content_type="application/json"
    )
    assert answer.status_code == 200
    verdict: dict[str, Any] = answer.json()
    return verdict
