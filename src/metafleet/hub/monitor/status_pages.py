"""Public pages that say how a tenant's fleet is: their keys, and what whoever has one may see."""

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

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet.models import EAInstance, InstanceState
from metafleet.hub.kernel.errors import NotFound, Refused
from metafleet.hub.monitor.models import Incident, Severity, StatusPage

MOST: Final = 10
KEY_BYTES: Final = 24
"""192 bits: nobody guesses one."""
DAYS: Final = 90
MOST_OPEN: Final = 20
MOST_LOOKED_AT: Final = 2000
"""Incidents behind the days' bars, the newest first: the page stays cheap."""

_DOOR: Final = "SELECT tenant_id, page_id FROM status_page(%s)"
_ORDER: Final = tuple(Severity)


class TooManyPages(Refused):
    def __init__(self) -> None:
        super().__init__(f"This desk has {MOST} status pages that work, which is the most. Revoke one first.")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the fleet is. `worst` is the gravest of what is open, or "" where nothing is."""

    worst: str
    eas: int
    running: int
    failing: int
    open: Sequence[Incident]
    days: Sequence[tuple[date, str]]
    """UTC days, the oldest first, each with the gravest incident that was open in it, or ""."""


def pages(*, tenant_id: UUID) -> QuerySet[StatusPage]:
    """Return the tenant's pages, the newest first; revoked ones too."""
    return StatusPage.objects.filter(tenant_id=tenant_id).order_by("-created_at", "id")


def make(
    *, tenant_id: UUID, title: str, shows_accounts: bool, actor: str, now: datetime
) -> tuple[StatusPage, str]:
    """Make a page; return it with its key, which is not kept. Raises TooManyPages."""
    if pages(tenant_id=tenant_id).filter(revoked_at=None).count() >= MOST:
        raise TooManyPages
    key = secrets.token_urlsafe(KEY_BYTES)
    row = StatusPage.objects.create(
        tenant_id=tenant_id,
        title=title,
        key_hash=_hash(key),
        shows_accounts=shows_accounts,
        created_by=actor,
    )
    _record(row, actor, "status_page.made", now)
    return row, key


def find(*, tenant_id: UUID, page_id: UUID) -> StatusPage:
    """Raises NotFound, also for another tenant's."""
    row = pages(tenant_id=tenant_id).filter(id=page_id).first()
    if row is None:
        raise NotFound("status page")
    return row


def revoke(*, row: StatusPage, actor: str, now: datetime) -> None:
    """End the page for whoever has its address, at once. Once more changes nothing."""
    if StatusPage.objects.filter(id=row.id, revoked_at=None).update(revoked_at=now, updated_at=now):
        row.revoked_at = now
        _record(row, actor, "status_page.revoked", now)


def open_page(key: str) -> tuple[UUID, UUID]:
    """Return (tenant, page) of a key that works. Raises NotFound for any other."""
    with connection.cursor() as cursor:
        cursor.execute(_DOOR, [_hash(key)])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("page")
    return row[0], row[1]


def standing(*, tenant_id: UUID, now: datetime) -> Standing:
    """Return how the tenant's fleet is, and how its last days were."""
    eas = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at=None)
    first = (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    seen = Incident.objects.filter(tenant_id=tenant_id, is_muted=False)
    open_ones = sorted(
        seen.filter(resolved_at=None).order_by("-opened_at")[:MOST_LOOKED_AT],
        key=lambda row: -_ORDER.index(Severity(row.severity)),
    )
    spans = seen.filter(Q(resolved_at=None) | Q(resolved_at__gte=first)).order_by("-opened_at")
    return Standing(
        worst=open_ones[0].severity if open_ones else "",
        eas=eas.count(),
        running=eas.filter(state=InstanceState.RUNNING).count(),
        failing=eas.filter(state=InstanceState.ERROR).count(),
        open=open_ones[:MOST_OPEN],
        days=_days(
            spans.values_list("opened_at", "resolved_at", "severity")[:MOST_LOOKED_AT], first.date(), now
        ),
    )


def _days(
    spans: QuerySet[Incident, tuple[datetime, datetime | None, str]], first: date, now: datetime
) -> list[tuple[date, str]]:
    worst = dict.fromkeys((first + timedelta(days=place) for place in range(DAYS)), -1)
    for opened, resolved, severity in spans:
        day, last = max(opened.date(), first), (resolved or now).date()
        while day <= last and day in worst:
            worst[day] = max(worst[day], _ORDER.index(Severity(severity)))
            day += timedelta(days=1)
    return [(day, _ORDER[place].value if place >= 0 else "") for day, place in worst.items()]


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _record(row: StatusPage, actor: str, action: str, now: datetime) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=row.title,
        subject_id=row.id,
        now=now,
        detail={"showsAccounts": row.shows_accounts},
    )
