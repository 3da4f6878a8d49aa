"""Questions about accounts, instances and what is due. Nothing here writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet

from metafleet.hub.fleet import addressees, places
from metafleet.hub.fleet.models import (
    Command,
    DesiredState,
    EAInstance,
    Receipt,
    Run,
    Terminal,
    TerminalTrouble,
    TradingAccount,
)
from metafleet.hub.fleet.truths import Voice
from metafleet.hub.kernel.tenancy import whole_tenant

TROUBLES_SHOWN_FOR: Final = timedelta(hours=24)
"""What was refused of a terminal longer ago no longer marks its account."""

ZERO: Final = Decimal(0)
_DUE = "SELECT tenant_id, instance_id FROM fleet_due(%s, %s)"


_LISTED: Final = (
    *("name", "symbol", "magic", "desired_state", "state", "status_text", "last_error", "generation"),
    *("next_attempt_at", "pause_mode", "paused_by", "paused_by_person", "pause_reason", "paused_until"),
    *("created_at", "template__slug", "template__name", "version__version", "version__state"),
    *("account__label", "account__currency", "account__state__equity"),
    *("terminal__heartbeat_at", "terminal__protocol", "terminal__instance_id", "terminal__linked_at"),
    "terminal__trade_allowed",
)


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


@dataclass(slots=True)
class Signs:
    """What an account's terminals and EAs say of it: `truths` are made of this.

    wanted: the desired state of each EA that is not stopped. troubles: kinds of refusals
    within TROUBLES_SHOWN_FOR, by terminal.
    """

    voices: list[Voice] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    troubles: int = 0


def signs(*, tenant_id: UUID, now: datetime, account_id: UUID | None = None) -> dict[UUID, Signs]:
    """Return the signs of each of the tenant's accounts, or of this one alone; without an entry: none."""
    found: dict[UUID, Signs] = defaultdict(Signs)
    of_account = Q() if account_id is None else Q(account_id=account_id)
    for terminal in Terminal.objects.filter(of_account, tenant_id=tenant_id, revoked_at=None):
        found[terminal.account_id].voices.append(addressees.voice(terminal))
    active = EAInstance.objects.filter(of_account, tenant_id=tenant_id).exclude(
        desired_state=DesiredState.STOPPED
    )
    for owner, desired in active.values_list("account_id", "desired_state"):
        found[owner].wanted.append(desired)
    troubles = TerminalTrouble.objects.filter(tenant_id=tenant_id, last_at__gt=now - TROUBLES_SHOWN_FOR)
    if account_id is not None:
        troubles = troubles.filter(terminal__account_id=account_id)
    for (owner,) in troubles.values_list("terminal__account_id"):
        found[owner].troubles += 1
    return found


def terminals(*, tenant_id: UUID) -> QuerySet[Terminal]:
    """The tenant's terminals with account, EA and troubles; not those of what was removed. Oldest first."""
    return (
        Terminal.objects.filter(tenant_id=tenant_id, account__deleted_at=None, instance__deleted_at=None)
        .select_related("account", "instance")
        .prefetch_related(Prefetch("troubles", TerminalTrouble.objects.order_by("-last_at")))
        .order_by("created_at", "id")
    )


def commands(*, tenant_id: UUID) -> QuerySet[Command]:
    """The tenant's commands with their terminals and accounts, newest first."""
    return (
        Command.objects.filter(tenant_id=tenant_id)
        .select_related("terminal__account")
        .order_by("-created_at", "-id")
    )


def instances(*, tenant_id: UUID) -> QuerySet[EAInstance]:
    return (
        EAInstance.objects.filter(tenant_id=tenant_id, deleted_at__isnull=True)
        .select_related("account__state", "template", "version", "terminal")
        .defer("version__source", "version__review")
        .order_by("created_at")
    )


def listed_instances(*, tenant_id: UUID) -> QuerySet[EAInstance]:
    """Return the tenant's instances with what a list shows of them alone: there may be thousands."""
    return instances(tenant_id=tenant_id).defer(None).only(*_LISTED)


def state_counts(*, tenant_id: UUID) -> dict[tuple[str, str], int]:
    """Return how many of the tenant's instances are in each (account currency, state)."""
    found = (
        EAInstance.objects.filter(
            tenant_id=tenant_id, deleted_at__isnull=True, account__deleted_at__isnull=True
        )
        .values_list("account__currency", "state")
        .annotate(instances=Count("id"))
        .order_by()
    )
    return {(currency, state): count for currency, state, count in found}


def balances(*, tenant_id: UUID) -> list[tuple[UUID, str, Decimal, Decimal]]:
    """Return (account, currency, balance, equity) of each of the tenant's accounts; unheard ones have 0."""
    found = TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at__isnull=True)
    rows = found.values_list("id", "currency", "state__balance", "state__equity")
    return [
        (account_id, currency, balance or ZERO, equity or ZERO)
        for account_id, currency, balance, equity in rows
    ]


def places_used(*, tenant_id: UUID) -> tuple[int, int]:
    """Return how many instances exist, and how many of them are active."""
    with whole_tenant():
        found = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at__isnull=True).aggregate(
            existing=Count("id"), active=Count("id", filter=places.HOLDS_A_PLACE)
        )
    return found["existing"], found["active"]


def places_used_by(tenants: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return (existing, active) instances of each of these tenants that has any, in an operator's look."""
    rows = (
        EAInstance.objects.filter(tenant_id__in=tenants, deleted_at__isnull=True)
        .values_list("tenant_id")
        .annotate(existing=Count("id"), active=Count("id", filter=places.HOLDS_A_PLACE))
    )
    return {tenant_id: (existing, active) for tenant_id, existing, active in rows}


def newest_runs(*, instance: EAInstance, limit: int) -> list[Run]:
    found = instance.runs.select_related("version").defer("version__source", "version__review")
    return list(found.order_by("-generation")[:limit])


def newest_receipt(*, instance: EAInstance, generation: int | None = None) -> Receipt | None:
    """Return the instance's newest receipt, or that of the run of this generation."""
    found = Receipt.objects.filter(run__instance=instance).select_related("run")
    if generation is not None:
        found = found.filter(run__generation=generation)
    return found.order_by("-run__generation").first()


def generations_with_receipt(runs: Collection[Run]) -> set[int]:
    """Return which of one instance's runs were proved, by their generations."""
    proved = Receipt.objects.filter(run__in=[row.id for row in runs])
    return set(proved.values_list("run__generation", flat=True))


def newest_commands(*, instance: EAInstance, limit: int) -> list[Command]:
    found = commands(tenant_id=instance.tenant_id).filter(terminal__instance=instance)
    return list(found[:limit])
