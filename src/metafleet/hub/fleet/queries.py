"""Questions about accounts, instances and what is due. Nothing here writes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from metafleet.hub.fleet.models import (
    Command,
    DesiredState,
    EAInstance,
    Receipt,
    Run,
    TradingAccount,
)

_DUE = "SELECT tenant_id, instance_id FROM fleet_due(%s, %s)"


def due_instances(*, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant, instance) of all tenants whose time has come, longest due first."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, limit])
        return [(tenant_id, instance_id) for tenant_id, instance_id in cursor.fetchall()]


def accounts(*, tenant_id: UUID) -> QuerySet[TradingAccount]:
    """The tenant's accounts with their state, and `instance_count` of EAs that are not removed."""
    return (
        TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at__isnull=True)
        .select_related("state")
        .annotate(instance_count=Count("instances", filter=Q(instances__deleted_at__isnull=True)))
        .order_by("created_at")
    )


def instances(*, tenant_id: UUID) -> QuerySet[EAInstance]:
    return (
        EAInstance.objects.filter(tenant_id=tenant_id, deleted_at__isnull=True)
        .select_related("account__state", "template", "version", "terminal")
        .order_by("created_at")
    )


def places_used(*, tenant_id: UUID) -> tuple[int, int]:
    """Return how many instances exist, and how many of them are active."""
    found = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at__isnull=True).aggregate(
        existing=Count("id"), active=Count("id", filter=~Q(desired_state=DesiredState.STOPPED))
    )
    return found["existing"], found["active"]


def newest_runs(*, instance: EAInstance, limit: int) -> list[Run]:
    return list(instance.runs.order_by("-generation")[:limit])


def newest_receipt(*, instance: EAInstance) -> Receipt | None:
    return (
        Receipt.objects.filter(run__instance=instance)
        .select_related("run")
        .order_by("-run__generation")
        .first()
    )


def newest_commands(*, instance: EAInstance, limit: int) -> list[Command]:
    return list(Command.objects.filter(terminal__instance=instance).order_by("-created_at")[:limit])
