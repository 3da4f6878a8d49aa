"""Seal and open secrets: envelope encryption with a data key for each owner.

A secret is sealed under its owner's data key (`sealing`); the data key is wrapped by a master key that
never enters the database (`providers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction

from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.vault import providers, sealing
from metafleet.hub.vault.models import DataKey, SealedField
from metafleet.hub.vault.opened import OpenedKeys, wipe
from metafleet.hub.vault.providers.contract import Owner, Wrapped

_opened = OpenedKeys()


def seal(*, tenant_id: UUID, owner_id: UUID, field: str, secret: Secret) -> None:
    """Keep `secret` as the owner's `field`, replacing what was there. Raises MasterKeyRefused, SealBroken."""
    row = _held_data_key(Owner(tenant_id, owner_id))
    with _data_key(row) as data_key:
        sealed = sealing.encrypt(
            data_key, secret.reveal().encode(), sealing.bound_to(tenant_id, owner_id, field)
        )
    SealedField.objects.update_or_create(
        tenant_id=tenant_id, data_key=row, field=field, defaults={"sealed": sealed}
    )


def open_secret(*, tenant_id: UUID, owner_id: UUID, field: str) -> Secret:
    """Raises SealedField.DoesNotExist where nothing was sealed, SealBroken where it does not open,
    MasterKeyRefused where its master key cannot be used."""
    row = SealedField.objects.select_related("data_key").get(
        tenant_id=tenant_id, data_key__owner_id=owner_id, field=field
    )
    with _data_key(row.data_key) as data_key:
        plain = sealing.decrypt(data_key, bytes(row.sealed), sealing.bound_to(tenant_id, owner_id, field))
    return Secret(plain.decode())


def forget(*, tenant_id: UUID, owner_id: UUID) -> None:
    """Destroy the owner's data key and everything sealed under it."""
    SealedField.objects.filter(tenant_id=tenant_id, data_key__owner_id=owner_id).delete()
    DataKey.objects.filter(tenant_id=tenant_id, owner_id=owner_id).delete()


def check_keys() -> None:
    """Raises MasterKeyRefused where new secrets could not be sealed."""
    providers.active().active_key_id()


def _held_data_key(owner: Owner) -> DataKey:
    """Return the owner's data key, held: nobody makes it anew while something is sealed under it."""
    where = {"tenant_id": owner.tenant_id, "owner_id": owner.owner_id}
    held = DataKey.objects.select_for_update(no_key=True)
    if row := held.filter(**where).first():
        return row
    plain, wrapped = providers.active().new_data_key(owner)
    wipe(plain)
    try:
        with transaction.atomic():
            DataKey.objects.create(**where, master_key_id=wrapped.master_key_id, wrapped=wrapped.wrapped)
    except IntegrityError:
        pass  # another request was first: its key is the owner's
    return held.get(**where)


@contextmanager
def _data_key(row: DataKey) -> Iterator[bytearray]:
    """Open the data key for the body alone."""
    owner = Owner(row.tenant_id, row.owner_id)
    wrapped = Wrapped(row.master_key_id, bytes(row.wrapped))
    bound_to = sealing.bound_to(owner.tenant_id, owner.owner_id, wrapped.master_key_id)
    key = _opened.get(wrapped.wrapped, bound_to, lambda: providers.unwrap(wrapped, owner))
    try:
        yield key
    finally:
        wipe(key)
