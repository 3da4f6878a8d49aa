"""What a plan means for EAs: their share of a machine, and who must pause when it allows less.

A downgrade pauses, it never stops: a paused EA still looks after the positions that it has open and
makes no new ones. What the plan itself has paused takes no active place, so that the limit is kept;
what a person has paused keeps its place, so that they can always resume it. An upgrade resumes nothing:
the market has moved since, and a person decides.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from metafleet.hub.audit import changes
from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import events
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.errors import EventNotPlaced, ProviderFailed
from metafleet.hub.billing.models import LIVE, Subscription
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.billing.providers.contract import Provider, SubscriptionSeen
from metafleet.hub.catalogue.models import EATemplate
from metafleet.hub.fleet import operations, places
from metafleet.hub.fleet.models import DesiredState, EAInstance, PauseMode
from metafleet.hub.kernel import live
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope

_log = logging.getLogger(__name__)

REASON_LENGTH: Final = 300
CATCH_UP_AT_MOST: Final = 50
"""Subscriptions that one hour asks after: each is a call over the network."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one EA may use of a machine. cpu: cores."""

    cpu: float
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Surplus:
    """An EA that a plan has no place for, and why."""

    instance: EAInstance
    reason: str


@dataclass(frozen=True, slots=True)
class PlanChange:
    """The plan that holds now, and whom it paused, oldest first."""

    plan: Plan
    paused: tuple[Surplus, ...]


def share_of(*, instance: EAInstance) -> Share:
    """Return what the template asks for, times the factors of its owner's plan."""
    return share(template=instance.template, plan=billing.plan_of(tenant_id=instance.tenant_id))


def share(*, template: EATemplate, plan: Plan) -> Share:
    """Return what an EA of the template may use of a machine on this plan."""
    resources = plan.resources
    return Share(
        cpu=float(template.cpu) * resources.cpu_factor,
        memory_mb=round(template.memory_mb * resources.memory_factor),
    )


def surplus(plan: Plan, instances: Sequence[EAInstance]) -> list[Surplus]:
    """Return which of these EAs, oldest first and each in an active place, the plan has no place for.

    First those whose template the plan does not reach, then the newest above the limit.
    """
    found, places_left = [], plan.active_limit
    for instance in instances:
        required = PLANS[PlanCode(instance.template.required_plan)]
        if plan.active_limit == 0:
            found.append(Surplus(instance, "The subscription has ended"))
        elif plan.rank < required.rank:
            needs = f"{instance.template.name} needs the {required.name} plan, and this is {plan.name}"
            found.append(Surplus(instance, needs))
        elif places_left == 0:
            noun = "active EA" if plan.active_limit == 1 else "active EAs"
            found.append(Surplus(instance, f"The {plan.name} plan allows {plan.active_limit} {noun}"))
        else:
            places_left -= 1
    return found


def preview(*, tenant_id: UUID) -> dict[PlanCode, list[Surplus]]:
    """Return for each plan whom a change to it would pause now; writes nothing."""
    instances = _in_places(tenant_id)
    return {code: surplus(plan, instances) for code, plan in PLANS.items()}


def set_plan(*, tenant_id: UUID, plan: PlanCode, actor: str, reason: str, now: datetime) -> PlanChange:
    """Put the tenant on a plan by an operator's word; pause what it has no place for.

    Raises PaysAlready while a payment provider charges for a plan, Subscription.DoesNotExist.
    """
    row = billing.lock_subscription(tenant_id=tenant_id)
    before = billing.allowed_by(row)
    billing.set_by_hand(row, plan=plan)
    return _settle(row, before, actor, {"reason": reason} if reason else {}, now)


def follow(row: Subscription, seen: SubscriptionSeen, *, provider: str, now: datetime) -> str:
    """Bring a held subscription to what the payment provider says; return what became of it in words."""
    before, was, cancelled = billing.allowed_by(row), row.status, row.cancels_at
    left = billing.follow(row, provider=provider, seen=seen)
    if left:
        return left
    detail = {} if row.status == was else {"subscription": row.status}
    actor = f"system:{provider}"
    if row.status in LIVE and row.cancels_at != cancelled:
        _record_notice(row, actor, now)
    change = _settle(row, before, actor, detail, now)
    paused = f", {len(change.paused)} EAs paused" if change.paused else ""
    return f"{change.plan.name}, {row.status}{paused}"


