"""What the hosts cost, and whose EAs they carry: by the hour, and for each account and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from django.db.models import Count, Sum

from metafleet.hub.billing.models import Subscription
from metafleet.hub.billing.plans import PLANS, PlanCode
from metafleet.hub.fleet.clouds import SIMULATED
from metafleet.hub.fleet.models import DesiredState, EAInstance, Host, HostState
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.tenancy import operator_scope

HOURS_A_DAY: Final = 24
DAYS_A_MONTH: Final = Decimal("30.4375")
"""365.25 / 12."""
_CENT_OF_A_CENT: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Use:
    """What a tenant's active EAs take. `weight`: the memory that they may use, in MB."""

    tenant_id: UUID
    tenant: str
    plan: PlanCode
    accounts: int
    eas: int
    weight: int


@dataclass(frozen=True, slots=True)
class TenantCost:
    """A tenant's share of the hosts' cost, in USD; the account-day figures are None without an account.

    `price_per_account_day` is what the tenant pays for its plan, over the accounts that it uses.
    """

    use: Use
    usd_per_day: Decimal
    usd_per_account_day: Decimal | None
    price_per_account_day: Decimal | None


@dataclass(frozen=True, slots=True)
class Costs:
    """USD. `usd_per_account_day` is None while no account has an active EA."""

    usd_per_hour: Decimal
    usd_per_day: Decimal
    accounts: int
    eas: int
    usd_per_account_day: Decimal | None
    tenants: list[TenantCost]


def share_out(usd_per_hour: Decimal, uses: Sequence[Use]) -> Costs:
    """Share the hosts' cost among tenants by the memory that their active EAs may use: what bounds how
    many fit on a host. What nobody uses is shared the same way, so that the shares sum to the whole."""
    a_day = usd_per_hour * HOURS_A_DAY
    total = sum(use.weight for use in uses)
    accounts = sum(use.accounts for use in uses)
    tenants = [_tenant(use, a_day * use.weight / total if total else Decimal(0)) for use in uses]
    return Costs(
        usd_per_hour=_rounded(usd_per_hour),
        usd_per_day=_rounded(a_day),
        accounts=accounts,
        eas=sum(use.eas for use in uses),
        usd_per_account_day=_each(a_day, accounts),
        tenants=sorted(tenants, key=lambda one: (-one.usd_per_day, one.use.tenant)),
    )


def costs() -> Costs:
    """Return what runs now at today's prices. Opens an operator's scope of its own."""
    kept = Host.objects.exclude(state=HostState.GONE).exclude(driver=SIMULATED)
    usd_per_hour: Decimal = kept.aggregate(sum=Sum("usd_per_hour"))["sum"] or Decimal(0)
    with operator_scope():
        return share_out(usd_per_hour, _uses())


def _uses() -> list[Use]:
    names = dict(Tenant.objects.values_list("id", "name"))
    plans = dict(Subscription.objects.values_list("tenant_id", "plan"))
    active = EAInstance.objects.filter(deleted_at__isnull=True).exclude(desired_state=DesiredState.STOPPED)
    rows = active.values("tenant_id").annotate(
        accounts=Count("account_id", distinct=True), eas=Count("id"), weight=Sum("template__memory_mb")
    )
    return [
        Use(
            tenant_id=row["tenant_id"],
            tenant=names.get(row["tenant_id"], ""),
            plan=PlanCode(plans.get(row["tenant_id"], PlanCode.BRONZE)),
            accounts=row["accounts"],
            eas=row["eas"],
            weight=row["weight"],
        )
        for row in rows
    ]


def _tenant(use: Use, usd_per_day: Decimal) -> TenantCost:
    price = Decimal(PLANS[use.plan].price_usd_per_month) / DAYS_A_MONTH
    return TenantCost(
        use=use,
        usd_per_day=_rounded(usd_per_day),
        usd_per_account_day=_each(usd_per_day, use.accounts),
        price_per_account_day=_each(price, use.accounts),
    )


def price_per_account_day(*, tenant_id: UUID, plan: PlanCode) -> tuple[int, Decimal | None]:
    """Return how many accounts have an active EA, and what the plan costs for each of them and day, in USD;
    None while no account has one."""
    active = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at__isnull=True)
    used = active.exclude(desired_state=DesiredState.STOPPED).values("account_id").distinct().count()
    return used, _each(Decimal(PLANS[plan].price_usd_per_month) / DAYS_A_MONTH, used)


def _each(usd: Decimal, accounts: int) -> Decimal | None:
    return _rounded(usd / accounts) if accounts else None


def _rounded(usd: Decimal) -> Decimal:
    return usd.quantize(_CENT_OF_A_CENT, ROUND_HALF_UP)
