"""Which plan a tenant is on, who says so, and what it still allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from metafleet.hub.billing.errors import PaysAlready
from metafleet.hub.billing.models import LIVE, BillingEvent, Subscription, SubscriptionStatus
from metafleet.hub.billing.plans import ENDED, PLANS, Plan, PlanCode
from metafleet.hub.billing.providers.contract import SubscriptionSeen

MANUAL: Final = "manual"
NEWS_DUE_WITHIN: Final = timedelta(hours=2)
"""After a period's end: the provider charges about an hour later, and tells us at once."""


CHECKOUT_DUE_EVERY: Final = timedelta(minutes=1)
CHECKOUT_DUE_LATER: Final = timedelta(minutes=15)
"""After an hour: a page can be paid at for a day."""
CHECKOUT_SOON_FOR: Final = timedelta(hours=1)
CHECKOUT_LASTS: Final = timedelta(hours=26)
"""A page of Stripe's ends by itself after 24 hours; its answer is waited for a little longer."""


def start_plan(*, tenant_id: UUID, plan: PlanCode) -> None:
    """Put a new tenant on its first plan."""
    Subscription.objects.create(tenant_id=tenant_id, plan=plan)


def plan_of(*, tenant_id: UUID) -> Plan:
    """Return what the tenant's subscription allows now."""
    return allowed_by(subscription_of(tenant_id=tenant_id))


def lock_plan(*, tenant_id: UUID) -> Plan:
    """Return the plan and hold its row until commit: two deploys cannot both take the last place."""
    return allowed_by(lock_subscription(tenant_id=tenant_id))


def allowed_by(row: Subscription) -> Plan:
    """Return the plan of this subscription, or `ENDED`."""
    return PLANS[PlanCode(row.plan)] if row.status in LIVE else ENDED


def subscription_of(*, tenant_id: UUID) -> Subscription:
    return Subscription.objects.get(tenant_id=tenant_id)


def lock_subscription(*, tenant_id: UUID) -> Subscription:
    """Return the tenant's subscription, its row held until commit. Raises Subscription.DoesNotExist."""
    return Subscription.objects.select_for_update().get(tenant_id=tenant_id)


def pays_by_provider(row: Subscription) -> bool:
    """Whether a payment provider is charging for this subscription."""
    return row.provider != MANUAL and row.status in LIVE


def set_by_hand(row: Subscription, *, plan: PlanCode) -> None:
    """Put a held subscription on a plan that nobody is charged for.

    Raises PaysAlready while a provider charges for one: its next event would undo this. What is
    known of the provider's subscription is kept, so that a late event of it is known as late.
    """
    if pays_by_provider(row):
        raise PaysAlready("Cancel it there first: its next payment would undo this.")
    row.plan, row.provider, row.status = plan, MANUAL, SubscriptionStatus.ACTIVE
    row.period_ends_at = row.cancels_at = None
    row.save(update_fields=("plan", "provider", "status", "period_ends_at", "cancels_at", "updated_at"))


def follow(row: Subscription, *, provider: str, seen: SubscriptionSeen) -> str:
    """Bring a held subscription to what the provider says; return "" or why it was left as it was.

    Events come late, twice and out of order. Of one subscription the newest by the provider's own
    clock counts. Another one takes over where the one that we know has ended, or is older than it.
    """
    left = _why_not(row, provider, seen)
    if left:
        return left
    row.provider = provider
    row.status = seen.status
    row.customer_ref, row.subscription_ref = seen.customer_ref, seen.ref
    row.changed_at = seen.said_at
    row.period_ends_at = row.cancels_at = None  # what has ended neither renews nor ends again
    if seen.status in LIVE:
        row.plan = seen.plan
        row.period_ends_at, row.cancels_at = seen.period_ends_at, seen.cancels_at
        # What was bought is known.
        row.checkout_ref, row.checkout_at, row.checkout_due_at = "", None, None
    row.save()
    return ""


