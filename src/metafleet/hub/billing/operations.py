"""Which plan a tenant is on, and what it still allows."""

from __future__ import annotations

from uuid import UUID

from metafleet.hub.billing.models import Subscription
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode


def start_plan(*, tenant_id: UUID, plan: PlanCode) -> None:
    """Put a new tenant on its first plan."""
    Subscription.objects.create(tenant_id=tenant_id, plan=plan)


def plan_of(*, tenant_id: UUID) -> Plan:
    return PLANS[PlanCode(Subscription.objects.get(tenant_id=tenant_id).plan)]


def lock_plan(*, tenant_id: UUID) -> Plan:
    """Return the plan and hold its row until commit: two deploys cannot both take the last place."""
    row = Subscription.objects.select_for_update().get(tenant_id=tenant_id)
    return PLANS[PlanCode(row.plan)]
