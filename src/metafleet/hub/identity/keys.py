"""API keys: made, found by their text, revoked, and how much they are used.

A key is `mfk_<prefix>_<secret>`. The secret has 256 bits, so that its plain SHA-256 is as good as
a slow hash: there is nothing to guess. The whole text is told once.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest

from metafleet.hub.identity.models import ApiKey, ApiKeyDay, User
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel.errors import NotFound, Refused
from metafleet.hub.kernel.secrets import Secret

MARK: Final = "mfk"
SCOPES: Final = (Right.READ, Right.TRADE, Right.DEPLOY, Right.ADMIN)
MOST: Final = 50
"""Keys of a tenant that work; more of them than that nobody keeps an eye on."""
NOTED_EVERY: Final = timedelta(minutes=1)
"""How often a key's last use is written down while it is used."""
SECRET_BYTES: Final = 32
_DOOR: Final = "SELECT tenant_id, key_id FROM api_key(%s, %s)"


class TooManyKeys(Refused):
    def __init__(self) -> None:
        super().__init__(f"There are {MOST} keys that work, which is the most. Revoke one first.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a key is to be. Without accounts or instances it is limited to none; expires_at None: never."""

    name: str
    scopes: Sequence[Right]
    account_ids: Sequence[UUID]
    instance_ids: Sequence[UUID]
    expires_at: datetime | None


def keys(*, tenant_id: UUID) -> QuerySet[ApiKey]:
    """Return the tenant's keys, the newest first; those that are over too."""
    return ApiKey.objects.filter(tenant_id=tenant_id).order_by("-created_at", "id")


def make(*, tenant_id: UUID, user: User, wish: Wish, now: datetime) -> tuple[ApiKey, Secret]:
    """Make a key in the user's name; return it with its text, which is not kept. Raises TooManyKeys."""
    working = keys(tenant_id=tenant_id).filter(revoked_at=None)
    if working.filter(Q(expires_at=None) | Q(expires_at__gt=now)).count() >= MOST:
        raise TooManyKeys
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)
    row = ApiKey.objects.create(
        tenant_id=tenant_id,
        user=user,
        name=wish.name,
        prefix=prefix,
        secret_hash=_hash(secret),
        scopes=[scope.value for scope in wish.scopes],
        account_ids=list(wish.account_ids),
        instance_ids=list(wish.instance_ids),
        expires_at=wish.expires_at,
    )
    return row, Secret(f"{MARK}_{prefix}_{secret}")


def find(*, tenant_id: UUID, key_id: UUID) -> ApiKey:
    """Raises NotFound, also for another tenant's."""
    row = keys(tenant_id=tenant_id).filter(id=key_id).select_related("user").first()
    if row is None:
        raise NotFound("key")
    return row


def revoke(*, row: ApiKey, now: datetime) -> bool:
    """End the key at once. Return False where it was revoked before."""
    row.revoked_at = row.revoked_at or now
    return bool(ApiKey.objects.filter(id=row.id, revoked_at=None).update(revoked_at=now, updated_at=now))


def led_to(text: str) -> tuple[UUID, UUID] | None:
    """Return (tenant, key) of a text that is a key's and was not revoked; None for any other."""
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != MARK or not prefix.isalnum() or not secret:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_DOOR, [prefix, _hash(secret)])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def is_over(row: ApiKey, now: datetime) -> bool:
    """Whether its time is up, or it was revoked."""
    return row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now)


def note_use(*, row: ApiKey, address: str, requests_today: int, now: datetime) -> None:
    """Write down when, from where and how often today, at most once a minute.

    requests_today: 0 where nobody counted; what is written never goes down.
    """
    since = now - NOTED_EVERY
    if row.last_used_at is not None and row.last_used_at > since:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=since)
    if not ApiKey.objects.filter(stale, id=row.id).update(last_used_at=now, last_used_from=address[:45]):
        return
    day, _ = ApiKeyDay.objects.get_or_create(tenant_id=row.tenant_id, key=row, day=now.date())
    ApiKeyDay.objects.filter(id=day.id).update(requests=Greatest("requests", requests_today))


def uses(*, tenant_id: UUID, since: date) -> dict[tuple[UUID, date], int]:
    """Return requests by (key, UTC day)."""
    rows = ApiKeyDay.objects.filter(tenant_id=tenant_id, day__gte=since)
    return {(key_id, day): count for key_id, day, count in rows.values_list("key_id", "day", "requests")}


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
