"""Which position each deal of a MetaTrader 5 report belongs to: the report does not say.

What is known for certain is used first: a position has the ticket of the order that opened it,
and the table of positions tells when and where each closed. What is left is told by volumes and
by money: the profit of a close is what its prices make of it. A close whose opening lies before
the report stays alone: an orphan.
Source: MetaTrader 5, POSITION_IDENTIFIER; how a reversal keeps it is in the help on positions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Final

import msgspec

from metafleet.engine.statements.folding import BUY, IN, IN_OUT, ZERO

_NEAR: Final = 0.02
"""A tick's worth in account currency moves with the rate: this far within one report."""


class Execution(msgspec.Struct, frozen=True):
    """As much of a trading deal as tells its position. `order` is 0 where the report has none."""

    ticket: int
    order: int
    symbol: str
    side: int
    entry: int
    volume: Decimal
    price: Decimal
    at: datetime
    profit: Decimal


class Held(msgspec.Struct):
    """A position: from the table of positions, or as its opening deals make it. `left` is still open."""

    ticket: int
    symbol: str
    side: int
    price: Decimal
    opened_at: datetime
    left: Decimal
    closed_at: datetime | None = None
    close_price: Decimal | None = None
    profit: Decimal | None = None


def is_netting(deals: Sequence[Execution]) -> bool:
    """Tell by the deals whether the account nets, where the report does not say.

    A reversal is only ever netting, and so is a close larger than any opening; what opens against
    an open position, or closes the side that is not open, is hedging.
    """
    if any(deal.entry == IN_OUT for deal in deals):
        return True
    held: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        signed = deal.volume if deal.side == BUY else -deal.volume
        before = held[deal.symbol]
        if deal.entry == IN and before * signed < 0:
            return False
        if deal.entry != IN and before and (before * signed > 0 or abs(signed) > abs(before)):
            return False
        held[deal.symbol] = before + signed if deal.entry == IN or before else ZERO
    largest: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        if deal.entry == IN:
            largest[deal.symbol] = max(largest[deal.symbol], deal.volume)
        elif deal.volume > largest[deal.symbol] > 0:
            return True
    return False


def link_netting(deals: Sequence[Execution], table: Sequence[Held]) -> dict[int, int]:
    """Return deal ticket → position id for an account with one position per symbol. Deals oldest first."""
    rows: dict[str, list[Held]] = defaultdict(list)
    for row in table:
        rows[row.symbol].append(row)
    orders = {deal.order for deal in deals}
    links: dict[int, int] = {}
    held: dict[str, tuple[int, Decimal]] = {}
    for deal in deals:
        position, open_volume = held.get(deal.symbol, (0, ZERO))
        signed = deal.volume if deal.side == BUY else -deal.volume
        if not open_volume:
            position = _begun(deal, rows[deal.symbol], orders)
        links[deal.ticket] = position
        if open_volume or deal.entry == IN:
            held[deal.symbol] = (position, _after(deal, open_volume, signed))
    return links


def _begun(deal: Execution, rows: Iterable[Held], orders: set[int]) -> int:
    """The position that this deal begins, or that was open before the report's first deal."""
    older = (
        row.ticket
        for row in rows
        if row.ticket not in orders and row.opened_at < deal.at <= (row.closed_at or deal.at)
    )
    own = deal.order or deal.ticket if deal.entry == IN else deal.ticket
    return next(older, own)


def _after(deal: Execution, open_volume: Decimal, signed: Decimal) -> Decimal:
    after = open_volume + signed
    is_past_zero = open_volume and after * open_volume < 0
    return ZERO if is_past_zero and deal.entry not in (IN, IN_OUT) else after


def link_hedging(deals: Sequence[Execution], table: Sequence[Held]) -> dict[int, int]:
    """Return deal ticket → position id for an account where every order opens its own. Deals oldest first."""
    links = {deal.ticket: deal.order or deal.ticket for deal in deals if deal.entry == IN}
    exits = [deal for deal in deals if deal.entry != IN]
    positions = _positions(deals, table)
    worth: dict[str, list[float]] = defaultdict(list)
    _link_whole(exits, positions, links, worth)
    open_by_symbol: dict[tuple[str, int], list[Held]] = defaultdict(list)
    for held in positions.values():
        open_by_symbol[held.symbol, held.side].append(held)
    rest = [(deal, _candidates(deal, open_by_symbol)) for deal in exits if deal.ticket not in links]
    _vote(rest, worth)
    for deal, _ in rest:
        found = _candidates(deal, open_by_symbol)
        best = min(found, key=lambda held: _misfit(deal, held, worth[deal.symbol]), default=None)
        links[deal.ticket] = deal.ticket if best is None else best.ticket
        if best is not None:
            best.left -= deal.volume
    return links


