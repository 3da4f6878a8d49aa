"""Deployment receipts: what the runner itself proved, under this installation's signature.

The signature (Ed25519, RFC 8032) is over the document without it, as JSON with sorted keys, no
spaces, in UTF-8. Keys are kept in a file like the vault's; older ones stay to verify what they signed.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from metafleet.hub.fleet.models import EAInstance, Run
from metafleet.hub.vault.errors import KeyringRefused
from metafleet.hub.vault.keyring import Keyring

ALGORITHM: Final = "Ed25519"


class SigningKeyUnusable(Exception):
    """Receipts cannot be signed or verified until somebody mends the file of the signing keys."""


class SignatureWrong(Exception):
    """The document is not what this installation signed; the message says why."""


def issue(instance: EAInstance, run: Run) -> dict[str, Any]:
    """Return the signed receipt of a run whose report is complete. Raises SigningKeyUnusable."""
    return sign(_document(instance, run))


def sign(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with a `signature` of the active key. Raises SigningKeyUnusable."""
    keyring = _keyring()
    value = _key(keyring, keyring.active).sign(_signed_part(document))
    signature = {
        "algorithm": ALGORITHM,
        "keyId": keyring.active,
        "value": base64.b64encode(value).decode(),
    }
    return document | {"signature": signature}


def verify(document: dict[str, Any]) -> str:
    """Return the id of the key that signed this very document.

    Raises SignatureWrong, SigningKeyUnusable.
    """
    signature = document.get("signature")
    if not isinstance(signature, dict):
        raise SignatureWrong("The receipt has no signature: it was written before receipts were signed.")
    key_id = str(signature.get("keyId"))
    try:
        key = _key(_keyring(), key_id)
    except KeyringRefused:
        raise SignatureWrong(f"The key {key_id!r} is none of this installation's.") from None
    try:
        value = base64.b64decode(str(signature.get("value")), validate=True)
        key.public_key().verify(value, _signed_part(document))
    except (InvalidSignature, binascii.Error, ValueError):
        raise SignatureWrong("The receipt is not as it was signed: something in it was changed.") from None
    return key_id


def is_ours(document: dict[str, Any]) -> bool:
    """Whether this installation signed this very document. Raises SigningKeyUnusable."""
    try:
        verify(document)
    except SignatureWrong:
        return False
    return True


def public_keys() -> dict[str, str]:
    """Return the public keys, base64 of 32 bytes by key id, for who verifies without this installation.

    Raises SigningKeyUnusable.
    """
    keyring = _keyring()
    return {
        name: base64.b64encode(
            _key(keyring, name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        ).decode()
        for name in keyring.names()
    }


def _signed_part(document: dict[str, Any]) -> bytes:
    bare = {name: value for name, value in document.items() if name != "signature"}
    return json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _keyring() -> Keyring:
    try:
        if settings.RECEIPT_KEYS:
            return Keyring.parse(settings.RECEIPT_KEYS, "METAFLEET_RECEIPT_KEY")
        return Keyring.read(settings.RECEIPT_KEY_FILE)
    except KeyringRefused as error:
        raise SigningKeyUnusable(
            f"The receipts' signing keys in {settings.RECEIPT_KEY_FILE} cannot be used. Restore the file "
            "from your backup with mode 600; `metafleet up` makes one where there is none."
        ) from error


def _key(keyring: Keyring, key_id: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keyring.key(key_id))


def _document(instance: EAInstance, run: Run) -> dict[str, Any]:
    """What the runner reported, and where it runs."""
    report = run.report or {}
    return {
        "instanceId": str(instance.id),
        "runId": str(run.id),
        "login": int(report["login"]),
        "server": report["server"],
        "symbol": report.get("symbol") or instance.symbol,
        "expert": instance.template.slug,
        "version": report.get("version") or (run.version or instance.version).version,
        "contentHash": report["hash"],
        "algoTradingAllowed": instance.terminal.trade_allowed,
        "driver": run.driver,
        "host": run.host,
        "pid": run.handle.get("pid"),
        "limits": run.limits,
        "generation": run.generation,
        "startedAt": _iso(run.started_at),
        "firstTickAt": report.get("firstTickAt"),
        "firstHeartbeatAt": _iso(run.first_heartbeat_at),
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
