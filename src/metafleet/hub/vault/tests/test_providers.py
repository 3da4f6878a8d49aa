"""What every key provider keeps, and what is KMS's alone."""

from __future__ import annotations

import base64
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.vault import operations as vault
from metafleet.hub.vault import providers
from metafleet.hub.vault.errors import KeyringRefused, KmsRefused, MasterKeyRefused, SealBroken
from metafleet.hub.vault.models import DataKey
from metafleet.hub.vault.opened import OpenedKeys, wipe
from metafleet.hub.vault.providers.contract import DATA_KEY_BYTES, KeyProvider, Owner, Wrapped
from metafleet.hub.vault.providers.kms import KmsKeys
from metafleet.hub.vault.providers.local import LocalKeys
from metafleet.hub.vault.tests.amazon import REGION, make_key, running_amazon
from tests.cast import Person

OWNER = Owner(uuid4(), uuid4())


@pytest.fixture(scope="module")
def amazon() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment, running_amazon(environment) as url:
        yield url


def write_keyring(file: Path, active: str, *names: str) -> None:
    kept = json.loads(file.read_text())["keys"] if file.exists() else {}
    keys = kept | {name: base64.b64encode(os.urandom(32)).decode() for name in names}
    file.write_text(json.dumps({"active": active, "keys": keys}))
    file.chmod(0o600)


def local(tmp_path: Path, _: str) -> KeyProvider:
    write_keyring(tmp_path / "master.key", "k1", "k1")
    return LocalKeys(tmp_path / "master.key")


def kms(_: Path, amazon: str) -> KeyProvider:
    return KmsKeys(make_key(f"vault-{uuid4()}"), REGION)


@pytest.fixture(params=[local, kms])
def provider(request: pytest.FixtureRequest, tmp_path: Path, amazon: str) -> KeyProvider:
    make: Callable[[Path, str], KeyProvider] = request.param
    return make(tmp_path, amazon)


def test_a_fresh_data_key_opens_for_its_owner(provider: KeyProvider) -> None:
    plain, wrapped = provider.new_data_key(OWNER)
    assert len(plain) == DATA_KEY_BYTES
    assert bytes(plain) not in wrapped.wrapped
    assert wrapped.master_key_id == provider.active_key_id()
    assert len(wrapped.master_key_id) <= 120
    assert provider.unwrap(wrapped, OWNER) == plain
    assert provider.new_data_key(OWNER)[0] != plain


def test_what_was_wrapped_opens(provider: KeyProvider) -> None:
    plain = os.urandom(DATA_KEY_BYTES)
    assert provider.unwrap(provider.wrap(plain, OWNER), OWNER) == plain


@pytest.mark.parametrize(
    "other", [Owner(OWNER.tenant_id, uuid4()), Owner(uuid4(), OWNER.owner_id)], ids=["owner", "tenant"]
)
def test_it_opens_for_nobody_else(provider: KeyProvider, other: Owner) -> None:
    _, wrapped = provider.new_data_key(OWNER)
    with pytest.raises(SealBroken):
        provider.unwrap(wrapped, other)


def test_a_changed_byte_does_not_open(provider: KeyProvider) -> None:
    _, wrapped = provider.new_data_key(OWNER)
    changed = bytearray(wrapped.wrapped)
    changed[-1] ^= 1
    with pytest.raises(SealBroken):
        provider.unwrap(Wrapped(wrapped.master_key_id, bytes(changed)), OWNER)


def test_a_master_key_that_is_not_there_is_said(provider: KeyProvider) -> None:
    _, wrapped = provider.new_data_key(OWNER)
    gone = "k9" if provider.name == "local" else wrapped.master_key_id[:-12] + "000000000000"
    with pytest.raises(MasterKeyRefused) as refusal:
        provider.unwrap(Wrapped(gone, wrapped.wrapped), OWNER)
    assert refusal.value.permanent


def test_a_new_master_key_counts_at_once_and_the_old_one_still_opens(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    write_keyring(file, "k1", "k1")
    keys = LocalKeys(file)
    plain, old = keys.new_data_key(OWNER)
    write_keyring(file, "k2", "k2")
    assert keys.wrap(plain, OWNER).master_key_id == "k2"
    assert keys.unwrap(old, OWNER) == plain
    file.unlink()
    with pytest.raises(KeyringRefused, match="Restore it from your backup"):
        keys.unwrap(old, OWNER)


def test_the_alias_of_a_key_is_kept_as_its_arn(amazon: str) -> None:
    arn = make_key("one-alias")
    keys = KmsKeys("alias/one-alias", REGION)
    assert keys.active_key_id() == keys.new_data_key(OWNER)[1].master_key_id == arn


def test_a_key_service_that_is_away_is_said_within_seconds_and_may_come_back(
    monkeypatch: pytest.MonkeyPatch, amazon: str
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        keys = KmsKeys("alias/any", REGION)
        with pytest.raises(KmsRefused, match="AWS KMS cannot be asked") as refusal:
            keys.new_data_key(OWNER)
    assert not refusal.value.permanent


def test_a_change_of_providers_closes_nothing(alice: Person, amazon: str, settings: Any) -> None:
    who: Any = {"tenant_id": alice.tenant_id, "field": "password"}
    before, after = uuid4(), uuid4()
    with tenant_scope(alice.tenant_id):
        vault.seal(**who, owner_id=before, secret=Secret("of the keyring"))
        settings.VAULT_PROVIDER, settings.VAULT_KMS_KEY = "aws-kms", make_key(f"vault-{uuid4()}")
        vault.seal(**who, owner_id=after, secret=Secret("of the service"))
        assert DataKey.objects.get(owner_id=after).master_key_id.startswith("arn:aws:kms:")
        assert vault.open_secret(**who, owner_id=before).reveal() == "of the keyring"
        settings.VAULT_PROVIDER = "local"
        assert vault.open_secret(**who, owner_id=after).reveal() == "of the service"


def test_kms_without_a_key_is_one_clear_sentence(settings: Any) -> None:
    settings.VAULT_PROVIDER = "aws-kms"
    with pytest.raises(KmsRefused, match="METAFLEET_VAULT_KMS_KEY"):
        providers.active()


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_opened_keys_are_kept_for_minutes_and_not_longer() -> None:
    clock, asked = Clock(), []
    kept = OpenedKeys(keep_s=300.0, steady_s=clock)

    def unwrap() -> bytearray:
        asked.append(clock.now_s)
        return bytearray(b"k" * 32)

    first = kept.get(b"w", b"o", unwrap)
    wipe(first)
    assert first == bytes(32)
    clock.now_s = 299.0
    assert kept.get(b"w", b"o", unwrap) == b"k" * 32  # the wiped copy was the caller's
    clock.now_s = 300.0
    kept.get(b"w", b"o", unwrap)
    assert asked == [0.0, 300.0]
    kept.get(b"w", b"another owner", unwrap)
    assert len(asked) == 3
    kept.clear()


def test_opened_keys_are_bounded_and_overwritten_when_they_go() -> None:
    kept = OpenedKeys(most=3)
    for number in range(5):
        kept.get(str(number).encode(), b"o", lambda: bytearray(b"k" * 32))
    assert len(kept) == 3
    held = [one.key for one in kept._kept.values()]
    kept.clear()
    assert len(kept) == 0
    assert all(key == bytes(32) for key in held)


def test_what_cannot_be_opened_is_not_kept() -> None:
    kept = OpenedKeys()

    def refuse() -> bytearray:
        raise KmsRefused("away", permanent=False)

    with pytest.raises(KmsRefused):
        kept.get(b"w", b"o", refuse)
    assert len(kept) == 0
