"""Stripe: plans are sold by Checkout, managed in its customer portal, and followed by its events.

A subscription carries our tenant's id in its metadata, which only we set: that is how an event finds
its tenant. Sources: https://docs.stripe.com/billing/subscriptions/webhooks and
https://docs.stripe.com/webhooks/signature (scheme v1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import stripe
from django.conf import settings

from metafleet.hub.billing.errors import EventNotPlaced, EventRefused, ProviderFailed
from metafleet.hub.billing.models import LIVE, SubscriptionStatus
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.billing.providers.contract import (
    Event,
    Page,
    PageSeen,
    Purchase,
    SubscriptionSeen,
)
from metafleet.hub.kernel.secrets import Secret

TOLERANCE: Final = timedelta(minutes=5)
"""Between Stripe's signature and our clock: an event that was overheard is of no use later."""
TIMEOUT_S: Final = 10.0
TENANT: Final = "metafleet_tenant"
"""The metadata key; named after us, because one Stripe account may sell other things too."""

STATUS: Final[Mapping[str, SubscriptionStatus]] = {
    "active": SubscriptionStatus.ACTIVE,
    "trialing": SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.CANCELLED,
    "paused": SubscriptionStatus.CANCELLED,
    "canceled": SubscriptionStatus.CANCELLED,
    "incomplete_expired": SubscriptionStatus.CANCELLED,
}
"""What Stripe's words mean here. `incomplete` is left out: its first payment has not come yet."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNED_AT = re.compile(r"(?:^|,)\s*t=(\d{1,12})(?:,|$)")
_UNREADABLE = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError),
    *(OverflowError, RecursionError),
)
_TRY_AGAIN = (stripe.APIConnectionError, stripe.RateLimitError)


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """`prices`: Stripe's price id of each plan. `api`: where Stripe is."""

    api_key: Secret
    webhook_secret: Secret
    prices: Mapping[PlanCode, str]
    api: str


