# ruff: noqa: ARG002 - it refuses whatever it is asked
"""No provider: the operator sets plans, and nobody is charged by this server."""

from __future__ import annotations

from datetime import datetime

from metafleet.hub.billing.errors import EventRefused, NotForSale
from metafleet.hub.billing.providers.contract import (
    Event,
    Page,
    PageSeen,
    Purchase,
    SubscriptionSeen,
)


class Manual:
    """Refuses everything that costs money."""

    name = "manual"

    def checkout(self, purchase: Purchase, *, now: datetime) -> Page:
        raise NotForSale

    def look_at_page(self, ref: str) -> PageSeen:
        raise NotForSale

    def portal(self, customer_ref: str, *, return_url: str) -> str:
        raise NotForSale

    def look(self, subscription_ref: str, *, said_at: datetime) -> SubscriptionSeen | None:
        raise NotForSale

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> Event:
        raise EventRefused("No payment provider is set up here.")