def _positions(deals: Sequence[Execution], table: Sequence[Held]) -> dict[int, Held]:
    positions = {row.ticket: row for row in table}
    opened: dict[int, Held] = {}
    for deal in deals:
        ticket = deal.order or deal.ticket
        if deal.entry != IN or ticket in positions:
            continue
        held = opened.get(ticket)
        if held is None:
            opened[ticket] = Held(ticket, deal.symbol, deal.side, deal.price, deal.at, deal.volume)
        else:  # an order that was filled in parts
            held.price = (held.price * held.left + deal.price * deal.volume) / (held.left + deal.volume)
            held.left += deal.volume
    return positions | opened


def _link_whole(
    exits: Sequence[Execution],
    positions: dict[int, Held],
    links: dict[int, int],
    worth: dict[str, list[float]],
) -> None:
    """Link what the table of positions shows to be closed in one go: same time, price and volume."""
    rows: dict[tuple[str, int, datetime | None, Decimal | None, Decimal], list[Held]] = defaultdict(list)
    for held in positions.values():
        if held.closed_at is not None:
            rows[held.symbol, held.side, held.closed_at, held.close_price, held.left].append(held)
    for deal in exits:
        alike = rows.get((deal.symbol, 1 - deal.side, deal.at, deal.price, deal.volume))
        if not alike:
            continue
        # Several that closed at one price in one second: the money tells them apart.
        held = min(alike, key=lambda row: abs((row.profit or ZERO) - deal.profit))
        if held.profit is not None and len(alike) == 1 and held.profit != deal.profit:
            continue
        alike.remove(held)
        links[deal.ticket] = held.ticket
        held.left = ZERO
        _note_worth(deal, held, worth)


def _candidates(deal: Execution, by_symbol: dict[tuple[str, int], list[Held]]) -> list[Held]:
    return [
        held
        for held in by_symbol[deal.symbol, 1 - deal.side]
        if held.left >= deal.volume
        and held.opened_at <= deal.at
        and (held.closed_at is None or deal.at <= held.closed_at)
    ]


def _moved(deal: Execution, held: Held) -> float:
    """How far the price went for the position, times lots."""
    distance = deal.price - held.price if held.side == BUY else held.price - deal.price
    return float(distance * deal.volume)


def _note_worth(deal: Execution, held: Held, worth: dict[str, list[float]]) -> None:
    moved = _moved(deal, held)
    if moved and deal.profit:
        worth[deal.symbol].append(float(deal.profit) / moved)


def _vote(rest: Sequence[tuple[Execution, list[Held]]], worth: dict[str, list[float]]) -> None:
    """Find what a move is worth where no certain close tells: the worth on which most closes agree."""
    for deal, found in rest:
        if len(found) == 1:
            _note_worth(deal, found[0], worth)
    for symbol in {deal.symbol for deal, _ in rest} - {symbol for symbol, known in worth.items() if known}:
        options = [
            [float(deal.profit) / moved for held in found if (moved := _moved(deal, held))]
            for deal, found in rest
            if deal.symbol == symbol and deal.profit
        ]
        tried = [worth_of for each in options for worth_of in each if worth_of > 0][:200]
        if tried:
            worth[symbol].append(max(tried, key=lambda value: _agreeing(value, options)))


def _agreeing(value: float, options: Sequence[Sequence[float]]) -> int:
    return sum(any(abs(other - value) <= _NEAR * value for other in each) for each in options)


def _misfit(deal: Execution, held: Held, worth: Sequence[float]) -> tuple[float, bool, datetime, int]:
    """How badly the money fits; among equals the whole position, then the oldest."""
    wrong = abs(median(worth) * _moved(deal, held) - float(deal.profit)) if worth else 0.0
    # Rates move, so small differences tell nothing.
    blurred = round(wrong / (abs(float(deal.profit)) * _NEAR + 0.02))
    return float(blurred), held.left != deal.volume, held.opened_at, held.ticket
