"""One request: check it, price it, book it, and see whether the money suffices. Nothing is changed here."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, Outcome, Terms, Tickets
from metafleet.engine.broker.booking import book_closing, book_stops, kept_comment
from metafleet.engine.broker.case import Case
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.dealing import Draw, drawn, slipped_price
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.expiry import shown_expiration
from metafleet.engine.broker.filling import fill, finish, finish_filled
from metafleet.engine.broker.money import ZERO, cents
from metafleet.engine.broker.prices import is_limit, is_stop_limit, is_through, market_price
from metafleet.engine.broker.purse import Purse
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    ENTRY_OUT_BY,
    FILLING_FOK,
    FILLING_RETURN,
    ORDER_CLOSE_BY,
    STATE_CANCELED,
    STATE_PARTIAL,
    STATE_PLACED,
    TIME_GTC,
    Deal,
    Order,
    OrderResult,
)
from metafleet.engine.broker.requests import (
    ACTION_CLOSE_BY,
    ACTION_DEAL,
    ACTION_MODIFY,
    ACTION_PENDING,
    ACTION_REMOVE,
    ACTION_SLTP,
    TradeCheck,
    TradeRequest,
)
from metafleet.engine.broker.validation import examined, is_whole, level, snapped
from metafleet.engine.broker.valuation import (
    equity,
    lacks_money,
    profit_and_equity,
    reservation,
    used_margin,
)
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import EXECUTION_EXCHANGE, EXECUTION_INSTANT, EXECUTION_REQUEST

_ANY_DEVIATION: Final = 1 << 62

_replace = msgspec.structs.replace


def refused(code: int) -> OrderResult:
    """Return the result of a request that changed nothing."""
    return OrderResult(retcode=code, comment=retcodes.COMMENTS[code])


def execute(draft: Draft, request: TradeRequest, number: int) -> Outcome:
    """Return what the request leads to at the market's last prices; a refusal leaves the book as it is.

    number: the request's of its session; the dealer's chance depends on it.
    """
    book, quotes, terms = draft.book, draft.quotes, draft.terms
    case = examined(book, quotes, request, terms, draft.tickets.next_order)
    if isinstance(case, int):
        return Outcome(book, (), _refusal(case, request, quotes))
    try:
        result = _carried_out(draft, case, drawn(terms.dealing, book.login, number, quotes.now_msc))
    except NoRate:
        return Outcome(book, (), refused(retcodes.PRICE_OFF))
    return draft.outcome(result) if result.retcode in _HAPPENED else Outcome(book, (), result)


_HAPPENED: Final = (retcodes.PLACED, retcodes.DONE, retcodes.DONE_PARTIAL, retcodes.TIMEOUT)


def check(
    book: Book,
    quotes: Quotes,
    request: TradeRequest,
    terms: Terms,
    tickets: Tickets,
    purse: Purse | None = None,
) -> TradeCheck:
    """Return what `execute` would answer, and the account's money then. purse: as of a Draft.

    Opening costs neither spread nor commission here: a program sees the equity that it has, and the margin
    that it would have. There is no requote.
    """
    trial = Tickets(tickets.next_order, tickets.next_deal)
    if request.deviation >= 0:
        request = _replace(request, deviation=_ANY_DEVIATION)
    case = examined(book, quotes, request, terms, trial.next_order)
    if isinstance(case, int):
        return _checked(case, ZERO, ZERO, ZERO, ZERO)
    draft = Draft(book, quotes, terms, trial, purse)
    try:
        result = _carried_out(draft, case, Draw())
        seen = book if case.opening else draft.book
        profit, worth = profit_and_equity(seen, quotes)
        used = used_margin(draft.book, quotes)
    except NoRate:
        return _checked(retcodes.PRICE_OFF, ZERO, ZERO, ZERO, ZERO)
    code = retcodes.CHECKED if result.retcode in _HAPPENED else result.retcode
    return _checked(code, seen.balance, worth, profit, used)


def _checked(code: int, balance: Decimal, worth: Decimal, profit: Decimal, used: Decimal) -> TradeCheck:
    return TradeCheck(
        retcode=code,
        comment=retcodes.COMMENTS[code],
        balance=balance,
        equity=worth,
        profit=profit,
        margin=used,
        margin_free=worth - used,
        margin_level=cents(100 * worth / used) if used else None,
    )


def _refusal(code: int, request: TradeRequest, quotes: Quotes) -> OrderResult:
    if code != retcodes.REQUOTE:
        return refused(code)
    tick = quotes.last(request.symbol)
    return _replace(refused(code), bid=tick.bid, ask=tick.ask) if tick else refused(code)


def _carried_out(draft: Draft, case: Case, draw: Draw) -> OrderResult:
    """Do what is asked, if the dealer does; only a code of _HAPPENED makes the draft count."""
    action = case.request.action
    if draw.rejects:
        return refused(retcodes.REJECT)
    result = _deal(draft, case, draw) if action == ACTION_DEAL else _STEPS[action](draft, case)
    if draw.times_out and result.retcode in _HAPPENED:
        return refused(retcodes.TIMEOUT)
    return result


def _deal(draft: Draft, case: Case, draw: Draw) -> OrderResult:
    request, tick = case.request, case.tick
    is_quoted = case.spec.execution in (EXECUTION_REQUEST, EXECUTION_INSTANT)
    if is_quoted and draw.requotes:
        return _replace(refused(retcodes.REQUOTE), bid=tick.bid, ask=tick.ask)
    volume = _volume(case)
    order = _new_order(draft, case, volume, market_price(request.type, tick))
    if case.target is not None and request.position:
        order = _replace(order, position_id=case.target.identifier)
    if draw.is_delayed and not is_quoted:
        draft.book = _replace(draft.book, orders=(*draft.book.orders, order))
        code = retcodes.PLACED if case.spec.execution == EXECUTION_EXCHANGE else retcodes.DONE
        return _with_code(_accepted(tick, order.ticket, volume), code)
    there = volume if draw.part == 1.0 else _part(volume, draw.part, case)
    if there < volume and order.type_filling == FILLING_FOK:
        return refused(retcodes.REJECT)
    price = slipped_price(request.type, tick, 0 if is_quoted else draw.points, case.spec)
    deal = fill(draft, order, there, price)
    if case.opening and _is_short(draft, case, deal):
        return refused(retcodes.NO_MONEY)
    if there < volume:
        return _done_partly(draft, order, deal, tick)
    finish_filled(draft, order, deal)
    return _done(deal, tick)


def _is_short(draft: Draft, case: Case, deal: Deal) -> bool:
    """Say whether the account cannot pay for what a deal has opened. Raises NoRate."""
    if draft.purse is not None and case.target is None and draft.purse.affords(draft.book):
        return False
    return lacks_money(draft.book, deal, draft.quotes)


def _part(volume: float, part: float, case: Case) -> float:
    """Return what of a volume is there: at least the symbol's smallest, on its step."""
    return min(volume, max(case.spec.volume_min, snapped(volume * part, case.spec)))


