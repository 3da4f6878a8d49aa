"""The installation's own secrets, made at the first start."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metafleet.cli.atomic import create_atomically, write_atomically
from metafleet.cli.refusal import Refused

MASTER_KEY_BYTES = 32
"""AES-256; and an Ed25519 private key."""

SETTLED_S = 60.0
"""No request or task that knew the keyring as it was before is longer under way."""


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


def add_master_key(path: Path) -> str:
    """Add a key to the keyring, make it the active one and return its id. Two at once add two.

    Durable when this returns, and whole or unchanged after a crash. Raises Refused.
    """
    with _held(path) as keyring:
        known = [int(name[1:]) for name in keyring["keys"] if name[1:].isdigit()]
        name = f"k{max(known, default=0) + 1}"
        keyring["keys"][name] = _new_key()
        keyring["active"] = name
    return name


def drop_master_key(path: Path, name: str) -> None:
    """Take a key that is not the active one out of the keyring. Raises Refused.

    Also within a minute of the keyring's last change: what began before may be about to use the key.
    """
    with _held(path) as keyring:
        if name not in keyring["keys"]:
            known = ", ".join(sorted(keyring["keys"]))
            raise Refused(f"the keyring holds no key {name}. It holds {known}.")
        if name == keyring["active"]:
            raise Refused(
                f"{name} is the active key. Run `metafleet vault rotate` first, which makes another."
            )
        if time.time() - path.stat().st_mtime < SETTLED_S:
            raise Refused("the keyring was changed just now. Wait a minute and try again.")
        del keyring["keys"][name]


@contextmanager
def _held(path: Path) -> Iterator[dict[str, Any]]:
    """Read the keyring, and write it as the body has changed it, while no other command does."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            keyring = json.loads(path.read_text())
            yield keyring
            write_atomically(path, (json.dumps(keyring) + "\n").encode())
        finally:
            os.close(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"the keyring {path} cannot be changed ({error}).") from error


def _new_keyring() -> str:
    return json.dumps({"active": "k1", "keys": {"k1": _new_key()}}) + "\n"


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()
