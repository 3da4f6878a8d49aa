"""Write the record of who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from metafleet.hub.audit.models import AuditEntry


def record(
    *,
    tenant_id: UUID,
    actor: str,
    action: str,
    subject: str,
    subject_id: UUID | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append one entry in the open transaction, so that it stands exactly when the deed does.

    `detail` must hold no secret; customers see it.
    """
    AuditEntry.objects.create(
        tenant_id=tenant_id,
        actor=actor,
        action=action,
        subject=subject[:120],
        subject_id=subject_id,
        at=now,
        detail=detail or {},
    )
