"""Pauses end at the time that they name; a row says when, and this sweep makes it certain."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final
from uuid import UUID

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import operations
from metafleet.hub.fleet.errors import PauseStands
from metafleet.hub.fleet.models import DesiredState, EAInstance
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import Refused
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope

ACTOR: Final = "system:pause"
AT_MOST: Final = 200
"""Pauses ended in one sweep; the rest are due in the next."""

_log = logging.getLogger(__name__)


def lift_due(*, now: datetime) -> int:
    """Resume every EA whose pause has come to its time; return how many. One that fails holds up no other."""
    with operator_scope():
        due: list[tuple[UUID, UUID]] = list(
            EAInstance.objects.filter(
                desired_state=DesiredState.PAUSED, paused_until__lte=now, deleted_at=None
            )
            .order_by("paused_until")
            .values_list("tenant_id", "id")[:AT_MOST]
        )
    return sum(_lift(tenant_id, instance_id, now) for tenant_id, instance_id in due)


def _lift(tenant_id: UUID, instance_id: UUID, now: datetime) -> bool:
    try:
        with tenant_scope(tenant_id):
            operations.resume(
                instance_id=instance_id, tenant_id=tenant_id, actor=ACTOR, now=now, lifter="clock"
            )
    except PauseStands:
        return False
    except Refused as refusal:
        with tenant_scope(tenant_id):
            _leave_paused(tenant_id, instance_id, refusal.detail, now)
        return False
    except Exception:  # noqa: BLE001 - whatever it stumbles over is that instance's alone
        _log.exception("the pause of EA instance %s could not be ended", instance_id)
        return False
    return True


def _leave_paused(tenant_id: UUID, instance_id: UUID, why: str, now: datetime) -> None:
    """It may not run now: it stays paused until a person resumes it, and says why."""
    instance = operations.lock_instance(tenant_id=tenant_id, instance_id=instance_id)
    if instance.paused_until is None or instance.paused_until > now:
        return
    instance.paused_until = None
    instance.pause_reason = f"Its pause was over, but it could not be resumed: {why}"[:300]
    instance.save(update_fields=("paused_until", "pause_reason", "updated_at"))
    audit.record(
        tenant_id=tenant_id,
        actor=ACTOR,
        action="instance.resume_refused",
        subject=instance.name,
        subject_id=instance.id,
        now=now,
        detail={"why": why},
    )
    live.publish_on_commit(tenant_id, "instance", id=instance.id, accountId=instance.account_id)
