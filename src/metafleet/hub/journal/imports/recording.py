"""What an import does to the journal: what is new, what is known, what differs; and back again.

Everything runs in the caller's transaction, in which the tenant is set, with the account held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from metafleet.engine.statements.folding import IN, Deal
from metafleet.hub.journal import intake
from metafleet.hub.journal.imports.history import History
from metafleet.hub.journal.imports.orders import DERIVED_BELOW
from metafleet.hub.journal.imports.sql import journal as sql
from metafleet.hub.journal.imports.zones import Clocks

_AT_ONCE: Final = 1_000
"""Deals in one statement."""
_CENT: Final = Decimal("0.005")

Conflict = dict[str, Any]


class Known(msgspec.Struct):
    """A deal as the journal has it, and whether a terminal reported it."""

    deal: Deal
    is_live: bool
    import_id: UUID | None


class Plan(msgspec.Struct):
    """What is to be recorded of a file.

    new: deals that the journal does not have. sent: those, with the entries of new exits, which it may
    have as they were before a part was closed. known: tickets that the journal has, or has by another
    name. conflicts: of the known those whose money or volume differs; the journal's stand. replaced:
    tickets that were derived of a file without tickets and now come with their own. shared: by import,
    what it brought and this file holds too.
    """

    new: list[Deal]
    sent: list[Deal]
    known: set[int]
    conflicts: list[Conflict]
    replaced: list[int]
    shared: dict[UUID, list[int]]


def hold(account_id: UUID) -> None:
    """Let nobody else record deals of the account until the transaction ends."""
    with connection.cursor() as cursor:
        intake.hold(cursor, account_id)


def known_deals(account_id: UUID, tickets: Iterable[int]) -> dict[int, Known]:
    """Return what the journal has of these tickets."""
    with connection.cursor() as cursor:
        cursor.execute(sql.KNOWN, {"account": account_id, "tickets": list(tickets)})
        return {row[0]: Known(Deal(*row[:18]), row[18], row[19]) for row in cursor.fetchall()}


def clocks(history: History, known: dict[int, Known]) -> Clocks:
    """Return the two times of every deal that a terminal reported and the file has too."""
    return [
        (deal.executed_at, found.deal.executed_at)
        for deal in history.deals
        if (found := known.get(deal.ticket)) is not None and found.is_live
    ]


def spelled(account_id: UUID, deals: list[Deal]) -> list[Deal]:
    """Return the deals with symbols as the account's terminal spells them; statements of MT4 do not."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SYMBOLS, {"account": account_id, "highest": DERIVED_BELOW})
        names = {name.casefold(): name for (name,) in cursor.fetchall()}
    return [
        deal
        if names.get(deal.symbol.casefold(), deal.symbol) == deal.symbol
        else msgspec.structs.replace(deal, symbol=names[deal.symbol.casefold()])
        for deal in deals
    ]


def plan(account_id: UUID, deals: Sequence[Deal], known: dict[int, Known]) -> Plan:
    """Compare the file's deals, their instants in UTC, with the journal."""
    twins, replaced = _twins(account_id, deals)
    found = Plan([], [], set(twins), [], replaced, {})
    by_ticket = {deal.ticket: deal for deal in deals}
    for deal in deals:
        there = known.get(deal.ticket)
        if there is None:
            if deal.ticket not in twins:
                found.new.append(deal)
                # The recorder settles an order by its two deals, one after the other.
                if deal.ticket < 0 and -deal.ticket in known and -deal.ticket in by_ticket:
                    found.sent.append(by_ticket[-deal.ticket])
                found.sent.append(deal)
            continue
        found.known.add(deal.ticket)
        if there.import_id is not None:
            found.shared.setdefault(there.import_id, []).append(deal.ticket)
        if (conflict := _conflict(deal, there.deal)) is not None:
            found.conflicts.append(conflict)
    return found


def record(account_id: UUID, import_id: UUID, planned: Plan, now: datetime) -> None:
    """Record what is new, in place of what was derived of it, and fold the trades that it touches."""
    with connection.cursor() as cursor:
        _remove(account_id, planned.replaced, now)
        for deals in _batches(planned.sent):
            # A plan that was made while the journal was empty reads a full one whole, again and again.
            cursor.execute("DISCARD PLANS")
            batch = intake.DealBatch(deals=intake.prepare(deals), account_id=account_id, import_id=import_id)
            intake.record_in_tenant(cursor, [batch], now)


