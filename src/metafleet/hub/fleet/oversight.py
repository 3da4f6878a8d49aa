"""What an operator looks at: the whole fleet in a few figures, over all tenants. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Min, Q

from metafleet.hub.fleet import roster
from metafleet.hub.fleet.leases import LEASE
from metafleet.hub.fleet.models import (
    Command,
    CommandState,
    EAInstance,
    InstanceState,
    Run,
)
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.tenancy import operator_scope

FAILED_SHOWN: Final = 50
RECENTLY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits: how many, and how long the oldest has, in seconds; None where nothing waits."""

    count: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class FailedStart:
    """An EA that should run and does not, and what it last said of why."""

    instance_id: UUID
    tenant: str
    name: str
    account: str
    host: str
    reason: str
    crash_count: int
    next_attempt_at: datetime | None
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class Oversight:
    """states: instances by state. due: those whose look is late. held: those that a worker has now;
    stuck: those whose worker let its lease run out. commands: orders that no terminal has taken."""

    states: dict[str, int]
    due: Queue
    held: Queue
    stuck: int
    commands: Queue
    dropped_commands: int
    failed_total: int
    failed: list[FailedStart]


@dataclass(frozen=True, slots=True)
class Use:
    """Instances on a version that are not removed; `active`: those of them that are not to be stopped."""

    instances: int = 0
    active: int = 0


def uses_of_versions() -> dict[UUID, Use]:
    """Return who is on each EA version, over all tenants. Opens an operator's scope of its own."""
    with operator_scope():
        rows = (
            EAInstance.objects.filter(deleted_at__isnull=True)
            .values("version_id")
            .annotate(instances=Count("id"), active=Count("id", filter=~Q(desired_state="stopped")))
        )
        return {row["version_id"]: Use(row["instances"], row["active"]) for row in rows}


def oversight(*, now: datetime) -> Oversight:
    """Look over all tenants. Opens an operator's scope of its own; seven queries, whatever the fleet."""
    with operator_scope():
        existing = EAInstance.objects.filter(deleted_at__isnull=True)
        failing = existing.filter(state=InstanceState.ERROR)
        counted = dict(existing.values_list("state").annotate(count=Count("id")))
        due, held, stuck = (
            EAInstance.objects.filter(roster.waiting(waits, now)) for waits in ("due", "held", "stuck")
        )
        waits = Command.objects.filter(state=CommandState.QUEUED, finished_at=None, due_at__lte=now)
        return Oversight(
            states={state: counted.get(state, 0) for state in InstanceState.values},
            due=_queue(due.aggregate(count=Count("id"), oldest=Min("reconcile_due_at")), now),
            held=_queue(held.aggregate(count=Count("id"), oldest=Min("lease_until") - LEASE), now),
            stuck=stuck.count(),
            commands=_queue(waits.aggregate(count=Count("id"), oldest=Min("due_at")), now),
            dropped_commands=Command.objects.filter(
                Q(state=CommandState.DEAD), finished_at__gt=now - RECENTLY
            ).count(),
            failed_total=counted.get(InstanceState.ERROR, 0),
            failed=_failed(list(failing.select_related("account").order_by("-updated_at")[:FAILED_SHOWN])),
        )


def _queue(found: dict[str, object], now: datetime) -> Queue:
    count, oldest = found["count"], found["oldest"]
    age = max(0.0, (now - oldest).total_seconds()) if isinstance(oldest, datetime) else None
    return Queue(int(str(count)), age)


def _failed(rows: list[EAInstance]) -> list[FailedStart]:
    tenants = dict(Tenant.objects.filter(id__in={row.tenant_id for row in rows}).values_list("id", "name"))
    newest = Run.objects.filter(instance__in=rows).order_by("instance_id", "-generation")
    hosts = dict(newest.distinct("instance_id").values_list("instance_id", "host"))
    return [
        FailedStart(
            instance_id=row.id,
            tenant=tenants.get(row.tenant_id, ""),
            name=row.name,
            account=f"{row.account.login} at {row.account.server}",
            host=hosts.get(row.id, ""),
            reason=row.last_error or row.status_text,
            crash_count=row.crash_count,
            next_attempt_at=row.next_attempt_at,
            failed_at=row.updated_at,
        )
        for row in rows
    ]
