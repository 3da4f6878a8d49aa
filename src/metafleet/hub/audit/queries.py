"""Read the record of who did what, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.expressions import RawSQL

from metafleet.hub.audit.models import AuditCheckpoint, AuditEntry
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

PAGE: Final = 1_000
_SEALED: Final = RawSQL("audit_text(audit_auditentry)", (), TextField())
_NEWEST: Final = ("-at", "-created_at", "-id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries. `text` is looked for in subject, action, person and detail, whatever its case."""

    actor: str = ""
    action: str = ""
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


EVERYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain goes. `oldest_at`: of the first entry that is kept."""

    tenant_id: UUID
    sequence: int
    hash: bytes
    oldest_at: datetime


def newest_entries(
    *, tenant_id: UUID, limit: int, wanted: Wanted = EVERYTHING, after: UUID | None = None
) -> list[AuditEntry]:
    """Return up to `limit` entries, those older than the entry `after`. Raises NotFound where it is none."""
    return list(_newest(tenant_id, wanted, after)[:limit])


def newest_of_subject(
    *, tenant_id: UUID, subject_id: UUID, actions: Sequence[str], limit: int
) -> list[AuditEntry]:
    """Return the newest entries of these kinds about one thing or person, newest first."""
    found = AuditEntry.objects.filter(tenant_id=tenant_id, subject_id=subject_id, action__in=actions)
    return list(found.order_by(*_NEWEST)[:limit])


def pages(*, tenant_id: UUID, wanted: Wanted = EVERYTHING) -> Iterator[Sequence[AuditEntry]]:
    """Yield all entries by the page, newest first, each page in a transaction of its own.

    Each entry has `sealed`, the very text whose SHA-256 is its hash.
    """
    after: UUID | None = None
    while True:
        with tenant_scope(tenant_id):
            page = list(_newest(tenant_id, wanted, after).annotate(sealed=_SEALED)[:PAGE])
        if not page:
            return
        yield page
        after = page[-1].id


def people(*, tenant_id: UUID) -> list[str]:
    """Return who is in the record, in their order."""
    found = AuditEntry.objects.filter(tenant_id=tenant_id).order_by("actor")
    return list(found.values_list("actor", flat=True).distinct()[:500])


def actions(*, tenant_id: UUID) -> list[str]:
    found = AuditEntry.objects.filter(tenant_id=tenant_id).order_by("action")
    return list(found.values_list("action", flat=True).distinct()[:500])


def newest_checkpoint(*, tenant_id: UUID) -> AuditCheckpoint | None:
    return AuditCheckpoint.objects.filter(tenant_id=tenant_id).order_by("-sequence").first()


def heads() -> list[Head]:
    """Return how far each tenant's chain goes, the platform's too; by its narrow door."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, sequence, hash, oldest_at FROM audit_heads()")
        return [Head(row[0], row[1], bytes(row[2]), row[3]) for row in cursor.fetchall()]


def _newest(tenant_id: UUID, wanted: Wanted, after: UUID | None) -> QuerySet[AuditEntry]:
    found = _matching(tenant_id, wanted).order_by(*_NEWEST)
    if after is None:
        return found
    last = AuditEntry.objects.filter(tenant_id=tenant_id, id=after).first()
    if last is None:
        raise NotFound("entry")
    return found.filter(_older(last))


def _matching(tenant_id: UUID, wanted: Wanted) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.filter(tenant_id=tenant_id)
    exact = {
        "actor": wanted.actor,
        "action": wanted.action,
        "subject_id": wanted.subject_id,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if wanted.text:
        found = found.filter(
            Q(subject__icontains=wanted.text)
            | Q(action__icontains=wanted.text)
            | Q(actor__icontains=wanted.text)
            | Q(detail__icontains=wanted.text)
        )
    return found


def _older(last: AuditEntry) -> Q:
    same = Q(at=last.at) & (Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, id__lt=last.id))
    # The first condition is for the index.
    return Q(at__lte=last.at) & (Q(at__lt=last.at) | same)
