"""Writing into the book: deposits, openings, closings, turns, changed stops. Each moves a draft on.

Money is rounded to cents here and nowhere later: a book's balance is exactly the sum of its deals.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Tickets
from metafleet.engine.broker.charges import Charge, Execution, charged
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.money import ZERO, exact, rounded
from metafleet.engine.broker.records import (
    COMMENT_LENGTH,
    DEAL_BALANCE,
    ENTRY_IN,
    ENTRY_INOUT,
    ENTRY_OUT,
    REASON_CLIENT,
    REASON_ROLLOVER,
    Deal,
    Order,
    Side,
)
from metafleet.engine.broker.valuation import margin_per_lot, profit

_replace = msgspec.structs.replace

_BLANK: Final = Deal(
    ticket=0,
    order=0,
    position_id=0,
    symbol="",
    type=0,
    entry=0,
    volume=0.0,
    price=0.0,
    time_msc=0,
    profit=ZERO,
    commission=ZERO,
    swap=ZERO,
    fee=ZERO,
    magic=0,
    comment="",
    reason=0,
)


def side_of(kind: int) -> Side:
    """Return the side that an order of this type trades."""
    return "sell" if kind & 1 else "buy"


def book_deposit(book: Book, amount: Decimal, now_msc: int, tickets: Tickets) -> tuple[Book, Deal]:
    """Add a balance operation (a withdrawal when negative)."""
    amount = rounded(amount, book.currency)
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
    return _replace(book, balance=book.balance + amount), deal


def book_opening(draft: Draft, order: Order, volume: float, price: float) -> Deal:
    """Open a position of so many lots for an order. Raises NoRate."""
    side = side_of(order.type)
    position = OpenPosition(
        ticket=order.ticket,
        identifier=order.ticket,
        symbol=order.symbol,
        side=side,
        volume=volume,
        price_open=price,
        sl=order.sl or None,
        tp=order.tp or None,
        swap=ZERO,
        time_msc=draft.quotes.now_msc,
        time_update_msc=draft.quotes.now_msc,
        magic=order.magic,
        comment=order.comment,
        reason=order.reason,
        margin_per_lot=_margin_per_lot(draft, order, price),
    )
    held = _with(draft.book.positions, position)
    return _booked(draft, order, position, ENTRY_IN, volume, price, held)


def book_addition(draft: Draft, order: Order, position: OpenPosition, volume: float, price: float) -> Deal:
    """Add lots to a position at its volume-weighted price; the order's levels replace its own. Raises NoRate.

    What a lot of it costs in margin becomes the average likewise.
    """
    old, new = exact(position.volume), exact(volume)
    lots = old + new
    average = (old * exact(position.price_open) + new * exact(price)) / lots
    each = (old * position.margin_per_lot + new * _margin_per_lot(draft, order, price)) / lots
    grown = _replace(
        position,
        volume=float(lots),
        price_open=float(average),
        sl=order.sl or None,
        tp=order.tp or None,
        time_update_msc=draft.quotes.now_msc,
        margin_per_lot=each.quantize(Decimal("0.000001")),
    )
    return _booked(draft, order, grown, ENTRY_IN, volume, price, replaced(draft.book, grown))


def book_closing(
    draft: Draft,
    order: Order,
    position: OpenPosition,
    volume: float,
    price: float,
    entry: int = ENTRY_OUT,
    gain: Decimal | None = None,
) -> Deal:
    """Close so many lots of a position; its swap so far is realised in proportion. Raises NoRate.

    gain: the profit where it is not what the price makes.
    """
    left = round(position.volume - volume, 8)
    swap = position.swap
    if left > 0 and swap:
        swap = rounded(swap * exact(volume) / exact(position.volume), draft.book.currency)
    if gain is None:
        gain = profit(position, volume, price, draft.book.currency, draft.quotes)
    rest = _replace(position, volume=left, swap=position.swap - swap, time_update_msc=draft.quotes.now_msc)
    return _booked(draft, order, position, entry, volume, price, replaced(draft.book, rest), gain, swap)


def book_reopening(draft: Draft, order: Order, position: OpenPosition, price: float) -> Deal:
    """Open a position again that a rollover has just closed: all as before but ticket and price."""
    again = _replace(
        position,
        ticket=order.ticket,
        price_open=price,
        swap=ZERO,
        time_update_msc=draft.quotes.now_msc,
    )
    held = _with(draft.book.positions, again)
    return _booked(draft, order, again, ENTRY_IN, again.volume, price, held)


def book_turn(draft: Draft, order: Order, position: OpenPosition, volume: float, price: float) -> Deal:
    """Close a position and open what the order has left the other way, by one deal. Raises NoRate.

    The identifier survives; ticket, levels, magic and comment become the order's.
    """
    gain = profit(position, position.volume, price, draft.book.currency, draft.quotes)
    turned = OpenPosition(
        ticket=order.ticket,
        identifier=position.identifier,
        symbol=position.symbol,
        side=side_of(order.type),
        volume=round(volume - position.volume, 8),
        price_open=price,
        sl=order.sl or None,
        tp=order.tp or None,
        swap=ZERO,
        time_msc=draft.quotes.now_msc,
        time_update_msc=draft.quotes.now_msc,
        magic=order.magic,
        comment=order.comment,
        reason=order.reason,
        margin_per_lot=_margin_per_lot(draft, order, price),
    )
    held = _with(tuple(one for one in draft.book.positions if one is not position), turned)
    return _booked(draft, order, turned, ENTRY_INOUT, volume, price, held, gain, position.swap)


def book_stops(draft: Draft, position: OpenPosition, sl: float | None, tp: float | None) -> None:
    """Set both levels of a position; None removes one."""
    changed = _replace(position, sl=sl, tp=tp, time_update_msc=draft.quotes.now_msc)
    draft.book = _replace(draft.book, positions=replaced(draft.book, changed))


def replaced(book: Book, changed: OpenPosition) -> tuple[OpenPosition, ...]:
    """Return the book's positions with this one in its place; gone when nothing is left of it."""
    if changed.volume > 0:
        return tuple(changed if held.ticket == changed.ticket else held for held in book.positions)
    return tuple(held for held in book.positions if held.ticket != changed.ticket)


