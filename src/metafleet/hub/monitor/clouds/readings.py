"""How every running EA does, in one question over all tenants."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from metafleet.hub.fleet.models import DesiredState, EAInstance, EAPerformance, InstanceState, Resolution
from metafleet.hub.kernel.tenancy import operator_scope
from metafleet.hub.monitor.clouds.contract import Reading

FRESH: Final = timedelta(seconds=90)
"""An older sample says nothing of now."""


def running(*, now: datetime) -> list[Reading]:
    """Return the newest sample of each running EA. Opens an operator's scope of its own."""
    found = EAPerformance.objects.filter(
        resolution=Resolution.RAW,
        at__gt=now - FRESH,
        instance__state=InstanceState.RUNNING,
    ).order_by("instance_id", "-at")
    with operator_scope():
        rows = list(found.distinct("instance_id").values_list("instance_id", "at", "profit", "trades"))
    return [Reading(name, at, profit, trades) for name, at, profit, trades in rows if profit is not None]


def wanted() -> list[UUID]:
    """Return which EAs are deployed and not to stop. Opens an operator's scope of its own."""
    found = EAInstance.objects.filter(deleted_at=None).exclude(desired_state=DesiredState.STOPPED)
    with operator_scope():
        return list(found.order_by("created_at").values_list("id", flat=True))
