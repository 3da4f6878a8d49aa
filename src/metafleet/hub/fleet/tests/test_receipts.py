"""Receipts are signed, and tell what was changed in them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from metafleet.hub.fleet import receipts
from metafleet.hub.fleet.models import Receipt, Terminal
from metafleet.hub.fleet.steps import PROOF_DEADLINE
from metafleet.hub.fleet.tests.world import A_SECOND, World, running
from metafleet.hub.kernel.tenancy import tenant_scope

pytestmark = pytest.mark.usefixtures("catalogue")


def receipt(world: World) -> dict[str, Any]:
    with tenant_scope(world.person.tenant_id):
        document: dict[str, Any] = Receipt.objects.get().document
    return document


def test_a_receipt_is_signed_by_this_installation(world: World) -> None:
    document = receipt(running(world))
    assert receipts.verify(document) == "k1"
    assert (document["algoTradingAllowed"], document["instanceId"]) == (True, str(world.instance_id))
    assert receipts.verify(json.loads(json.dumps(document, indent=4))) == "k1"


@pytest.mark.parametrize("field", ["login", "contentHash", "firstTickAt", "host", "generation"])
def test_a_receipt_of_which_a_word_was_changed_is_none(world: World, field: str) -> None:
    document = receipt(running(world)) | {field: 7}
    with pytest.raises(receipts.SignatureWrong, match="something in it was changed"):
        receipts.verify(document)


@pytest.mark.parametrize(
    ("signature", "says"),
    [
        (None, "has no signature"),
        ({"keyId": "k9", "value": ""}, "'k9' is none of this installation's"),
        ({"keyId": "k1", "value": "?"}, "was changed"),
        ({"keyId": "k1"}, "was changed"),
    ],
)
def test_a_false_signature_is_refused_with_its_reason(signature: Any, says: str) -> None:
    with pytest.raises(receipts.SignatureWrong, match=says):
        receipts.verify({"login": 1, "signature": signature})


def test_anybody_verifies_a_receipt_with_the_public_key_alone(world: World) -> None:
    document = receipt(running(world))
    signature = document.pop("signature")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(receipts.public_keys()[signature["keyId"]]))
    body = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    key.verify(base64.b64decode(signature["value"]), body.encode())


def test_what_an_older_key_signed_is_verified_after_a_new_one_took_its_place(
    settings: Any, tmp_path: Path
) -> None:
    settings.RECEIPT_KEY_FILE = tmp_path / "keys"
    keys = {name: base64.b64encode(name.encode() * 16).decode() for name in ("k1", "k2")}
    for active in ("k1", "k2"):
        settings.RECEIPT_KEY_FILE.write_text(json.dumps({"active": active, "keys": keys}))
        settings.RECEIPT_KEY_FILE.chmod(0o600)
        signed = receipts.sign({"made": "with", "which": active})
        if active == "k1":
            older = signed
    assert (receipts.verify(older), receipts.verify(signed)) == ("k1", "k2")


def test_without_its_signing_key_an_ea_is_not_said_to_run_and_the_reason_is(
    world: World, settings: Any, tmp_path: Path
) -> None:
    kept = settings.RECEIPT_KEY_FILE
    settings.RECEIPT_KEY_FILE = tmp_path / "nothing"
    running(world)
    assert (world.instance().state, world.instance().status_text[:29]) == (
        "deploying",
        "The receipts' signing keys in",
    )
    settings.RECEIPT_KEY_FILE = kept
    world.reconcile(A_SECOND)
    assert world.instance().state == "running"


def test_until_all_proof_is_seen_it_is_deploying_and_after_a_deadline_in_error(world: World) -> None:
    world.reconcile()
    world.report(firstTickAt=None)
    world.reconcile(A_SECOND)
    assert world.instance().state == "deploying"
    world.reconcile(PROOF_DEADLINE + A_SECOND)
    assert (world.instance().state, len(world.driver.alive)) == ("error", 1)
    assert "No tick within 60 seconds" in world.instance().status_text
    world.report()
    world.reconcile(A_SECOND)
    assert world.instance().state == "running"


def test_a_terminal_that_forbids_algotrading_is_said(world: World) -> None:
    world.reconcile()
    world.report()
    with tenant_scope(world.person.tenant_id):
        Terminal.objects.update(trade_allowed=False)
    world.reconcile(A_SECOND)
    assert "AlgoTrading is not allowed" in world.instance().status_text
    assert world.instance().state == "deploying"