def _done_partly(draft: Draft, order: Order, deal: Deal, tick: Tick) -> OrderResult:
    """Let the rest of an order wait under RETURN, and drop it under IOC."""
    rest = round(order.volume_current - deal.volume, 8)
    if order.type_filling == FILLING_RETURN:
        waiting = _replace(order, state=STATE_PARTIAL, volume_current=rest, position_id=deal.position_id)
        draft.book = _replace(draft.book, orders=(*draft.book.orders, waiting))
    else:
        finish(draft, order, STATE_CANCELED, deal.price, volume_current=rest, position_id=deal.position_id)
    return _with_code(_done(deal, tick), retcodes.DONE_PARTIAL)


def _with_code(result: OrderResult, code: int) -> OrderResult:
    return _replace(result, retcode=code, comment=retcodes.COMMENTS[code])


def _volume(case: Case) -> float:
    """Return the request's volume on the symbol's step; a position may be closed whole whatever the step."""
    volume, target = case.request.volume, case.target
    if target is not None and is_whole(volume, target):
        return target.volume
    return snapped(volume, case.spec)


def _place(draft: Draft, case: Case) -> OrderResult:
    order = _new_order(draft, case, snapped(case.request.volume, case.spec), case.request.price)
    if is_limit(order.type) and is_through(order.type, order.price_open, case.tick):
        # Only a book-or-cancel order may be there.
        finish(draft, order, STATE_CANCELED, market_price(order.type, case.tick))
        return _accepted(case.tick, order.ticket, order.volume_initial)
    draft.book = _replace(draft.book, orders=(*draft.book.orders, order))
    if reservation(order, draft.book, draft.quotes) and equity(draft.book, draft.quotes) < used_margin(
        draft.book, draft.quotes
    ):
        return refused(retcodes.NO_MONEY)
    return _accepted(case.tick, order.ticket, order.volume_initial)


