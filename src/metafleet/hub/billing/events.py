"""Follow what a payment provider says, once, in whatever order it comes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from metafleet.hub.billing import operations
from metafleet.hub.billing.errors import EventNotPlaced
from metafleet.hub.billing.models import Subscription
from metafleet.hub.billing.providers.contract import Event, Provider, SubscriptionSeen
from metafleet.hub.kernel.tenancy import tenant_scope

_log = logging.getLogger(__name__)

REPEATED: Final = "Handled before"
Follow = Callable[[Subscription, SubscriptionSeen], str]
"""Bring a held subscription, and what hangs on it, to what was seen; return what became of it."""


def handle(provider: Provider, event: Event, follow: Follow) -> str:
    """Do what the event says and note it, in one transaction; return the outcome in words.

    Handled before, it changes nothing. Where the order of events cannot be told from their instants
    the provider is asked how things are now. Raises ProviderFailed, or EventNotPlaced where another
    event came in between: nothing is noted then, and the provider sends it again.
    """
    if operations.was_handled(provider=provider.name, event_ref=event.ref):
        return REPEATED
    if event.seen is None:
        with transaction.atomic():
            return _noted(provider, event, lambda: "It changes no plan")
    try:
        with tenant_scope(event.seen.tenant_id):
            known = operations.subscription_of(tenant_id=event.seen.tenant_id)
    except Subscription.DoesNotExist:
        with transaction.atomic():
            return _noted(provider, event, lambda: "No desk here has this id")
    before = known.changed_at
    seen = _now(provider, event.seen, before) if operations.is_doubtful(known, event.seen) else event.seen
    with tenant_scope(event.seen.tenant_id):
        return _noted(provider, event, lambda: _follow(seen, before, follow))


def catch_up(provider: Provider, *, tenant_id: UUID, follow: Follow) -> str:
    """Ask how a subscription is now, whose renewal or end no event has told; return the outcome in words.

    Raises ProviderFailed, or EventNotPlaced where an event came meanwhile: it is asked again later.
    """
    with tenant_scope(tenant_id):
        known = operations.subscription_of(tenant_id=tenant_id)
    said_at = known.changed_at
    if said_at is None or not operations.pays_by_provider(known):
        return "Nothing to ask"
    seen = provider.look(known.subscription_ref, said_at=said_at)
    with tenant_scope(tenant_id):
        return _follow(seen if seen and seen.tenant_id == tenant_id else None, said_at, follow)


def look_at_purchase(provider: Provider, *, tenant_id: UUID, ref: str, follow: Follow, now: datetime) -> str:
    """Ask what became of a page at which somebody went to pay; return the outcome in words.

    Raises ProviderFailed, or EventNotPlaced where an event came meanwhile: it is asked again later.
    """
    page = provider.look_at_page(ref)
    with tenant_scope(tenant_id):
        known = operations.subscription_of(tenant_id=tenant_id)
    if page.subscription_ref:
        seen = provider.look(page.subscription_ref, said_at=now)
        if seen is not None and seen.tenant_id == tenant_id:
            # By the provider's clock: by ours, its next events might count as late.
            seen = replace(seen, said_at=seen.started_at)
            with tenant_scope(tenant_id):
                outcome = _follow(seen, known.changed_at, follow)
                operations.end_checkout(operations.lock_subscription(tenant_id=tenant_id), ref=ref)
                return outcome
    with tenant_scope(tenant_id):
        row = operations.lock_subscription(tenant_id=tenant_id)
        if page.is_open or page.subscription_ref:  # not paid for yet, or not known in full
            operations.put_checkout_off(row, ref=ref, now=now)
            return "Not paid yet"
        operations.end_checkout(row, ref=ref)
        return "Given up"


def _now(provider: Provider, seen: SubscriptionSeen, before: datetime | None) -> SubscriptionSeen | None:
    said_at = max(seen.said_at, before) if before else seen.said_at
    found = provider.look(seen.ref, said_at=said_at)
    return found if found is None or found.tenant_id == seen.tenant_id else None


def _follow(seen: SubscriptionSeen | None, before: datetime | None, follow: Follow) -> str:
    if seen is None:
        return "The provider no longer names this desk"
    row = operations.lock_subscription(tenant_id=seen.tenant_id)
    if row.changed_at != before:
        raise EventNotPlaced("Another event of this subscription came at the same time. Send it again.")
    return follow(row, seen)


def _noted(provider: Provider, event: Event, act: Callable[[], str]) -> str:
    note = operations.first_time(provider=provider.name, event_ref=event.ref, kind=event.kind)
    if note is None:
        return REPEATED
    outcome = act()
    operations.conclude(note, outcome)
    _log.info("%s event %s (%s): %s", provider.name, event.ref, event.kind, outcome)
    return outcome
