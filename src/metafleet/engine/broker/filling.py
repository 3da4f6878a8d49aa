"""Executing an order: what its deal does to the account's positions, hedging or netting."""

from __future__ import annotations

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.booking import book_addition, book_closing, book_opening, book_turn, side_of
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.records import STATE_FILLED, Deal, Order

_TOLERANCE = 1e-8


def target_of(book: Book, order: Order) -> OpenPosition | None:
    """Return the position that an order's deal will change; None when it opens one."""
    if not book.is_hedging:
        return book.net_position(order.symbol)
    return book.identified(order.position_id) if order.position_id else None


def fill(draft: Draft, order: Order, volume: float, price: float) -> Deal:
    """Execute so many lots of an order at a price. Raises NoRate."""
    target = target_of(draft.book, order)
    if target is None:
        return book_opening(draft, order, volume, price)
    if target.side == side_of(order.type):
        return book_addition(draft, order, target, volume, price)
    if volume <= target.volume + _TOLERANCE:
        return book_closing(draft, order, target, min(volume, target.volume), price)
    return book_turn(draft, order, target, volume, price)


def finish(draft: Draft, order: Order, state: int, price: float, **changed: object) -> None:
    """Move an order to the finished ones. price: the market's at that moment."""
    done = msgspec.structs.replace(
        order, state=state, time_done_msc=draft.quotes.now_msc, price_current=price, **changed
    )
    draft.orders.append(done)


def finish_filled(draft: Draft, order: Order, deal: Deal) -> None:
    """Move an order that was executed to its end to the finished ones."""
    finish(draft, order, STATE_FILLED, deal.price, volume_current=0.0, position_id=deal.position_id)
