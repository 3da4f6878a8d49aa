"""Put every data key under the active master key, and make new ones, while everything runs.

All tenants' rows are touched, so this works as the database's owner (the connection `owner`, as migrations
do), which only who has the installation's machine can; it opens no secret for anybody, and each rotation
is in the platform's record. Nothing is held while a key service is asked: a row is changed only if it is
still as it was read. So two at once do no harm, and one that was killed is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, QuerySet

from metafleet.hub.audit import operations as audit
from metafleet.hub.vault import providers, sealing
from metafleet.hub.vault.errors import MasterKeyRefused
from metafleet.hub.vault.models import DataKey, SealedField
from metafleet.hub.vault.opened import wipe
from metafleet.hub.vault.providers.contract import Owner, Wrapped

_OWNER: Final = "owner"
BATCH: Final = 100
Progress = Callable[[int, int], None]
"""Hears how many of how many are done."""


class KeyInUse(MasterKeyRefused):
    """A master key that still wraps data keys cannot be dropped."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A master key as the database knows it. `oldest_at`: when its oldest data key was made."""

    id: str
    data_keys: int
    oldest_at: datetime | None


def status() -> list[MasterKey]:
    """Return which master keys wrap something, by id."""
    rows = (
        _keys()
        .values("master_key_id")
        .annotate(count=Count("id"), oldest=Min("made_at"))
        .order_by("master_key_id")
    )
    return [MasterKey(row["master_key_id"], row["count"], row["oldest"]) for row in rows]


def rewrap(*, actor: str, now: datetime, progress: Progress) -> int:
    """Wrap every data key by the active master key; return how many were not yet. Raises MasterKeyRefused."""
    provider = providers.active()
    active = provider.active_key_id()
    waiting = _keys().exclude(master_key_id=active)
    total, done = waiting.count(), 0
    # What another process wraps by the old key meanwhile comes up again in the next round.
    while batch := list(waiting.order_by("id")[:BATCH]):
        for row in batch:
            owner, before = _owner(row), _wrapped(row)
            plain = providers.unwrap(before, owner)
            after = provider.wrap(plain, owner)
            wipe(plain)
            done += _replace(row, after)
        progress(done, max(total, done))
    _record(actor, "vault.rotated", active, done, now)
    return done


def renew(*, actor: str, made_before: datetime, now: datetime, progress: Progress) -> int:
    """Make a new data key for each owner whose is older, and seal its fields under that; return how many.

    Raises MasterKeyRefused, SealBroken.
    """
    provider = providers.active()
    waiting = _keys().filter(made_at__lt=made_before)
    total, done = waiting.count(), 0
    for row in _each(waiting):
        old = providers.unwrap(_wrapped(row), _owner(row))
        fresh, wrapped = provider.new_data_key(_owner(row))
        done += _reseal(row, old, fresh, wrapped, now)
        wipe(old)
        wipe(fresh)
        if done % BATCH == 0:
            progress(done, max(total, done))
    progress(done, max(total, done))
    _record(actor, "vault.data_keys_renewed", provider.active_key_id(), done, now)
    return done


def check_droppable(key_id: str) -> None:
    """Raises KeyInUse while the master key wraps a data key."""
    if count := _keys().filter(master_key_id=key_id).count():
        raise KeyInUse(
            f"The master key {key_id} still wraps {count} data keys. Run `metafleet vault rotate` first."
        )


def record_key(*, actor: str, action: str, key_id: str, now: datetime) -> None:
    """Put on the platform's record that a master key was added or dropped."""
    with transaction.atomic():
        audit.record_of_platform(actor=actor, action=action, subject=key_id, subject_id=None, now=now)


def _keys() -> QuerySet[DataKey]:
    return DataKey.objects.using(_OWNER)


def _each(waiting: QuerySet[DataKey]) -> Iterator[DataKey]:
    """By keyset: what is done may stay in the question."""
    last: UUID | None = None
    while batch := list((waiting.filter(id__gt=last) if last else waiting).order_by("id")[:BATCH]):
        yield from batch
        last = batch[-1].id


def _replace(row: DataKey, after: Wrapped) -> int:
    return (
        _keys()
        .filter(id=row.id, wrapped=row.wrapped)
        .update(master_key_id=after.master_key_id, wrapped=after.wrapped)
    )


def _reseal(row: DataKey, old: bytearray, fresh: bytearray, wrapped: Wrapped, now: datetime) -> int:
    """Exchange the data key and what is sealed under it, together; 0 where it changed meanwhile."""
    with transaction.atomic(using=_OWNER):
        held = _keys().select_for_update().filter(id=row.id, wrapped=row.wrapped).first()
        if held is None:
            return 0
        for sealed in SealedField.objects.using(_OWNER).filter(data_key=held):
            bound_to = sealing.bound_to(held.tenant_id, held.owner_id, sealed.field)
            plain = bytearray(sealing.decrypt(old, bytes(sealed.sealed), bound_to))
            sealed.sealed = sealing.encrypt(fresh, bytes(plain), bound_to)
            wipe(plain)
            sealed.save(using=_OWNER, update_fields=("sealed", "updated_at"))
        held.master_key_id, held.wrapped, held.made_at = wrapped.master_key_id, wrapped.wrapped, now
        held.save(using=_OWNER, update_fields=("master_key_id", "wrapped", "made_at", "updated_at"))
    return 1


def _owner(row: DataKey) -> Owner:
    return Owner(row.tenant_id, row.owner_id)


def _wrapped(row: DataKey) -> Wrapped:
    return Wrapped(row.master_key_id, bytes(row.wrapped))


def _record(actor: str, action: str, key_id: str, count: int, now: datetime) -> None:
    with transaction.atomic():
        audit.record_of_platform(
            actor=actor,
            action=action,
            subject=key_id,
            subject_id=None,
            now=now,
            detail={"dataKeys": count},
        )
