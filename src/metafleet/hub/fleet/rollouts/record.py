"""The record of a rollout: every decision in its log, and what befell an EA in its owner's activity."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet.models import EAInstance, Rollout, RolloutDecision

SYSTEM: Final = "system:rollout"


def decision(
    rollout: Rollout, *, actor: str, action: str, reason: str, figures: dict[str, Any] | None = None
) -> None:
    """Append to the log in the open transaction, so that it stands exactly when the deed does."""
    RolloutDecision.objects.create(
        rollout=rollout, actor=actor, action=action, reason=reason[:500], figures=figures or {}
    )


def deed(instance: EAInstance, action: str, now: datetime, detail: dict[str, Any]) -> None:
    """Append to the activity of the EA's owner."""
    audit.record(
        tenant_id=instance.tenant_id,
        actor=SYSTEM,
        action=action,
        subject=instance.name,
        subject_id=instance.id,
        now=now,
        detail=detail,
    )
