"""Rotation: everything opens before, meanwhile and after, also where it is killed or runs twice."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import PLATFORM, tenant_scope
from metafleet.hub.vault import operations as vault
from metafleet.hub.vault import rotation
from metafleet.hub.vault.models import DataKey, SealedField
from metafleet.hub.vault.tests.amazon import make_key, running_amazon
from tests.cast import Person, sign_up

pytestmark = pytest.mark.django_db(transaction=True, databases=("default", "owner"))
Sealed = list[tuple[UUID, UUID]]


def add_key(file: Path, name: str) -> None:
    keys = json.loads(file.read_text())["keys"] if file.exists() else {}
    keys[name] = base64.b64encode(os.urandom(32)).decode()
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps({"active": name, "keys": keys}))
    beside.chmod(0o600)
    beside.replace(file)


@pytest.fixture
def keyring(tmp_path: Path, settings: Any) -> Path:
    file = tmp_path / "master.key"
    add_key(file, "k1")
    settings.VAULT_KEY_FILE = file
    return file


@pytest.fixture
def sealed(keyring: Path, alice: Person) -> Sealed:
    """Twelve passwords of two tenants."""
    people = (alice, sign_up("dana@example.com"))
    made = [(person.tenant_id, uuid4()) for person in people for _ in range(6)]
    for number, (tenant_id, owner_id) in enumerate(made):
        with tenant_scope(tenant_id):
            for field in ("password", "investor"):
                vault.seal(
                    tenant_id=tenant_id, owner_id=owner_id, field=field, secret=Secret(f"{field}-{number}")
                )
    return made


def all_open(sealed: Sealed) -> bool:
    vault._opened.clear()
    for number, (tenant_id, owner_id) in enumerate(sealed):
        for field in ("password", "investor"):
            with tenant_scope(tenant_id):
                opened = vault.open_secret(tenant_id=tenant_id, owner_id=owner_id, field=field)
            assert opened.reveal() == f"{field}-{number}"
    return True


def rewrap(progress: rotation.Progress = lambda *_: None) -> int:
    return rotation.rewrap(actor="cli:root", now=clock.now(), progress=progress)


def renew(progress: rotation.Progress = lambda *_: None) -> int:
    later = clock.now() + timedelta(seconds=1)
    return rotation.renew(actor="cli:root", made_before=later, now=later, progress=progress)


def wraps() -> dict[str, int]:
    return {key.id: key.data_keys for key in rotation.status()}


def test_a_new_master_key_takes_all_tenants_data_keys(sealed: Sealed, keyring: Path) -> None:
    add_key(keyring, "k2")
    assert all_open(sealed)
    assert rewrap() == 12
    assert wraps() == {"k2": 12}
    assert all_open(sealed)
    with tenant_scope(PLATFORM):
        said = AuditEntry.objects.get(action="vault.rotated")
    assert (said.actor, said.subject, said.detail) == ("cli:root", "k2", {"dataKeys": 12})
    keys = json.loads(keyring.read_text())["keys"]
    keyring.write_text(json.dumps({"active": "k2", "keys": {"k2": keys["k2"]}}))
    assert all_open(sealed)


def test_one_that_was_killed_goes_on_where_it_was(
    sealed: Sealed, keyring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    add_key(keyring, "k2")

    def killed(done: int, total: int) -> None:
        assert total == 12
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rewrap(killed)
    assert wraps() == {"k1": 6, "k2": 6}
    assert all_open(sealed)
    assert rewrap() == 6
    assert wraps() == {"k2": 12}
    with pytest.raises(KeyboardInterrupt):
        renew(killed)
    assert all_open(sealed)
    assert renew() == 12
    assert all_open(sealed)


def test_two_at_once_and_requests_meanwhile_do_no_harm(sealed: Sealed, keyring: Path) -> None:
    add_key(keyring, "k2")
    tenant_id, owner_id = sealed[0]

    def work(number: int) -> None:
        try:
            if number < 2:
                rewrap()
            elif number < 4:
                renew()
            for _ in range(5):
                with tenant_scope(tenant_id):
                    vault.seal(
                        tenant_id=tenant_id, owner_id=owner_id, field="password", secret=Secret("password-0")
                    )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(6)))
    assert wraps() == {"k2": 12}
    assert all_open(sealed)


def test_new_data_keys_seal_every_field_anew(sealed: Sealed) -> None:
    with tenant_scope(sealed[0][0]):
        before = set(SealedField.objects.values_list("sealed", flat=True))
        first = DataKey.objects.get(owner_id=sealed[0][1]).wrapped
    assert renew() == 12
    with tenant_scope(sealed[0][0]):
        assert not before & set(SealedField.objects.values_list("sealed", flat=True))
        assert DataKey.objects.get(owner_id=sealed[0][1]).wrapped != first
    assert all_open(sealed)
    assert rotation.renew(actor="a", made_before=clock.now(), now=clock.now(), progress=lambda *_: None) == 0


def test_a_key_that_still_wraps_is_not_dropped(sealed: Sealed, keyring: Path) -> None:
    add_key(keyring, "k2")
    with pytest.raises(rotation.KeyInUse, match="still wraps 12 data keys"):
        rotation.check_droppable("k1")
    rewrap()
    rotation.check_droppable("k1")


@pytest.fixture
def amazon() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment, running_amazon(environment) as url:
        yield url


def test_the_keyring_moves_to_kms_and_back(sealed: Sealed, settings: Any, amazon: str) -> None:
    settings.VAULT_PROVIDER, settings.VAULT_KMS_KEY = "aws-kms", make_key(f"vault-{uuid4()}")
    assert rewrap() == 12
    assert [key[:12] for key in wraps()] == ["arn:aws:kms:"]
    assert all_open(sealed)
    assert renew() == 12
    settings.VAULT_PROVIDER = "local"
    assert rewrap() == 12
    assert wraps() == {"k1": 12}
    assert all_open(sealed)
