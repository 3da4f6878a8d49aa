"""Plans: what there is, buying one, following the payment provider, and the operator's word."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query as QueryParam

from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import events
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.errors import NotForSale, NothingToManage, PaysAlready
from metafleet.hub.billing.models import Subscription
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.billing.providers import provider
from metafleet.hub.billing.providers.contract import Purchase
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.catalogue.models import EATemplate
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import billing as schemas
from metafleet.hub.fleet import plans, queries
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope

router = Router(by_alias=True)


@router.get("/billing", response=schemas.Billing)
@needs(Right.READ, takes_limited_keys=False)
def get_billing(request: HttpRequest) -> schemas.Billing:
    """What this desk is on, and what every plan would mean for it."""
    who = actor(request)
    templates = [row for row, _ in catalogue.templates()]
    with tenant_scope(who.tenant_id):
        row = billing.subscription_of(tenant_id=who.tenant_id)
        pauses = plans.preview(tenant_id=who.tenant_id)
        return schemas.Billing(
            plan=row.plan,  # type: ignore[arg-type]
            status=row.status,  # type: ignore[arg-type]
            provider=row.provider,  # type: ignore[arg-type]
            is_charged=billing.pays_by_provider(row),
            can_manage=bool(row.customer_ref) and settings.BILLING != billing.MANUAL,
            period_ends_at=row.period_ends_at,
            cancels_at=row.cancels_at,
            offers=[_offer(plan, templates, pauses[plan.code]) for plan in PLANS.values()],
        )


@router.post("/billing/checkout", response=schemas.Leave)
@needs(Right.ADMIN, takes_limited_keys=False)
def checkout(request: HttpRequest, form: schemas.PurchaseForm) -> schemas.Leave:
    """Begin to pay for a plan; the plan changes when the provider says that it is paid."""
    who = actor(request)
    plan = PlanCode(form.plan)
    if not _is_sold(plan):
        raise NotForSale
    with tenant_scope(who.tenant_id):
        row = billing.subscription_of(tenant_id=who.tenant_id)
    if billing.pays_by_provider(row):
        raise PaysAlready("Change the plan under Manage payment.")
    now = clock.now()
    page = provider().checkout(
        Purchase(who.tenant_id, plan, who.user.email, row.customer_ref, _back(request)), now=now
    )
    with tenant_scope(who.tenant_id):
        billing.begin_checkout(tenant_id=who.tenant_id, ref=page.ref, now=now)
    return schemas.Leave(url=page.url)


@router.post("/billing/portal", response=schemas.Leave)
@needs(Right.ADMIN, takes_limited_keys=False)
def portal(request: HttpRequest) -> schemas.Leave:
    """Go to the provider's own page for card, plan and cancellation."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = billing.subscription_of(tenant_id=who.tenant_id)
    if not row.customer_ref:
        raise NothingToManage
    return schemas.Leave(url=provider().portal(row.customer_ref, return_url=_back(request)))


@router.post("/billing/stripe/webhook", auth=None, include_in_schema=False)
@needs(Right.OPEN)
def stripe_webhook(request: HttpRequest) -> dict[str, str]:
    """What Stripe tells us. Its signature is all that lets anybody in."""
    if settings.BILLING != "stripe":
        raise NotFound("page")
    now, seller = clock.now(), provider()
    event = seller.read_event(request.body, request.headers.get("Stripe-Signature", ""), now=now)
    outcome = events.handle(seller, event, partial(plans.follow, provider=seller.name, now=now))
    return {"outcome": outcome}


@router.get("/operator/tenants", response=list[schemas.Customer])
@needs(Right.AUDIT)
def list_customers(
    request: HttpRequest, q: str = QueryParam("", max_length=80), limit: int = QueryParam(50, ge=1, le=200)
) -> list[schemas.Customer]:
    """The customers whose name holds `q`, newest first."""
    with operator_scope():
        rows = list(
            Subscription.objects.select_related("tenant")
            .filter(tenant__name__icontains=q.replace("\0", ""))
            .order_by("-created_at", "id")[:limit]
        )
        used = queries.places_used_by([row.tenant_id for row in rows])
    return [_customer(row, *used.get(row.tenant_id, (0, 0))) for row in rows]


@router.post("/operator/tenants/{uuid:tenant_id}/plan", response=schemas.PlanChange)
@needs(Right.OPERATE)
def set_plan(request: HttpRequest, tenant_id: UUID, form: schemas.PlanForm) -> schemas.PlanChange:
    """Put a customer on a plan. What it has no place for is paused, and named in the answer."""
    who = actor(request)
    now = clock.now()
    try:
        with tenant_scope(tenant_id):
            change = plans.set_plan(
                tenant_id=tenant_id,
                plan=PlanCode(form.plan),
                actor=who.name,
                reason=form.reason,
                now=now,
            )
            _record(who, tenant_id, change, form.reason, now)
    except Subscription.DoesNotExist as error:
        raise NotFound("customer") from error
    return schemas.PlanChange(plan=form.plan, paused=_paused(change.paused))


def _record(who: Actor, tenant_id: UUID, change: plans.PlanChange, reason: str, now: datetime) -> None:
    """The customer's record has it; the platform's says which operator it was, and for whom."""
    audit.record_of_platform(
        actor=who.name,
        action="plan.set",
        subject=change.plan.name,
        subject_id=tenant_id,
        now=now,
        detail={"customer": str(tenant_id), "paused": len(change.paused), "reason": reason},
    )


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri("/plans")


def _is_sold(plan: PlanCode) -> bool:
    return settings.BILLING != billing.MANUAL and bool(settings.STRIPE_PRICES[plan.value])


def _offer(plan: Plan, templates: Iterable[EATemplate], pauses: Iterable[plans.Surplus]) -> schemas.PlanOffer:
    reached = [row for row in templates if PLANS[PlanCode(row.required_plan)].rank <= plan.rank]
    shares = [(row.name, plans.share(template=row, plan=plan)) for row in reached]
    return schemas.PlanOffer(
        code=plan.code.value,  # type: ignore[arg-type]
        name=plan.name,
        price_usd_per_month=plan.price_usd_per_month,
        instance_limit=plan.instance_limit,
        active_limit=plan.active_limit,
        resource_class=plan.resources.name,
        cpu_factor=plan.resources.cpu_factor,
        memory_factor=plan.resources.memory_factor,
        shares=[
            schemas.MachineShare(template=name, cpu=share.cpu, memory_mb=share.memory_mb)
            for name, share in shares
        ],
        templates=[row.name for row in reached],
        is_sold=_is_sold(plan.code),
        pauses=_paused(pauses),
    )


def _paused(found: Iterable[plans.Surplus]) -> list[schemas.PausedByPlan]:
    return [
        schemas.PausedByPlan(instance_id=item.instance.id, name=item.instance.name, reason=item.reason)
        for item in found
    ]


def _customer(row: Subscription, existing: int, active: int) -> schemas.Customer:
    return schemas.Customer(
        id=row.tenant_id,
        name=row.tenant.name,
        created_at=row.tenant.created_at,
        plan=row.plan,  # type: ignore[arg-type]
        status=row.status,  # type: ignore[arg-type]
        provider=row.provider,  # type: ignore[arg-type]
        period_ends_at=row.period_ends_at,
        instances=existing,
        active=active,
    )