def catch_up(seller: Provider, *, now: datetime) -> int:
    """Ask after subscriptions whose renewal or end was not told; return how many were asked after.

    What makes a lost event cost hours only. One that cannot be asked after now is asked after again.
    """
    with operator_scope():
        found = billing.overdue(provider=seller.name, now=now, limit=CATCH_UP_AT_MOST)
    for tenant_id in found:
        try:
            outcome = events.catch_up(
                seller, tenant_id=tenant_id, follow=partial(follow, provider=seller.name, now=now)
            )
        except (ProviderFailed, EventNotPlaced) as refusal:
            outcome = refusal.detail
        _log.info("subscription of %s asked after: %s", tenant_id, outcome)
    return len(found)


def catch_up_purchases(seller: Provider, *, now: datetime) -> int:
    """Ask what became of purchases of which no event has told; return how many were asked after."""
    with operator_scope():
        found = billing.due_checkouts(now=now, limit=CATCH_UP_AT_MOST)
    for tenant_id, ref in found:
        try:
            outcome = events.look_at_purchase(
                seller,
                tenant_id=tenant_id,
                ref=ref,
                follow=partial(follow, provider=seller.name, now=now),
                now=now,
            )
        except (ProviderFailed, EventNotPlaced) as refusal:
            outcome = refusal.detail
            with tenant_scope(tenant_id):
                row = billing.lock_subscription(tenant_id=tenant_id)
                billing.put_checkout_off(row, ref=ref, now=now)
        _log.info("the purchase of %s was asked after: %s", tenant_id, outcome)
    return len(found)


def _record_notice(row: Subscription, actor: str, now: datetime) -> None:
    """Put on record that the subscription was cancelled for later, or goes on after all."""
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action="plan.cancelled" if row.cancels_at else "plan.kept",
        subject=PLANS[PlanCode(row.plan)].name,
        subject_id=None,
        now=now,
        detail={"ends": row.cancels_at.isoformat()} if row.cancels_at else {},
    )


def _settle(row: Subscription, before: Plan, actor: str, detail: dict[str, str], now: datetime) -> PlanChange:
    """Pause what the plan of this held row has no place for, and put it all on record."""
    plan = billing.allowed_by(row)
    left_over = surplus(plan, _in_places(row.tenant_id, lock=True))
    for item in left_over:
        _pause(item, actor, now)
    if plan != before or detail or left_over:
        audit.record(
            tenant_id=row.tenant_id,
            actor=actor,
            action="plan.changed",
            subject=plan.name,
            subject_id=None,
            now=now,
            detail={"from": before.name, "paused": len(left_over), **detail},
            changes=changes.between({"plan": before.name}, {"plan": plan.name}),
        )
    live.publish_on_commit(row.tenant_id, "plan")
    return PlanChange(plan, tuple(left_over))


def _in_places(tenant_id: UUID, *, lock: bool = False) -> list[EAInstance]:
    holders = (
        EAInstance.objects.filter(places.HOLDS_A_PLACE, tenant_id=tenant_id)
        .select_related("account", "template", "terminal")
        .order_by("created_at", "id")
    )
    return list(holders.select_for_update(of=("self",)) if lock else holders)


def _pause(item: Surplus, actor: str, now: datetime) -> None:
    """Pause by the plan's word. A pause of a person's stays as strict as they made it, and stays theirs."""
    instance, reason = item.instance, item.reason
    if instance.desired_state == DesiredState.PAUSED:
        if instance.paused_by:
            reason += f"; paused before by {instance.paused_by}: {instance.pause_reason or 'no reason given'}"
    else:
        instance.pause_mode, instance.paused_by_person = PauseMode.HOLD, False
    instance.paused_by, instance.pause_reason = places.PLAN, reason[:REASON_LENGTH]
    instance.paused_until = None
    instance.status_text = item.reason[:200]
    instance.save(
        update_fields=(
            *("pause_mode", "paused_by", "paused_by_person", "pause_reason", "paused_until"),
            *("status_text", "updated_at"),
        )
    )
    operations.want_paused(instance, actor=actor, now=now)
    audit.record(
        tenant_id=instance.tenant_id,
        actor=actor,
        action="instance.paused",
        subject=instance.name,
        subject_id=instance.id,
        now=now,
        detail={"by": places.PLAN, "reason": item.reason},
    )
