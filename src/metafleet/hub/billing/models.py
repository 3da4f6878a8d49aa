from __future__ import annotations

from typing import Final

from django.db import models

from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class SubscriptionStatus(models.TextChoices):
    """active pays or need not; past_due is warned; of a cancelled one nothing runs."""

    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"


LIVE: Final = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE})
"""A subscription in one of these allows what its plan allows."""


class Subscription(Row):
    """Which plan a tenant is on. Its row is the lock under which limits are checked.

    `provider` says who decides: "manual" (the operator) or "stripe".
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=8, choices=PlanCode)
    provider = models.CharField(max_length=10, default="manual", db_default="manual")
    status = models.CharField(
        max_length=9, choices=SubscriptionStatus, default=SubscriptionStatus.ACTIVE, db_default="active"
    )
    customer_ref = models.CharField(max_length=120, blank=True, db_default="")
    subscription_ref = models.CharField(max_length=120, blank=True, db_default="")
    period_ends_at = models.DateTimeField(null=True)
    cancels_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True, help_text="the provider's own instant of the newest change")
    checkout_ref = models.CharField(
        max_length=120, blank=True, db_default="", help_text="of a purchase of which nothing is known yet"
    )
    checkout_at = models.DateTimeField(null=True)
    checkout_due_at = models.DateTimeField(
        null=True, help_text="when the provider is asked what became of it"
    )

    class Meta:
        indexes = (
            models.Index(
                fields=("checkout_due_at",),
                condition=models.Q(checkout_due_at__isnull=False),
                name="subscription_checkout_due",
            ),
        )


class BillingEvent(Row):
    """An event of a payment provider, handled once. The operator's: it may name no tenant of ours."""

    provider = models.CharField(max_length=10)
    event_ref = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("provider", "event_ref"), name="billing_event_once"),)