def _with(positions: tuple[OpenPosition, ...], new: OpenPosition) -> tuple[OpenPosition, ...]:
    """Return positions with a new one, by ticket: an old pending's is not the greatest."""
    if positions and positions[-1].ticket > new.ticket:
        return tuple(sorted((*positions, new), key=lambda held: held.ticket))
    return (*positions, new)


def _booked(  # noqa: PLR0913, PLR0917 - a deal is all of these
    draft: Draft,
    order: Order,
    position: OpenPosition,
    entry: int,
    volume: float,
    price: float,
    positions: tuple[OpenPosition, ...],
    gain: Decimal = ZERO,
    swap: Decimal = ZERO,
) -> Deal:
    """Write the deal of an order that left these positions. A rollover is no trade and is charged nothing."""
    terms, opened = draft.terms, position.volume if entry == ENTRY_INOUT else volume * (entry == ENTRY_IN)
    done = Execution(draft.spec(position.symbol), volume, opened, price)
    is_free = order.reason == REASON_ROLLOVER
    # Python takes a slower way to call with more than fifteen keywords.
    deal = _replace(
        _BLANK,
        ticket=draft.tickets.deal(),
        order=order.ticket,
        position_id=position.identifier,
        symbol=position.symbol,
        type=_deal_type(order, position),
        entry=entry,
        volume=volume,
        price=price,
        time_msc=draft.quotes.now_msc,
        profit=gain,
        commission=ZERO if is_free else _charged(terms.commissions, done, draft),
        magic=order.magic,
        comment=order.comment,
        reason=order.reason,
    )
    fee = ZERO if is_free else _charged(terms.fees, done, draft)
    deal = _replace(deal, swap=swap, fee=fee, sl=position.sl, tp=position.tp)
    draft.book = _replace(draft.book, balance=draft.book.balance + deal.net, positions=positions)
    draft.deals.append(deal)
    return deal


def _deal_type(order: Order, position: OpenPosition) -> int:
    """Return the side traded; a close-by's is opposite to the position that it closes."""
    if order.type < 8:
        return order.type & 1
    return 1 if position.side == "buy" else 0


def _margin_per_lot(draft: Draft, order: Order, price: float) -> Decimal:
    book, spec = draft.book, draft.spec(order.symbol)
    return margin_per_lot(spec, side_of(order.type), price, book.leverage, book.currency, draft.quotes)


def _charged(charges: tuple[Charge, ...], done: Execution, draft: Draft) -> Decimal:
    return charged(charges, done, draft.book.currency, draft.quotes) if charges else ZERO


def kept_comment(text: str) -> str:
    """Return as much of a comment as a server keeps."""
    return text[:COMMENT_LENGTH]
