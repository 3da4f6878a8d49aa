"""One trade with all that is known of it. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Abs

from metafleet.hub.journal.candles import AROUND
from metafleet.hub.journal.imports.orders import DERIVED_BELOW
from metafleet.hub.journal.models import Deal, DealReason, Trade
from metafleet.hub.kernel.errors import NotFound

_TRADING: Final = (0, 1)
"""DEAL_TYPE buy and sell."""


def find_trade(*, tenant_id: UUID, trade_id: UUID) -> Trade:
    """Raises NotFound, also for another tenant's."""
    row = Trade.objects.filter(tenant_id=tenant_id, id=trade_id).first()
    if row is None:
        raise NotFound("trade")
    return row


def deals_of(trade: Trade) -> list[Deal]:
    """Return the deals that the trade is made of, in the broker's order.

    A reversal ends one part and begins the next: it is a deal of both.
    """
    found = Deal.objects.filter(
        tenant_id=trade.tenant_id,
        account_id=trade.account_id,
        position_id=trade.position_id,
        kind__in=_TRADING,
    )
    if trade.part and trade.entered_at:
        found = found.filter(executed_at__gte=trade.entered_at)
    if trade.exited_at:
        found = found.filter(executed_at__lte=trade.exited_at)
    # The exit of an MT4 order has its entry's ticket, negated, and follows it.
    return list(found.order_by("executed_at", Abs("ticket"), "-ticket"))


def reason_of(deals: Sequence[Deal]) -> tuple[str, str]:
    """Return the tag and the note that an EA gave the first of these deals that has any; empty for none."""
    if not deals:
        return "", ""
    rows = DealReason.objects.filter(
        account_id=deals[0].account_id, ticket__in=[deal.ticket for deal in deals]
    ).values_list("ticket", "tag", "note")
    said = {ticket: (tag, note) for ticket, tag, note in rows}
    return next((said[deal.ticket] for deal in deals if deal.ticket in said), ("", ""))


def ticket_of(deal: Deal) -> int | None:
    """Return the broker's number of a deal, None for one whose number nobody told.

    The exit of an MT4 order is kept under its ticket, negated.
    """
    return None if deal.ticket < DERIVED_BELOW else abs(deal.ticket)


def neighbours(trade: Trade) -> tuple[UUID | None, UUID | None]:
    """Return the trades of the tenant that come before and after this one in time, by their exits.

    Open trades have neighbours among the open ones, by their entries.
    """
    peers = Trade.objects.filter(tenant_id=trade.tenant_id)
    if trade.exited_at is None:
        return _either_side(peers.filter(exited_at=None), "entered_at", trade.entered_at, trade)
    return _either_side(peers, "exited_at", trade.exited_at, trade)


def span_of(trade: Trade, now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when a trade's chart goes; an open one's to now."""
    begins = trade.entered_at or trade.exited_at or now
    return begins - AROUND, (trade.exited_at or now) + AROUND


def _either_side(
    peers: QuerySet[Trade], column: str, at: datetime | None, trade: Trade
) -> tuple[UUID | None, UUID | None]:
    if at is None:
        return None, None
    before = Q(position_id__lt=trade.position_id) | Q(position_id=trade.position_id, id__lt=trade.id)
    after = Q(position_id__gt=trade.position_id) | Q(position_id=trade.position_id, id__gt=trade.id)
    # The first condition is for the index, the second for those of the same instant.
    earlier = peers.filter(**{f"{column}__lte": at}).filter(Q(**{f"{column}__lt": at}) | before)
    later = peers.filter(**{f"{column}__gte": at}).filter(Q(**{f"{column}__gt": at}) | after)
    down = earlier.order_by(F(column).desc(), "-position_id", "-id")
    up = later.order_by(F(column).asc(), "position_id", "id")
    return (
        down.values_list("id", flat=True).first(),
        up.values_list("id", flat=True).first(),
    )