def brought(account_id: UUID, import_id: UUID) -> list[int]:
    """Return the tickets that came by this import and by no terminal."""
    with connection.cursor() as cursor:
        cursor.execute(sql.BROUGHT, {"account": account_id, "import": import_id})
        return [ticket for (ticket,) in cursor.fetchall()]


def hand_over(account_id: UUID, tickets: Sequence[int], import_id: UUID, now: datetime) -> None:
    """Make these the deals of another import, which holds them too."""
    if tickets:
        values: dict[str, Any] = {
            "account": account_id,
            "tickets": list(tickets),
            "import": import_id,
            "now": now,
        }
        with connection.cursor() as cursor:
            cursor.execute(sql.HAND_OVER, values)


def remove(account_id: UUID, tickets: Sequence[int], now: datetime) -> None:
    """Remove deals, and fold again the positions that they were of."""
    _remove(account_id, tickets, now)


def _batches(deals: Sequence[Deal]) -> Iterator[Sequence[Deal]]:
    """Yield the deals by some thousands, an order's two never apart."""
    first = 0
    while first < len(deals):
        end = min(first + _AT_ONCE, len(deals))
        if end < len(deals) and deals[end].ticket == -deals[end - 1].ticket:
            end += 1
        yield deals[first:end]
        first = end


def _remove(account_id: UUID, tickets: Sequence[int], now: datetime) -> None:
    if not tickets:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.REMOVE, {"account": account_id, "tickets": list(tickets)})
        positions = sorted({position for (position,) in cursor.fetchall() if position is not None})
        intake.refold(cursor, account_id, positions, now)
        # What has no deal left needs no candles.
        cursor.execute(sql.FORGET_CANDLES, {"account": account_id, "positions": positions})


def _conflict(deal: Deal, there: Deal) -> Conflict | None:
    said, kept = _money(deal), _money(there)
    if abs(said - kept) >= _CENT:
        return {"ticket": deal.ticket, "field": "amount", "file": float(said), "journal": float(kept)}
    if deal.volume != there.volume:
        return {
            "ticket": deal.ticket,
            "field": "volume",
            "file": float(deal.volume),
            "journal": float(there.volume),
        }
    return None


def _money(deal: Deal) -> Decimal:
    return deal.profit + deal.commission + deal.swap + deal.fee


def _twins(account_id: UUID, deals: Sequence[Deal]) -> tuple[set[int], list[int]]:
    """Tell trades that come with tickets of their own in one file and without in another.

    Returns the file's derived tickets whose trade the journal has by its own, and the journal's
    derived tickets whose trade the file has by its own.
    """
    if not deals:
        return set(), []
    span: dict[str, Any] = {
        "account": account_id,
        "since": min(deal.executed_at for deal in deals),
        "until": max(deal.executed_at for deal in deals),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SPAN, span)
        there = [Deal(*row) for row in cursor.fetchall()]
    return (
        _alike(
            [deal for deal in deals if _is_derived(deal)], [deal for deal in there if not _is_derived(deal)]
        ),
        sorted(
            _alike(
                [deal for deal in there if _is_derived(deal)],
                [deal for deal in deals if not _is_derived(deal)],
            )
        ),
    )


def _alike(derived: Sequence[Deal], named: Sequence[Deal]) -> set[int]:
    """Return the derived tickets, entries with their exits, whose trade is among the named ones."""
    if not derived or not named:
        return set()
    positions = {deal.position_id for deal in named if deal.position_id is not None}
    marks: dict[object, int] = {}
    for deal in named:
        if (mark := _mark(deal)) is not None:
            marks[mark] = marks.get(mark, 0) + 1
    found: set[int] = set()
    for deal in derived:
        if deal.entry not in (None, IN):
            continue
        mark = _mark(deal)
        is_same = deal.position_id in positions
        if not is_same and marks.get(mark, 0):
            marks[mark] -= 1
            is_same = True
        if is_same:
            found |= {deal.ticket} if deal.entry is None else {deal.ticket, deal.ticket - 1}
    return found


def _mark(deal: Deal) -> object:
    """What a trade without a ticket is told by: its opening; and a deposit by its moment and amount."""
    moment = deal.executed_at.replace(microsecond=0)
    if deal.entry is None:
        return moment, _money(deal).normalize()
    if deal.entry != IN:
        return None
    price = deal.price.normalize() if deal.price is not None else None
    return moment, deal.symbol.casefold(), deal.kind, deal.volume.normalize(), price


def _is_derived(deal: Deal) -> bool:
    return deal.ticket < DERIVED_BELOW