def _new_order(draft: Draft, case: Case, volume: float, price: float) -> Order:
    """Return the row of a request. Levels belong to what opens, a lifetime to what waits."""
    request, digits, now_msc = case.request, case.spec.digits, draft.quotes.now_msc
    sl, tp = (request.sl, request.tp) if case.opening else (0.0, 0.0)
    type_time = request.type_time if request.action == ACTION_PENDING else TIME_GTC
    return Order(
        ticket=draft.tickets.order(),
        symbol=case.spec.name,
        type=request.type,
        state=STATE_PLACED,
        time_setup_msc=now_msc,
        time_expiration=shown_expiration(type_time, request.expiration, now_msc),
        type_time=type_time,
        type_filling=request.type_filling,
        magic=request.magic,
        volume_initial=volume,
        volume_current=volume,
        price_open=round(price, digits),
        sl=level(sl, digits),
        tp=level(tp, digits),
        price_stoplimit=level(request.stoplimit, digits) if is_stop_limit(request.type) else 0.0,
        comment=kept_comment(request.comment),
    )


def _set_levels(draft: Draft, case: Case) -> OrderResult:
    target, request, digits = case.target, case.request, case.spec.digits
    assert target is not None, "validated"  # noqa: S101 -- narrows the type
    book_stops(draft, target, level(request.sl, digits) or None, level(request.tp, digits) or None)
    return _accepted(case.tick, target.ticket)


def _modify(draft: Draft, case: Case) -> OrderResult:
    order, request, digits = case.order, case.request, case.spec.digits
    assert order is not None, "validated"  # noqa: S101 -- narrows the type
    changed = _replace(
        order,
        price_open=level(request.price, digits),
        price_stoplimit=level(request.stoplimit, digits) if is_stop_limit(order.type) else 0.0,
        sl=level(request.sl, digits),
        tp=level(request.tp, digits),
        type_time=request.type_time,
        time_expiration=shown_expiration(request.type_time, request.expiration, draft.quotes.now_msc),
    )
    orders = tuple(changed if one is order else one for one in draft.book.orders)
    draft.book = _replace(draft.book, orders=orders)
    return _accepted(case.tick, order.ticket)


def _remove(draft: Draft, case: Case) -> OrderResult:
    order = case.order
    assert order is not None, "validated"  # noqa: S101 -- narrows the type
    draft.book = _replace(draft.book, orders=tuple(one for one in draft.book.orders if one is not order))
    finish(draft, order, STATE_CANCELED, market_price(order.type, case.tick))
    return _accepted(case.tick, order.ticket)


def _close_by(draft: Draft, case: Case) -> OrderResult:
    """Close two positions by each other: the gain is in the first one's deal, the spread is paid once."""
    first, second = case.target, case.by
    assert first is not None, "validated"  # noqa: S101 -- narrows the type
    assert second is not None, "validated"  # noqa: S101 -- narrows the type
    volume = min(first.volume, second.volume)
    order = _replace(
        _new_order(draft, case, volume, second.price_open),
        type=ORDER_CLOSE_BY,
        position_id=first.identifier,
        position_by_id=second.identifier,
    )
    deal = book_closing(draft, order, first, volume, second.price_open, ENTRY_OUT_BY)
    book_closing(draft, order, second, volume, first.price_open, ENTRY_OUT_BY, ZERO)
    finish_filled(draft, order, deal)
    return _done(deal, case.tick)


_STEPS: Final = {
    ACTION_PENDING: _place,
    ACTION_SLTP: _set_levels,
    ACTION_CLOSE_BY: _close_by,
    ACTION_MODIFY: _modify,
    ACTION_REMOVE: _remove,
}


def _accepted(tick: Tick, order: int, volume: float = 0.0) -> OrderResult:
    return OrderResult(
        retcode=retcodes.DONE,
        order=order,
        volume=volume,
        bid=tick.bid,
        ask=tick.ask,
        comment=retcodes.COMMENTS[retcodes.DONE],
    )


def _done(deal: Deal, tick: Tick) -> OrderResult:
    return OrderResult(
        retcode=retcodes.DONE,
        deal=deal.ticket,
        order=deal.order,
        volume=deal.volume,
        price=deal.price,
        bid=tick.bid,
        ask=tick.ask,
        comment=retcodes.COMMENTS[retcodes.DONE],
    )
