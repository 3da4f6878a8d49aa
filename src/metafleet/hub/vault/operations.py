"""Seal and open secrets: envelope encryption with a data key for each owner.

A secret is AES-256-GCM under its owner's data key, bound to tenant, owner and field
by the associated data; so a ciphertext moved to another row does not open. The data
key is wrapped the same way by a master key that never enters the database.
Source: NIST SP 800-38D (GCM, 96-bit random nonces).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.vault.keyring import Keyring
from metafleet.hub.vault.models import DataKey, SealedField

_NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed secret does not open: it was changed, moved, or sealed by another key."""


def seal(*, tenant_id: UUID, owner_id: UUID, field: str, secret: Secret) -> None:
    """Keep `secret` as the owner's `field`, replacing what was there."""
    data_key_row, data_key = _data_key(tenant_id, owner_id)
    sealed = _encrypt(data_key, secret.reveal().encode(), _bound_to(tenant_id, owner_id, field))
    SealedField.objects.update_or_create(
        tenant_id=tenant_id, data_key=data_key_row, field=field, defaults={"sealed": sealed}
    )


def open_secret(*, tenant_id: UUID, owner_id: UUID, field: str) -> Secret:
    """Raises SealedField.DoesNotExist where nothing was sealed, SealBroken where it does not open."""
    row = SealedField.objects.select_related("data_key").get(
        tenant_id=tenant_id, data_key__owner_id=owner_id, field=field
    )
    data_key = _unwrap(row.data_key)
    plain = _decrypt(data_key, bytes(row.sealed), _bound_to(tenant_id, owner_id, field))
    return Secret(plain.decode())


def forget(*, tenant_id: UUID, owner_id: UUID) -> None:
    """Destroy the owner's data key and everything sealed under it."""
    SealedField.objects.filter(tenant_id=tenant_id, data_key__owner_id=owner_id).delete()
    DataKey.objects.filter(tenant_id=tenant_id, owner_id=owner_id).delete()


def check_keyring() -> None:
    """Raises KeyringRefused where the master keys cannot be used."""
    _keyring()


@cache
def _keyring() -> Keyring:
    return Keyring.read(Path(settings.VAULT_KEY_FILE))


def _data_key(tenant_id: UUID, owner_id: UUID) -> tuple[DataKey, bytes]:
    row = DataKey.objects.filter(tenant_id=tenant_id, owner_id=owner_id).first()
    if row:
        return row, _unwrap(row)
    data_key = AESGCM.generate_key(bit_length=256)
    master = _keyring().active
    wrapped = _encrypt(_keyring().key(master), data_key, _bound_to(tenant_id, owner_id, "data key"))
    row = DataKey.objects.create(
        tenant_id=tenant_id, owner_id=owner_id, master_key_id=master, wrapped=wrapped
    )
    return row, data_key


def _unwrap(row: DataKey) -> bytes:
    master = _keyring().key(row.master_key_id)
    return _decrypt(master, bytes(row.wrapped), _bound_to(row.tenant_id, row.owner_id, "data key"))


def _bound_to(tenant_id: UUID, owner_id: UUID, field: str) -> bytes:
    return f"{tenant_id}/{owner_id}/{field}".encode()


def _encrypt(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def _decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except InvalidTag as error:
        raise SealBroken("A sealed secret does not open: it was changed or moved.") from error
