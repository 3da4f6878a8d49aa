from __future__ import annotations

from uuid import UUID

from metafleet.hub.audit.models import AuditEntry


def newest_entries(*, tenant_id: UUID, limit: int) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(tenant_id=tenant_id).order_by("-at")[:limit])
