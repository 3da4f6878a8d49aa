"""Take over or end several incidents at once: all of them, or none."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.monitor import incidents
from metafleet.hub.monitor.models import Incident, IncidentState


def acknowledge(*, tenant_id: UUID, incident_ids: Collection[UUID], actor: str, now: datetime) -> int:
    """Acknowledge those that are open; return how many were. Raises NotFound for another tenant's."""
    found = [row for row in _held(tenant_id, incident_ids) if row.state == IncidentState.OPEN]
    for row in found:
        incidents.acknowledge(tenant_id=tenant_id, incident_id=row.id, actor=actor, now=now)
    return len(found)


def resolve(*, tenant_id: UUID, incident_ids: Collection[UUID], actor: str, text: str, now: datetime) -> int:
    """Resolve those that last; return how many did. Raises NotFound for another tenant's."""
    found = [row for row in _held(tenant_id, incident_ids) if row.state != IncidentState.RESOLVED]
    for row in found:
        incidents.resolve(tenant_id=tenant_id, incident_id=row.id, actor=actor, text=text, now=now)
    return len(found)


def _held(tenant_id: UUID, ids: Collection[UUID]) -> list[Incident]:
    """Return them, held until commit in one order, so that two people do not wait for each other."""
    found = Incident.objects.filter(tenant_id=tenant_id, id__in=set(ids))
    rows = list(found.order_by("id").select_for_update())
    if len(rows) != len(set(ids)):
        raise NotFound("incident")
    return rows