def _why_not(row: Subscription, provider: str, seen: SubscriptionSeen) -> str:
    if seen.ref == row.subscription_ref:
        is_late = row.changed_at is not None and seen.said_at < row.changed_at
        return (
            "Late: something newer is known" if is_late else _why_not_over_the_operator(row, provider, seen)
        )
    if seen.status not in LIVE:
        return "The end of a subscription that is not this desk's"
    if pays_by_provider(row) and row.changed_at is not None and seen.started_at <= row.changed_at:
        return f"A second subscription beside {row.subscription_ref}: cancel one of them at {provider}"
    return ""


def _why_not_over_the_operator(row: Subscription, provider: str, seen: SubscriptionSeen) -> str:
    """An operator's plan outlives the end of what was paid for before it."""
    is_operators = row.provider != provider
    return "The operator set a plan since" if is_operators and seen.status not in LIVE else ""


def overdue(*, provider: str, now: datetime, limit: int) -> list[UUID]:
    """Return whose paid period has ended without a word of what followed, longest ago first.

    For an operator's look over all tenants.
    """
    rows = Subscription.objects.filter(
        provider=provider, status__in=LIVE, period_ends_at__lt=now - NEWS_DUE_WITHIN
    ).order_by("period_ends_at", "id")
    return list(rows.values_list("tenant_id", flat=True)[:limit])


def was_handled(*, provider: str, event_ref: str) -> bool:
    """Whether the event needs no second look; `first_time` decides when two come at once."""
    return BillingEvent.objects.filter(provider=provider, event_ref=event_ref).exists()


def first_time(*, provider: str, event_ref: str, kind: str) -> BillingEvent | None:
    """Note the event in the open transaction; None when it has been handled before.

    A second delivery at the same moment waits here until the first has committed or not.
    """
    made = BillingEvent(provider=provider, event_ref=event_ref, kind=kind)
    BillingEvent.objects.bulk_create([made], ignore_conflicts=True)
    return BillingEvent.objects.filter(id=made.id).first()


def conclude(event: BillingEvent, outcome: str) -> None:
    """Write what became of the event, for the operator who looks for a payment."""
    event.outcome = outcome[:200]
    event.save(update_fields=("outcome", "updated_at"))


def is_doubtful(row: Subscription, seen: SubscriptionSeen) -> bool:
    """Whether it cannot be told from the provider's instants, whole seconds, what is so now.

    Two things said of one subscription in one second; or a subscription that we do not follow, said
    to live before the newest that we know of the one that we do.
    """
    if row.changed_at is None:
        return False
    if seen.ref == row.subscription_ref:
        return seen.said_at == row.changed_at
    return seen.status in LIVE and seen.said_at <= row.changed_at


def begin_checkout(*, tenant_id: UUID, ref: str, now: datetime) -> None:
    """Note that somebody went to pay, so that it is asked after: an event may be lost."""
    Subscription.objects.filter(tenant_id=tenant_id).update(
        checkout_ref=ref, checkout_at=now, checkout_due_at=now + CHECKOUT_DUE_EVERY
    )


def due_checkouts(*, now: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Return (tenant, page) of purchases of which nothing is known yet. For an operator's look."""
    rows = Subscription.objects.filter(checkout_due_at__lte=now).order_by("checkout_due_at", "id")
    return list(rows.values_list("tenant_id", "checkout_ref")[:limit])


def put_checkout_off(row: Subscription, *, ref: str, now: datetime) -> None:
    """Ask after this page again later, as long as it can be paid at."""
    if row.checkout_ref != ref or row.checkout_at is None:
        return
    age = now - row.checkout_at
    if age > CHECKOUT_LASTS:
        end_checkout(row, ref=ref)
        return
    row.checkout_due_at = now + (CHECKOUT_DUE_EVERY if age < CHECKOUT_SOON_FOR else CHECKOUT_DUE_LATER)
    row.save(update_fields=("checkout_due_at", "updated_at"))


def end_checkout(row: Subscription, *, ref: str) -> None:
    """Ask after this page no more; a newer one stays."""
    if row.checkout_ref == ref:
        row.checkout_ref, row.checkout_at, row.checkout_due_at = "", None, None
        row.save(update_fields=("checkout_ref", "checkout_at", "checkout_due_at", "updated_at"))
