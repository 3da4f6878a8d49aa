"""Room for an EA: the account that it trades, its symbol and magic number, and the plan's places."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import Max, Q

from metafleet.hub.billing.errors import SubscriptionEnded
from metafleet.hub.billing.plans import Plan
from metafleet.hub.fleet.errors import PlanLimitReached, WrongState
from metafleet.hub.fleet.models import DesiredState, EAInstance, TradingAccount
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import whole_tenant

FIRST_MAGIC = 77001
"""Magic numbers of one account count up from here; small numbers are left to people's own EAs."""


PLAN: Final = "plan"
"""Who paused an EA that the plan has no place for."""
HOLDS_A_PLACE: Final = Q(desired_state=DesiredState.RUNNING) | (
    Q(desired_state=DesiredState.PAUSED) & ~Q(paused_by=PLAN)
)
"""What counts as active: a pause of a person's keeps the place, a pause of the plan's gives it up."""


def find_account(tenant_id: UUID, account_id: UUID, *, lock: bool = False) -> TradingAccount:
    """Return the tenant's account, its row held until commit for `lock`. Raises NotFound."""
    accounts = TradingAccount.objects.filter(tenant_id=tenant_id, id=account_id, deleted_at__isnull=True)
    account = (accounts.select_for_update() if lock else accounts).first()
    if account is None:
        raise NotFound("trading account")
    return account


def lock_account_of(tenant_id: UUID, instance_id: UUID) -> None:
    """Hold the account, so that it is not removed while an EA of it is started."""
    accounts = TradingAccount.objects.select_for_update(of=("self",))
    accounts.filter(tenant_id=tenant_id, instances__id=instance_id).first()


def check_place(tenant_id: UUID, plan: Plan) -> None:
    """Check for room for one EA more. Raises PlanLimitReached, SubscriptionEnded."""
    if plan.active_limit == 0:
        raise SubscriptionEnded
    with whole_tenant():
        existing = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at__isnull=True).count()
    if existing >= plan.instance_limit:
        way_out = "Remove a stopped one or change the plan."
        raise PlanLimitReached(plan, "EA instances", plan.instance_limit, existing, way_out)
    check_active_place(tenant_id, plan)


def check_active_place(tenant_id: UUID, plan: Plan, *, besides: UUID | None = None) -> None:
    """Check for room for one active EA more. besides: the one that is to take it, if it exists.

    Raises PlanLimitReached, SubscriptionEnded.
    """
    if plan.active_limit == 0:
        raise SubscriptionEnded
    holders = EAInstance.objects.filter(HOLDS_A_PLACE, tenant_id=tenant_id)
    with whole_tenant():
        active = (holders.exclude(id=besides) if besides else holders).count()
    if active >= plan.active_limit:
        way_out = "Stop one or change the plan."
        raise PlanLimitReached(plan, "active EAs", plan.active_limit, active, way_out)


def check_account_stands(instance: EAInstance) -> None:
    if instance.account.deleted_at is not None:
        raise WrongState(f"The account of {instance.name} was removed. Connect it again and deploy anew.")


def is_symbol_taken(account: TradingAccount, symbol: str) -> bool:
    active = account.instances.exclude(desired_state=DesiredState.STOPPED)
    with whole_tenant():
        return active.filter(symbol=symbol).exists()


def next_magic(account: TradingAccount) -> int:
    with whole_tenant():
        highest = account.instances.aggregate(Max("magic"))["magic__max"]
    return FIRST_MAGIC if highest is None else int(highest) + 1
