"""Orders that wait: which of them a tick fires, what becomes of them then, and those whose time is over.

Source: a limit waits for its price or a better one, a stop for its price or a worse one, buys look at the ask
and sells at the bid; on an exchange's symbol that is charted from last prices, a stop waits for the last one;
a stop-limit becomes a limit order when its stop is reached and stays the same order.
"""

from __future__ import annotations

import math

import msgspec

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book
from metafleet.engine.broker.booking import side_of
from metafleet.engine.broker.dealing import drawn, is_due, slipped_price
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.expiry import (
    DAY_MSC,
    GTC_DAILY,
    NEVER_MSC,
    order_expires_msc,
)
from metafleet.engine.broker.filling import fill, finish, finish_filled, target_of
from metafleet.engine.broker.prices import is_limit, is_stop_limit, market_price
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    COMMENT_LENGTH,
    ORDER_BUY_LIMIT,
    STATE_CANCELED,
    STATE_EXPIRED,
    STATE_PLACED,
    Order,
)
from metafleet.engine.broker.valuation import lacks_money
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

_replace = msgspec.structs.replace


def waits_for(order: Order) -> tuple[float, bool]:
    """Return the price that an order waits for, and whether it fires at or below it, else at or above."""
    sells = bool(order.type & 1)
    if order.type < ORDER_BUY_LIMIT:
        # What is left of an order at market takes any price.
        return math.inf, True
    if order.activated_msc:
        return order.price_stoplimit, not sells
    return order.price_open, is_limit(order.type) != sells


def awaits_last(order: Order, spec: SymbolSpec) -> bool:
    """Say whether an order waits for the last price, not for bid or ask."""
    if not spec.stops_at_last or order.type < ORDER_BUY_LIMIT:
        return False
    return not is_limit(order.type) and not order.activated_msc


def fires(order: Order, tick: Tick, spec: SymbolSpec) -> bool:
    """Say whether a tick of its symbol reaches an order."""
    price, below = waits_for(order)
    market = tick.last_or_bid if awaits_last(order, spec) else market_price(order.type, tick)
    return market <= price if below else market >= price


def activate_pendings(draft: Draft, tick: Tick) -> None:
    """Execute the orders that a tick reaches, by ticket, at its price. Raises NoRate."""
    spec = draft.spec(tick.symbol)
    for order in draft.book.orders:
        if order.symbol == tick.symbol and fires(order, tick, spec) and _is_due(draft, order, tick):
            if is_stop_limit(order.type) and not order.activated_msc:
                _become_limit(draft, order)
            else:
                _execute(draft, order, tick)


def _become_limit(draft: Draft, order: Order) -> None:
    waiting = _replace(order, activated_msc=draft.quotes.now_msc)
    orders = tuple(waiting if one is order else one for one in draft.book.orders)
    draft.book = _replace(draft.book, orders=orders)


def _execute(draft: Draft, order: Order, tick: Tick) -> None:
    _drop(draft, order)
    before, deals = draft.book, len(draft.deals)
    price = _fill_price(draft, order, tick)
    if order.position_id and before.identified(order.position_id) is None:
        # What it was to close, or to go on with, has been closed in the meantime.
        finish(draft, order, STATE_CANCELED, price)
        return
    deal = fill(draft, order, order.volume_current, price)
    code = _refusal(draft, before, order)
    if code is None:
        finish_filled(draft, order, deal)
        return
    draft.back_to(before, deals)
    why = f"[{retcodes.COMMENTS[code].lower()}]"
    finish(draft, order, STATE_CANCELED, price, comment=why[:COMMENT_LENGTH])


def _is_due(draft: Draft, order: Order, tick: Tick) -> bool:
    """Say whether an order at market that waits for its dealer has waited long enough."""
    is_answered_only = order.type < ORDER_BUY_LIMIT and order.state == STATE_PLACED
    return not is_answered_only or is_due(order, tick, draft.terms.dealing)


def _fill_price(draft: Draft, order: Order, tick: Tick) -> float:
    """Return what a firing order is executed at: a limit at the quote, another one as the dealer does."""
    waited_for_better = is_limit(order.type) or is_stop_limit(order.type)
    if waited_for_better:
        return market_price(order.type, tick)
    draw = drawn(draft.terms.dealing, draft.book.login, order.ticket, tick.time_msc)
    return slipped_price(order.type, tick, draw.points, draft.spec(order.symbol))


def _refusal(draft: Draft, before: Book, order: Order) -> int | None:
    """Return why an order that has fired cannot be executed after all; one that only closes always can."""
    target = target_of(before, order)
    if target is not None and (target.side == "sell") != bool(order.type & 1):
        if order.volume_current <= target.volume:
            return None
    elif target is None and len(before.positions) >= draft.terms.max_positions:
        return retcodes.LIMIT_POSITIONS
    elif not draft.terms.hedges and before.holds_against(order.symbol, side_of(order.type)):
        return retcodes.HEDGE_PROHIBITED
    return retcodes.NO_MONEY if lacks_money(draft.book, draft.deals[-1], draft.quotes) else None


def cancel_order(draft: Draft, order: Order, comment: str) -> None:
    """Let the server take an order away that waits."""
    _drop(draft, order)
    tick = draft.quotes.last(order.symbol)
    finish(draft, order, STATE_CANCELED, market_price(order.type, tick) if tick else 0.0, comment=comment)


def _drop(draft: Draft, order: Order) -> None:
    draft.book = _replace(draft.book, orders=tuple(one for one in draft.book.orders if one is not order))


def expire_pendings(draft: Draft) -> None:
    """End the orders whose time is over."""
    for order in draft.book.orders:
        if order_expires_msc(order, draft.spec(order.symbol)) <= draft.quotes.now_msc:
            _drop(draft, order)
            tick = draft.quotes.last(order.symbol)
            finish(draft, order, STATE_EXPIRED, market_price(order.type, tick) if tick else 0.0)


def drop_daily_levels(draft: Draft) -> None:
    """Take the levels of positions away whose symbol keeps them for a day only, when their day has ended."""
    today_msc = draft.quotes.now_msc // DAY_MSC * DAY_MSC
    kept = tuple(
        _replace(held, sl=None, tp=None)
        if held.time_update_msc < today_msc and draft.spec(held.symbol).gtc_mode == GTC_DAILY
        else held
        for held in draft.book.positions
    )
    draft.book = _replace(draft.book, positions=kept)


def next_expiry_msc(book: Book, quotes: Quotes) -> int:
    """Return when the first of the waiting orders is over."""
    return min(
        (order_expires_msc(order, quotes.specs[order.symbol]) for order in book.orders), default=NEVER_MSC
    )
