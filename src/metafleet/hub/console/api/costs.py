"""What a customer pays for each account and day."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from metafleet.hub.billing import operations as billing
from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.schemas.operator import OwnCosts
from metafleet.hub.fleet import costs
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/costs", response=OwnCosts)
@needs(Right.READ, takes_limited_keys=False)
def own_costs(request: HttpRequest) -> OwnCosts:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        plan = billing.plan_of(tenant_id=who.tenant_id)
        accounts, usd = costs.price_per_account_day(tenant_id=who.tenant_id, plan=plan.code)
    return OwnCosts(accounts=accounts, usd_per_account_day=None if usd is None else float(usd))