class Stripe:
    """Sells plans by Stripe."""

    name = "stripe"

    def __init__(self, chosen: StripeSettings) -> None:
        self._chosen = chosen
        self._client = stripe.StripeClient(
            chosen.api_key.reveal(),
            base_addresses={"api": chosen.api},
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
            max_network_retries=1,
        )

    def checkout(self, purchase: Purchase, *, now: datetime) -> Page:
        tenant = str(purchase.tenant_id)
        price = self._chosen.prices[purchase.plan]
        who = (
            {"customer": purchase.customer_ref}
            if purchase.customer_ref
            else {"customer_email": purchase.email}
        )
        wish: dict[str, Any] = {
            "mode": "subscription",
            "line_items": [{"price": price, "quantity": 1}],
            "client_reference_id": tenant,
            "subscription_data": {"metadata": {TENANT: tenant}},
            "success_url": f"{purchase.return_url}?paid={purchase.plan}",
            "cancel_url": purchase.return_url,
            **who,
        }
        # A double click gets the same page; after some minutes a page that was closed is made anew.
        minutes = int(now.timestamp()) // 300
        key = sha256(json.dumps([wish, minutes], sort_keys=True).encode()).hexdigest()
        try:
            made = self._client.v1.checkout.sessions.create(wish, {"idempotency_key": key})  # type: ignore[arg-type]
        except stripe.StripeError as error:
            raise _failed(error) from error
        return Page(_address(made.url), made.id)

    def look_at_page(self, ref: str) -> PageSeen:
        try:
            found = self._client.v1.checkout.sessions.retrieve(ref).to_dict()
        except stripe.StripeError as error:
            raise _failed(error) from error
        return PageSeen(found["status"] == "open", str(found.get("subscription") or ""))

    def portal(self, customer_ref: str, *, return_url: str) -> str:
        try:
            made = self._client.v1.billing_portal.sessions.create(
                {"customer": customer_ref, "return_url": return_url}
            )
        except stripe.StripeError as error:
            raise _failed(error) from error
        return _address(made.url)

    def look(self, subscription_ref: str, *, said_at: datetime) -> SubscriptionSeen | None:
        try:
            found = self._client.v1.subscriptions.retrieve(subscription_ref)
        except stripe.StripeError as error:
            raise _failed(error) from error
        return self._seen(found.to_dict(), said_at)

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> Event:
        _check_signature(body, signature, self._chosen.webhook_secret, now)
        try:
            event = json.loads(body)
            ref, kind, said_at = event["id"], event["type"], _instant(event["created"])
            about = event["data"]["object"]
            is_ours = kind.startswith("customer.subscription.") and isinstance(about, dict)
            return Event(str(ref)[:120], str(kind)[:80], self._seen(about, said_at) if is_ours else None)
        except _UNREADABLE as error:
            raise EventRefused(f"This is no event of Stripe's that can be read: {error!r}.") from error

    def _seen(self, row: dict[str, Any], said_at: datetime) -> SubscriptionSeen | None:
        tenant_id = _tenant(row)
        status = STATUS.get(row["status"])
        if tenant_id is None or status is None:
            return None
        item = row["items"]["data"][0]
        # Since 2025-03-31 Stripe says the period of each item; before, of the subscription.
        ends = item.get("current_period_end") or row.get("current_period_end")
        cancels = row.get("cancel_at") or (ends if row.get("cancel_at_period_end") else None)
        return SubscriptionSeen(
            ref=row["id"],
            customer_ref=row["customer"],
            tenant_id=tenant_id,
            plan=self._plan(item["price"]["id"]) if status in LIVE else PlanCode.BRONZE,
            status=status,
            period_ends_at=_instant(ends) if ends else None,
            cancels_at=_instant(cancels) if cancels else None,
            started_at=_instant(row["created"]),
            said_at=said_at,
        )

    def _plan(self, price: str) -> PlanCode:
        for plan, known in self._chosen.prices.items():
            if known == price:
                return plan
        raise EventNotPlaced(
            f"The price {price} is no plan's. Name it in METAFLEET_STRIPE_PRICE_BRONZE, _GOLD or _PLATINUM; "
            "Stripe sends this event again."
        )


def from_settings() -> Stripe:
    """Return Stripe as the settings describe it."""
    return Stripe(
        StripeSettings(
            api_key=Secret(settings.STRIPE_API_KEY),
            webhook_secret=Secret(settings.STRIPE_WEBHOOK_SECRET),
            prices={PlanCode(code): price for code, price in settings.STRIPE_PRICES.items()},
            api=settings.STRIPE_API,
        )
    )


def _check_signature(body: bytes, header: str, secret: Secret, now: datetime) -> None:
    """Raises EventRefused. The library checks the signature; its age is told by our clock, not by its own."""
    try:
        stripe.WebhookSignature.verify_header(body, header, secret.reveal(), tolerance=None)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise EventRefused("The signature is not Stripe's. Check METAFLEET_STRIPE_WEBHOOK_SECRET.") from error
    found = _SIGNED_AT.search(header)
    if found is None or abs(now - _instant(int(found[1]))) > TOLERANCE:
        minutes = TOLERANCE.seconds // 60
        raise EventRefused(f"It was signed more than {minutes} minutes from now. Check this server's clock.")


def _tenant(row: dict[str, Any]) -> UUID | None:
    try:
        return UUID((row.get("metadata") or {})[TENANT])
    except (KeyError, ValueError):
        return None


def _instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _address(url: str | None) -> str:
    if not url:
        raise ProviderFailed("Stripe gave no address to go to. Try again in a moment.", permanent=False)
    return url


def _failed(error: stripe.StripeError) -> ProviderFailed:
    is_passing = isinstance(error, _TRY_AGAIN) or (error.http_status or 0) >= 500
    if is_passing:
        return ProviderFailed("Stripe does not answer. Nothing was charged; try again.", permanent=False)
    said = error.user_message or "the request was not accepted"
    return ProviderFailed(f"Stripe refused: {said} Tell the operator of this server.", permanent=True)
