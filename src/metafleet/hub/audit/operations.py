"""Write the record of who did what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.kernel import origin
from metafleet.hub.kernel.tenancy import PLATFORM, tenant_scope

Changes = Mapping[str, list[Any]]


def record(
    *,
    tenant_id: UUID,
    actor: str,
    action: str,
    subject: str,
    subject_id: UUID | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
    changes: Changes | None = None,
) -> None:
    """Append one entry in the open transaction, so that it stands exactly when the deed does.

    `changes`: {field: [before, after]}, best by `changes.between`. Neither it nor `detail` may hold a
    secret; customers see them. From where it was done is known (`kernel.origin`).
    """
    AuditEntry.objects.create(
        tenant_id=tenant_id,
        actor=actor,
        action=action,
        subject=subject[:120],
        subject_id=subject_id,
        at=now,
        detail=detail or {},
        changes=changes or {},
        origin=origin.current().as_detail(),
    )


def record_of_platform(
    *,
    actor: str,
    action: str,
    subject: str,
    subject_id: UUID | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
    changes: Changes | None = None,
) -> None:
    """Append one entry to the platform's own chain, which operators see; as `record` does."""
    with tenant_scope(PLATFORM):
        record(
            tenant_id=PLATFORM,
            actor=actor,
            action=action,
            subject=subject,
            subject_id=subject_id,
            now=now,
            detail=detail,
            changes=changes,
        )
