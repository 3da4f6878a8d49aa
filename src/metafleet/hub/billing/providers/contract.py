"""What a payment provider promises: a page to pay at, a page to manage it, and events that it signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from metafleet.hub.billing.models import SubscriptionStatus
from metafleet.hub.billing.plans import PlanCode


@dataclass(frozen=True, slots=True)
class SubscriptionSeen:
    """What a provider says of one subscription; `said_at` and `started_at` by the provider's clock."""

    ref: str
    customer_ref: str
    tenant_id: UUID
    plan: PlanCode
    status: SubscriptionStatus
    period_ends_at: datetime | None
    cancels_at: datetime | None
    started_at: datetime
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a provider tells us. `seen` is None for what changes no plan of ours."""

    ref: str
    kind: str
    seen: SubscriptionSeen | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """Who wants which plan. `return_url`: where the browser comes back to, paid or not."""

    tenant_id: UUID
    plan: PlanCode
    email: str
    customer_ref: str
    return_url: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page to pay at. `ref`: by which the provider knows it."""

    url: str
    ref: str


@dataclass(frozen=True, slots=True)
class PageSeen:
    """What became of a page. `subscription_ref`: of what was bought there, "" for nothing yet."""

    is_open: bool
    subscription_ref: str


class Provider(Protocol):
    """Raises ProviderFailed where the provider cannot be asked, NotForSale where nothing is sold."""

    name: str

    def checkout(self, purchase: Purchase, *, now: datetime) -> Page:
        """Return a page at which this plan is paid for. Asked twice, it sells once."""

    def look_at_page(self, ref: str) -> PageSeen:
        """Return what became of the page."""

    def portal(self, customer_ref: str, *, return_url: str) -> str:
        """Return the address of a page where the customer changes plan and card, or cancels."""

    def look(self, subscription_ref: str, *, said_at: datetime) -> SubscriptionSeen | None:
        """Return what the subscription is now; None for one that is not of our making."""

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> Event:
        """Return what a call to our webhook says. Raises EventRefused unless the provider has signed it
        lately, EventNotPlaced where its plan is not known here."""
