"""Writing into the book: deposits, openings, closings, changed stops. Each returns a new book.

Money is rounded to cents here and nowhere later: a book's balance is exactly the sum of its deals.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Terms, Tickets
from metafleet.engine.broker.conversion import convert
from metafleet.engine.broker.money import ZERO, cents, exact
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    COMMENT_LENGTH,
    DEAL_BALANCE,
    DEAL_BUY,
    DEAL_SELL,
    ENTRY_IN,
    ENTRY_OUT,
    REASON_CLIENT,
    REASON_EXPERT,
    Deal,
    OrderRequest,
)
from metafleet.engine.broker.validation import level, snapped
from metafleet.engine.broker.valuation import margin_per_lot, open_price, profit
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import CALC_FOREX, SymbolSpec


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How a position, or a part of it, is left. reason: DEAL_REASON. magic 0: the position's."""

    volume: float
    price: float
    reason: int
    comment: str
    magic: int = 0


def book_deposit(book: Book, amount: Decimal, now_msc: int, tickets: Tickets) -> tuple[Book, Deal]:
    """Add a balance operation (a withdrawal when negative)."""
    amount = cents(amount)
    deal = Deal(
        ticket=tickets.deal(),
        order=0,
        position_id=0,
        symbol="",
        type=DEAL_BALANCE,
        entry=ENTRY_IN,
        volume=0.0,
        price=0.0,
        time_msc=now_msc,
        profit=amount,
        commission=ZERO,
        swap=ZERO,
        fee=ZERO,
        magic=0,
        comment="Deposit" if amount >= 0 else "Withdrawal",
        reason=REASON_CLIENT,
    )
    return msgspec.structs.replace(book, balance=book.balance + amount), deal


def book_opening(
    book: Book, order: OrderRequest, tick: Tick, quotes: Quotes, terms: Terms, tickets: Tickets
) -> tuple[Book, Deal]:
    """Open a checked order's position at the tick's price. Raises NoRate."""
    assert order.side is not None, "validated"  # noqa: S101 -- narrows the type
    spec = quotes.specs[order.symbol]
    price = open_price(order.side, tick)
    position = OpenPosition(
        ticket=tickets.order(),
        symbol=spec.name,
        side=order.side,
        volume=snapped(order.volume, spec),
        price_open=price,
        sl=level(order.sl, spec.digits),
        tp=level(order.tp, spec.digits),
        swap=ZERO,
        time_msc=quotes.now_msc,
        magic=order.magic,
        comment=order.comment[:COMMENT_LENGTH],
        margin_per_lot=margin_per_lot(spec, order.side, price, book.leverage, book.currency, quotes),
    )
    leave = Exit(volume=position.volume, price=price, reason=REASON_EXPERT, comment=position.comment)
    deal = _deal(position, leave, position.ticket, ENTRY_IN, quotes, tickets)
    deal = msgspec.structs.replace(deal, commission=_commission(book, spec, position.volume, quotes, terms))
    return _booked(book, deal, (*book.positions, position)), deal


def book_closing(
    book: Book, position: OpenPosition, leave: Exit, quotes: Quotes, terms: Terms, tickets: Tickets
) -> tuple[Book, Deal]:
    """Close so many lots of a position; its swap so far is realised in proportion. Raises NoRate."""
    spec = quotes.specs[position.symbol]
    left = round(position.volume - leave.volume, 8)
    swap = position.swap
    if left > 0:
        swap = cents(swap * exact(leave.volume) / exact(position.volume))
    deal = _deal(position, leave, tickets.order(), ENTRY_OUT, quotes, tickets)
    deal = msgspec.structs.replace(
        deal,
        profit=profit(position, leave.volume, leave.price, book.currency, quotes),
        commission=_commission(book, spec, leave.volume, quotes, terms),
        swap=swap,
    )
    rest = msgspec.structs.replace(position, volume=left, swap=position.swap - swap)
    return _booked(book, deal, _replaced(book, rest)), deal


def book_stops(book: Book, position: OpenPosition, sl: float | None, tp: float | None) -> Book:
    """Set both levels of a position; None removes one."""
    changed = msgspec.structs.replace(position, sl=sl, tp=tp)
    return msgspec.structs.replace(book, positions=_replaced(book, changed))


def _deal(
    position: OpenPosition, leave: Exit, order: int, entry: int, quotes: Quotes, tickets: Tickets
) -> Deal:
    """Return the execution without its money."""
    bought = (position.side == "buy") == (entry == ENTRY_IN)
    return Deal(
        ticket=tickets.deal(),
        order=order,
        position_id=position.ticket,
        symbol=position.symbol,
        type=DEAL_BUY if bought else DEAL_SELL,
        entry=entry,
        volume=leave.volume,
        price=leave.price,
        time_msc=quotes.now_msc,
        profit=ZERO,
        commission=ZERO,
        swap=ZERO,
        fee=ZERO,
        magic=leave.magic or position.magic,
        comment=leave.comment[:COMMENT_LENGTH],
        reason=leave.reason,
        sl=position.sl,
        tp=position.tp,
    )


def _commission(book: Book, spec: SymbolSpec, volume: float, quotes: Quotes, terms: Terms) -> Decimal:
    """Return the commission of one side, zero or negative; gold and other CFDs pay by their spread."""
    if spec.calc_mode != CALC_FOREX or not terms.commission:
        return ZERO
    return cents(convert(-terms.commission * exact(volume), "USD", book.currency, quotes))


def _booked(book: Book, deal: Deal, positions: tuple[OpenPosition, ...]) -> Book:
    return msgspec.structs.replace(book, balance=book.balance + deal.net, positions=positions)


def _replaced(book: Book, changed: OpenPosition) -> tuple[OpenPosition, ...]:
    """Return the book's positions with this one in its place; gone when nothing is left of it."""
    kept = ((changed if p.ticket == changed.ticket else p) for p in book.positions)
    return tuple(p for p in kept if p.volume > 0)
