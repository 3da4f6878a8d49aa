"""Deeds that no app below audit can record itself: what people do with people, keys and support."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from metafleet.hub.audit import operations as audit
from metafleet.hub.console.access import Actor


def record(
    who: Actor,
    action: str,
    subject: str,
    *,
    subject_id: UUID | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append to the record of the actor's tenant, in the open transaction."""
    audit.record(
        tenant_id=who.tenant_id,
        actor=who.name,
        action=action,
        subject=subject,
        subject_id=subject_id,
        now=now,
        detail=detail,
    )
