"""The installation's own secrets, made at the first start."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

from metafleet.cli.atomic import create_atomically

MASTER_KEY_BYTES = 32
"""AES-256; and an Ed25519 private key."""


def ensure_keys(data_dir: Path) -> None:
    """Make the key files that are missing, each mode 0600 in a folder of mode 0700.

    secret_key and broker_admin.key are URL-safe text (384 and 256 bits); vault_master.key and
    receipt_signing.key are JSON keyrings {"active": id, "keys": {id: base64 of 32 bytes}}. A file is
    whole or absent, also after a crash, and an existing one is never replaced.
    """
    folder = data_dir / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    contents = {
        "secret_key": secrets.token_urlsafe(48) + "\n",
        "broker_admin.key": secrets.token_urlsafe(32) + "\n",
        "vault_master.key": _new_keyring(),
        "receipt_signing.key": _new_keyring(),
    }
    for name, content in contents.items():
        path = folder / name
        if path.exists():
            path.chmod(0o600)
        else:
            create_atomically(path, content.encode())


def _new_keyring() -> str:
    key = base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()
    return json.dumps({"active": "k1", "keys": {"k1": key}}) + "\n"
