"""Incidents and deployments, told to a cloud at least once, each under an id of its own.

Two steps, each safe to repeat. *Collect*: what has happened since the last time, and some minutes before,
becomes rows that are due; what is there already stays. *Send*: rows are taken by a lease and stay due until
the cloud has taken them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet.models import Receipt
from metafleet.hub.kernel.amazon import AmazonError
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope
from metafleet.hub.monitor.clouds.contract import Event, Events
from metafleet.hub.monitor.deliveries import message_of
from metafleet.hub.monitor.models import CloudEvent, EventCursor, IncidentEvent

OVERLAP: Final = timedelta(minutes=5)
"""What carries an instant is committed later: no transaction of the hub lasts so long."""
KEPT: Final = timedelta(days=7)
"""What was told is known for so long; and what is older than this is not told any more."""
LEASE: Final = timedelta(seconds=60)
BACK_OFF: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 3600, 3600, 3600))
SEND_AT_MOST: Final = 100
"""Of each tenant in one beat."""
_DEEDS: Final = "instance."
_ONLY: Final = 1

_log = logging.getLogger(__name__)


def collect(*, now: datetime) -> int:
    """Put what is new of all tenants into the outbox; return how many. Not inside a scope."""
    cursor, _ = EventCursor.objects.get_or_create(id=_ONLY, defaults={"until": now})
    since = max(cursor.until, now - KEPT) - OVERLAP
    written = 0
    for tenant_id in _with_news(since):
        with tenant_scope(tenant_id):
            CloudEvent.objects.filter(
                tenant_id=tenant_id, due_at=None, created_at__lt=now - KEPT - OVERLAP
            ).delete()
            found = {row.source_id: row for row in _new(tenant_id, since, now)}
            known = CloudEvent.objects.filter(tenant_id=tenant_id, source_id__in=found)
            for source_id in known.values_list("source_id", flat=True):
                del found[source_id]
            CloudEvent.objects.bulk_create(found.values(), ignore_conflicts=True)
            written += len(found)
    EventCursor.objects.filter(id=_ONLY, until__lt=now).update(until=now)
    return written


def send(*, events: Events, now: datetime) -> tuple[int, int]:
    """Tell what is due, tenant by tenant; return how many were taken, and not. Not inside a scope."""
    with operator_scope():
        due = CloudEvent.objects.filter(due_at__lte=now).order_by("tenant_id")
        tenants = list(due.values_list("tenant_id", flat=True).distinct())
    taken = left = 0
    for tenant_id in tenants:
        rows = _leased(tenant_id, now)
        refused = _told(events, rows)
        with tenant_scope(tenant_id):
            for row in rows:
                _note(row, refused.get(row.source_id), now)
        taken, left = taken + len(rows) - len(refused), left + len(refused)
    return taken, left


def _with_news(since: datetime) -> list[UUID]:
    with operator_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM monitor_news(%s)", [since])
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def _new(tenant_id: UUID, since: datetime, now: datetime) -> Iterator[CloudEvent]:
    for event in IncidentEvent.objects.filter(tenant_id=tenant_id, at__gt=since).select_related("incident"):
        yield _row(tenant_id, event.id, "Incident", event.at, now, message_of(event.incident, event))
    deeds = AuditEntry.objects.filter(tenant_id=tenant_id, at__gt=since, action__startswith=_DEEDS)
    for deed in deeds:
        detail = {
            "event": deed.action.removeprefix(_DEEDS),
            "instanceId": str(deed.subject_id),
            "name": deed.subject,
            "actor": deed.actor,
        }
        yield _row(tenant_id, deed.id, "Deployment", deed.at, now, detail)
    receipts = Receipt.objects.filter(
        tenant_id=tenant_id, created_at__gt=since, run__instance__updated_at__gt=since
    )
    for receipt in receipts.select_related("run__instance"):
        run = receipt.run
        detail = {
            "event": "confirmed",
            "instanceId": str(run.instance_id),
            "name": run.instance.name,
            "runId": str(run.id),
            "generation": str(run.generation),
            "receiptId": str(receipt.id),
        }
        yield _row(tenant_id, receipt.id, "Deployment", receipt.created_at, now, detail)


def _row(
    tenant_id: UUID, source_id: UUID, kind: str, at: datetime, now: datetime, detail: dict[str, Any]
) -> CloudEvent:
    said = {"tenantId": str(tenant_id), "at": at.isoformat(), **detail}
    return CloudEvent(tenant_id=tenant_id, source_id=source_id, kind=kind, detail=said, at=at, due_at=now)


def _leased(tenant_id: UUID, now: datetime) -> list[CloudEvent]:
    with tenant_scope(tenant_id):
        due = CloudEvent.objects.filter(tenant_id=tenant_id, due_at__lte=now).order_by("at", "id")
        rows = list(due.select_for_update(skip_locked=True)[:SEND_AT_MOST])
        ids = [row.id for row in rows]
        CloudEvent.objects.filter(id__in=ids).update(
            due_at=now + LEASE, attempt=F("attempt") + 1, updated_at=now
        )
    return rows


def _told(events: Events, rows: list[CloudEvent]) -> dict[UUID, str]:
    """Return why of those that were not taken. A call that failed may have been heard: all come again."""
    try:
        return dict(events.put([Event(row.source_id, row.kind, row.at, row.detail) for row in rows]))
    except AmazonError as error:
        _log.warning("%s events were left for the next time: %s", len(rows), error)
        return {row.source_id: str(error) for row in rows}


def _note(row: CloudEvent, error: str | None, now: datetime) -> None:
    mine = CloudEvent.objects.filter(id=row.id, attempt=row.attempt + 1)
    if error is None:
        mine.update(due_at=None, sent_at=now, error="", updated_at=now)
    elif row.attempt < len(BACK_OFF):
        mine.update(due_at=now + BACK_OFF[row.attempt], error=error[:300], updated_at=now)
    else:
        _log.error("the event %s was given up after %s tries: %s", row.source_id, row.attempt + 1, error)
        mine.update(due_at=None, error=error[:300], updated_at=now)
