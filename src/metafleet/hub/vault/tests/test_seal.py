"""Sealed secrets open for their owner and field alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from uuid import uuid4

import pytest

from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.vault import operations as vault
from metafleet.hub.vault.errors import KeyringRefused, SealBroken
from metafleet.hub.vault.keyring import Keyring
from metafleet.hub.vault.models import DataKey, SealedField
from tests.cast import Person

PLAIN = "hunter2-but-longer"


def test_what_was_sealed_opens(alice: Person) -> None:
    owner = uuid4()
    with tenant_scope(alice.tenant_id):
        vault.seal(tenant_id=alice.tenant_id, owner_id=owner, field="password", secret=Secret(PLAIN))
        row = SealedField.objects.get()
        assert PLAIN.encode() not in bytes(row.sealed)
        opened = vault.open_secret(tenant_id=alice.tenant_id, owner_id=owner, field="password")
    assert opened.reveal() == PLAIN


def test_a_ciphertext_moved_to_another_field_does_not_open(alice: Person) -> None:
    owner = uuid4()
    with tenant_scope(alice.tenant_id):
        vault.seal(tenant_id=alice.tenant_id, owner_id=owner, field="password", secret=Secret(PLAIN))
        SealedField.objects.update(field="investor")
        with pytest.raises(SealBroken):
            vault.open_secret(tenant_id=alice.tenant_id, owner_id=owner, field="investor")


def test_a_data_key_moved_to_another_owner_does_not_open(alice: Person) -> None:
    owner, other = uuid4(), uuid4()
    with tenant_scope(alice.tenant_id):
        vault.seal(tenant_id=alice.tenant_id, owner_id=owner, field="password", secret=Secret(PLAIN))
        DataKey.objects.update(owner_id=other)
        with pytest.raises(SealBroken):
            vault.open_secret(tenant_id=alice.tenant_id, owner_id=other, field="password")


def test_a_changed_byte_does_not_open(alice: Person) -> None:
    owner = uuid4()
    with tenant_scope(alice.tenant_id):
        vault.seal(tenant_id=alice.tenant_id, owner_id=owner, field="password", secret=Secret(PLAIN))
        sealed = bytearray(SealedField.objects.get().sealed)
        sealed[-1] ^= 1
        SealedField.objects.update(sealed=bytes(sealed))
        with pytest.raises(SealBroken):
            vault.open_secret(tenant_id=alice.tenant_id, owner_id=owner, field="password")


def test_a_secret_prints_as_dots() -> None:
    secret = Secret(PLAIN)
    assert PLAIN not in f"{secret} {secret!r} {secret!s} {[secret]}"
    with pytest.raises(TypeError):
        json.dumps({"password": secret})


@pytest.mark.parametrize("document", ["", "{}", '{"active": "k1", "keys": {"k1": "c2hvcnQ="}}'])
def test_an_unusable_keyring_is_one_clear_sentence(tmp_path: Path, document: str) -> None:
    file = tmp_path / "vault_master.key"
    file.write_text(document)
    file.chmod(0o600)
    with pytest.raises(KeyringRefused):
        Keyring.read(file)


def test_a_keyring_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "vault_master.key"
    file.write_text("{}")
    os.chmod(file, 0o644)
    with pytest.raises(KeyringRefused, match="chmod 600"):
        Keyring.read(file)
