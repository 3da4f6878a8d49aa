"""Public pages of an account: their keys, and how a visitor comes in by one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal.models import ShareLink
from metafleet.hub.kernel.errors import NotFound, Refused

MOST: Final = 20
KEY_BYTES: Final = 24
"""192 bits: nobody guesses one."""

_DOOR = "SELECT tenant_id, link_id FROM share_page(%s)"


class TooManyLinks(Refused):
    def __init__(self) -> None:
        super().__init__(f"This account has {MOST} links that work, which is the most. Revoke one first.")


def links(*, tenant_id: UUID, account_id: UUID) -> QuerySet[ShareLink]:
    """Return the account's links, the newest first; revoked ones too."""
    return ShareLink.objects.filter(tenant_id=tenant_id, account_id=account_id).order_by("-created_at", "id")


def share(
    *, account: TradingAccount, title: str, shows_money: bool, shows_open: bool, actor: str, now: datetime
) -> tuple[ShareLink, str]:
    """Make a link; return it with its key, which is not kept and cannot be told again.

    Raises TooManyLinks.
    """
    if links(tenant_id=account.tenant_id, account_id=account.id).filter(revoked_at=None).count() >= MOST:
        raise TooManyLinks
    key = secrets.token_urlsafe(KEY_BYTES)
    row = ShareLink.objects.create(
        tenant_id=account.tenant_id,
        account=account,
        key_hash=_hash(key),
        title=title,
        shows_money=shows_money,
        shows_open=shows_open,
        created_by=actor,
    )
    _record(row, actor, "share.made", now)
    return row, key


def find(*, tenant_id: UUID, share_id: UUID) -> ShareLink:
    """Raises NotFound, also for another tenant's."""
    row = ShareLink.objects.filter(tenant_id=tenant_id, id=share_id).select_related("account").first()
    if row is None:
        raise NotFound("link")
    return row


def revoke(*, row: ShareLink, actor: str, now: datetime) -> None:
    """End the link for whoever has it, at once. Once more changes nothing."""
    if ShareLink.objects.filter(id=row.id, revoked_at=None).update(revoked_at=now, updated_at=now):
        row.revoked_at = now
        _record(row, actor, "share.revoked", now)


def open_page(key: str) -> tuple[UUID, UUID]:
    """Return (tenant, link) of a key that works. Raises NotFound for any other."""
    with connection.cursor() as cursor:
        cursor.execute(_DOOR, [_hash(key)])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("page")
    return row[0], row[1]


def visit(*, tenant_id: UUID, link_id: UUID) -> ShareLink:
    """Count a visit and return the link with its account. Raises NotFound when it was revoked just now."""
    living = ShareLink.objects.filter(tenant_id=tenant_id, id=link_id, revoked_at=None)
    if not living.update(views=F("views") + 1):
        raise NotFound("page")
    return living.select_related("account").get()


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _record(row: ShareLink, actor: str, action: str, now: datetime) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=row.title or row.account.label,
        subject_id=row.account_id,
        now=now,
        detail={"link": str(row.id), "showsMoney": row.shows_money, "showsOpen": row.shows_open},
    )
