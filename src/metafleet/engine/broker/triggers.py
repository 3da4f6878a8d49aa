"""What a tick sets off: stop losses, take profits, and the stop-out."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.booking import book_closing
from metafleet.engine.broker.dealing import drawn, slipped_price
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.filling import finish_filled
from metafleet.engine.broker.money import ZERO
from metafleet.engine.broker.pendings import activate_pendings, cancel_order
from metafleet.engine.broker.prices import level_price
from metafleet.engine.broker.records import (
    COMMENT_LENGTH,
    ORDER_BUY,
    ORDER_SELL,
    REASON_SL,
    REASON_SO,
    REASON_TP,
    STATE_STARTED,
    Deal,
    Order,
)
from metafleet.engine.broker.valuation import (
    close_price,
    equity,
    floating,
    is_fully_hedged,
    is_under,
    reservation,
    used_margin,
)
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How the server leaves a position, or a part of it. reason: DEAL_REASON.

    level: what was reached, 0 for none.
    """

    volume: float
    price: float
    reason: int
    comment: str
    level: float = 0.0


def triggered(book: Book, tick: Tick, spec: SymbolSpec) -> list[tuple[OpenPosition, Exit]]:
    """Return the positions whose stop loss or take profit this tick reaches, by ticket.

    Both fill at the tick's price: a gap beyond a stop fills at the gap, a gap beyond a target fills better.
    Where they look at the last price they are executed at bid or ask, whatever was dealt.
    """
    found = []
    for position in book.positions:
        if position.symbol == tick.symbol:
            leave = _exit(position, level_price(position.side, tick, spec), spec.digits)
            if leave is not None and spec.stops_at_last:
                leave = msgspec.structs.replace(leave, price=close_price(position.side, tick))
            if leave is not None:
                found.append((position, leave))
    return found


def _exit(position: OpenPosition, price: float, digits: int) -> Exit | None:
    sign = 1 if position.side == "buy" else -1
    if position.sl is not None and sign * (price - position.sl) <= 0:
        reason, comment, level = REASON_SL, f"[sl {position.sl:.{digits}f}]", position.sl
    elif position.tp is not None and sign * (price - position.tp) >= 0:
        reason, comment, level = REASON_TP, f"[tp {position.tp:.{digits}f}]", position.tp
    else:
        return None
    return Exit(volume=position.volume, price=price, reason=reason, comment=comment, level=level)


def run_triggers(draft: Draft, tick: Tick) -> None:
    """Do what a tick sets off: levels, waiting orders, levels of what these opened, and then the stop-out.

    Raises NoRate.
    """
    _leave_triggered(draft, tick)
    if draft.book.orders:
        opened = len(draft.deals)
        activate_pendings(draft, tick)
        if len(draft.deals) > opened:
            _leave_triggered(draft, tick)
    stop_out(draft)


def _leave_triggered(draft: Draft, tick: Tick) -> None:
    for position, leave in triggered(draft.book, tick, draft.spec(tick.symbol)):
        leave_position(draft, position, _as_dealt(draft, position, leave, tick))


def _as_dealt(draft: Draft, position: OpenPosition, leave: Exit, tick: Tick) -> Exit:
    """Return an exit as the dealer executes it: a stop at market, a target at its price or better."""
    if leave.reason == REASON_TP or draft.terms.dealing.is_fair:
        return leave
    draw = drawn(draft.terms.dealing, draft.book.login, position.ticket, tick.time_msc)
    kind = ORDER_SELL if position.side == "buy" else ORDER_BUY
    price = slipped_price(kind, tick, draw.points, draft.spec(tick.symbol))
    return msgspec.structs.replace(leave, price=price)


def leave_position(draft: Draft, position: OpenPosition, leave: Exit) -> Deal:
    """Let the server close a position, or a part of it, by an order of its own. Raises NoRate."""
    order = Order(
        ticket=draft.tickets.order(),
        symbol=position.symbol,
        type=ORDER_SELL if position.side == "buy" else ORDER_BUY,
        state=STATE_STARTED,
        time_setup_msc=draft.quotes.now_msc,
        magic=position.magic,
        position_id=position.identifier,
        reason=leave.reason,
        volume_initial=leave.volume,
        volume_current=leave.volume,
        price_open=leave.level or leave.price,
        comment=leave.comment,
    )
    deal = book_closing(draft, order, position, leave.volume, leave.price)
    finish_filled(draft, order, deal)
    return deal


def stop_out(draft: Draft) -> None:
    """Free margin as long as the account has too little. Raises NoRate.

    1. Orders that wait and reserve margin are cancelled, the largest reservation first.
    2. Positions are closed, the largest loss first; a symbol that is closed cannot be traded, so they stay.

    After each of them the account is looked at anew. One whose volumes are all covered is left alone while
    it has equity.
    """
    while (comment := _shortage(draft)) is not None:
        if not _cancel_largest(draft, comment) and not _close_worst(draft, comment):
            return


def _shortage(draft: Draft) -> str | None:
    """Return the comment of what has to go because the margin level is too low; None when it is not."""
    book, terms = draft.book, draft.terms
    if not book.positions and not book.orders:
        return None
    used, worth = used_margin(book, draft.quotes), equity(book, draft.quotes)
    if not is_under(terms.stop_out, worth, used, terms):
        return None
    covered = book.positions and is_fully_hedged(book.positions) and worth > 0
    return None if covered else _so_comment(worth, used)


def _cancel_largest(draft: Draft, comment: str) -> bool:
    reserved = [(reservation(order, draft.book, draft.quotes), order) for order in draft.book.orders]
    amount, largest = max(reserved, key=lambda pair: pair[0], default=(ZERO, None))
    if largest is None or not amount:
        return False
    cancel_order(draft, largest, comment)
    return True


def _close_worst(draft: Draft, comment: str) -> bool:
    book, quotes = draft.book, draft.quotes
    candidates = [position for position in book.positions if quotes.is_open(position.symbol)]
    if not candidates:
        return False
    worst = min(candidates, key=lambda held: (floating(held, book.currency, quotes) + held.swap, held.ticket))
    tick = quotes.last(worst.symbol)
    assert tick is not None, "an open symbol has a tick"  # noqa: S101 -- narrows the type
    price = close_price(worst.side, tick)
    leave_position(draft, worst, Exit(volume=worst.volume, price=price, reason=REASON_SO, comment=comment))
    return True


def _so_comment(worth: Decimal, used: Decimal) -> str:
    """Return margin level, equity and margin as MetaTrader writes them into a stop-out's comment."""
    comment = f"[so {100 * worth / used:.2f}%/{worth:.2f}/{used:.2f}]"
    return comment if len(comment) <= COMMENT_LENGTH else f"[so {100 * worth / used:.2f}%]"
