from __future__ import annotations

import base64
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from metafleet.cli.atomic import create_atomically, write_atomically
from metafleet.cli.keys import add_master_key, drop_master_key, ensure_keys
from metafleet.cli.refusal import Refused

NAMES = {"secret_key", "broker_admin.key", "vault_master.key", "receipt_signing.key"}


def test_keys_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    made = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
    assert made == dict.fromkeys(NAMES, 0o600)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_the_keyring_holds_one_active_key_of_256_bits(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    keyring = json.loads((tmp_path / "keys" / "vault_master.key").read_text())
    assert keyring["active"] == "k1"
    assert len(base64.b64decode(keyring["keys"]["k1"], validate=True)) == 32


def test_keys_that_exist_are_kept_and_missing_ones_are_made(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    kept = (tmp_path / "keys" / "vault_master.key").read_bytes()
    (tmp_path / "keys" / "secret_key").unlink()
    ensure_keys(tmp_path)
    assert (tmp_path / "keys" / "vault_master.key").read_bytes() == kept
    assert (tmp_path / "keys" / "secret_key").stat().st_size > 40


def test_a_key_file_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    (tmp_path / "keys" / "secret_key").chmod(0o644)
    ensure_keys(tmp_path)
    assert (tmp_path / "keys" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_creating_never_replaces_what_another_process_made(tmp_path: Path) -> None:
    assert create_atomically(tmp_path / "key", b"first")
    assert not create_atomically(tmp_path / "key", b"second")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]


def test_writing_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"old")
    write_atomically(tmp_path / "file", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_a_master_key_is_added_and_the_older_ones_stay(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    file = tmp_path / "keys" / "vault_master.key"
    before = json.loads(file.read_text())["keys"]["k1"]
    assert [add_master_key(file), add_master_key(file)] == ["k2", "k3"]
    keyring = json.loads(file.read_text())
    assert (keyring["active"], sorted(keyring["keys"]), keyring["keys"]["k1"]) == (
        "k3",
        ["k1", "k2", "k3"],
        before,
    )
    assert file.stat().st_mode & 0o777 == 0o600


def test_many_who_add_a_master_key_at_once_lose_none(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    file = tmp_path / "keys" / "vault_master.key"
    with ThreadPoolExecutor(4) as threads:
        names = list(threads.map(add_master_key, [file] * 8))
    assert len(set(names)) == 8
    assert len(json.loads(file.read_text())["keys"]) == 9


def test_a_master_key_is_dropped_only_when_it_is_not_active_and_all_is_settled(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    file = tmp_path / "keys" / "vault_master.key"
    for key, why in (("k1", "is the active key"), ("k7", "holds no key k7")):
        with pytest.raises(Refused, match=why):
            drop_master_key(file, key)
    add_master_key(file)
    with pytest.raises(Refused, match="Wait a minute"):
        drop_master_key(file, "k1")
    os.utime(file, (0, 0))
    drop_master_key(file, "k1")
    assert list(json.loads(file.read_text())["keys"]) == ["k2"]
