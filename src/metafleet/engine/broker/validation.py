"""May this request be executed? One check after the other, each a question on frozen snapshots.

Source: the order of checks is the one that agrees with observed servers: action, account, symbol, order type,
volume, filling, expiration, market, price, stops, freeze, limits, position; money comes last, on the book as
it would be (`orders`).
"""

from __future__ import annotations

from typing import Final

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.booking import side_of
from metafleet.engine.broker.case import (
    Case,
    allowed_code,
    contradiction_code,
    opening_lots,
    positions_of,
    shape_code,
)
from metafleet.engine.broker.expiry import expires_msc, shown_expiration
from metafleet.engine.broker.prices import (
    awaited_price,
    is_limit,
    is_on_grid,
    is_price,
    is_stop_limit,
    is_through,
    level_price,
    levels_fit,
    market_price,
    pending_fits,
    points_between,
    stop_limit_fits,
)
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    FILLING_BOC,
    FILLING_FOK,
    FILLING_IOC,
    FILLING_RETURN,
    ORDER_BUY_LIMIT,
    STATE_PLACED,
    TIME_DAY,
    TIME_GTC,
    TIME_SPECIFIED_DAY,
    Order,
)
from metafleet.engine.broker.requests import (
    ACTION_CLOSE_BY,
    ACTION_DEAL,
    ACTION_MODIFY,
    ACTION_PENDING,
    ACTION_REMOVE,
    ACTION_SLTP,
    TradeRequest,
)
from metafleet.engine.market import symbols
from metafleet.engine.market.symbols import SymbolSpec

_LAST_SECOND: Final = 253_402_300_799
"""Of the year 9999, in Unix time: programs cannot write a later one."""

STEP_TOLERANCE: Final = 1e-8
"""How far, in lots, a volume may be off its step: what floats need."""

_ORDER_MARKET: Final = 1
_ORDER_LIMIT: Final = 2
_ORDER_STOP: Final = 4
_ORDER_STOP_LIMIT: Final = 8
_ORDER_SL: Final = 16
_ORDER_TP: Final = 32
_ORDER_CLOSE_BY: Final = 64
_KINDS: Final = (
    _ORDER_MARKET,
    _ORDER_MARKET,
    _ORDER_LIMIT,
    _ORDER_LIMIT,
    _ORDER_STOP,
    _ORDER_STOP,
    _ORDER_STOP_LIMIT,
    _ORDER_STOP_LIMIT,
)
"""Bits of `order_flags` by ORDER_TYPE."""


def examined(  # noqa: PLR0911 - one refusal after the other
    book: Book, quotes: Quotes, request: TradeRequest, terms: Terms, next_order: int
) -> Case | int:
    """Return what a request is about, or the code with which it is refused; only money is left to look at.

    next_order: the ticket that no order has yet; one below it was an order once.
    """
    code = shape_code(book, request) or allowed_code(book)
    if code is not None:
        return code
    target, by = positions_of(book, request)
    order = book.order(request.order) if request.action in (ACTION_MODIFY, ACTION_REMOVE) else None
    code = contradiction_code(book, request, target, by, order, next_order)
    if code is not None:
        return code
    name = request.symbol or (target.symbol if target else order.symbol if order else "")
    spec = quotes.specs.get(name)
    if spec is None:
        return retcodes.INVALID if name else retcodes.POSITION_CLOSED
    opening = opening_lots(book, request, target)
    code = (
        _trade_mode(spec, request, opening)
        or _kind(spec, request)
        or _volume(spec, request, target)
        or _filling(spec, request)
        or _expiration(spec, request, quotes.now_msc)
    )
    if code is not None:
        return code
    tick = quotes.last(name)
    if tick is None:
        return retcodes.PRICE_OFF
    if not quotes.is_open(name):
        return retcodes.MARKET_CLOSED
    case = Case(request, spec, tick, target, by, order, opening)
    return (
        _price(case)
        or _stops(case)
        or _frozen(case)
        or _limits(book, case, terms)
        or _last_questions(book, case, terms)
        or case
    )


def level(price: float, digits: int) -> float:
    """Return a price of a request as the server keeps it."""
    return round(price, digits) if price else 0.0


def snapped(volume: float, spec: SymbolSpec) -> float:
    """Return the nearest volume on the symbol's step."""
    steps = round((volume - spec.volume_min) / spec.volume_step)
    return round(spec.volume_min + steps * spec.volume_step, 8)


def is_whole(volume: float, target: OpenPosition | None) -> bool:
    """Say whether this is all of a position, which may be closed at once whatever the step."""
    return target is not None and abs(volume - target.volume) <= STEP_TOLERANCE


def _trade_mode(spec: SymbolSpec, request: TradeRequest, opening: float) -> int | None:
    if spec.trade_mode == symbols.TRADE_DISABLED:
        return retcodes.TRADE_DISABLED
    if spec.trade_mode == symbols.TRADE_FULL or opening == 0:
        return None
    if spec.trade_mode == symbols.TRADE_LONG_ONLY:
        return retcodes.LONG_ONLY if request.type & 1 else None
    if spec.trade_mode == symbols.TRADE_SHORT_ONLY:
        return None if request.type & 1 else retcodes.SHORT_ONLY
    return retcodes.CLOSE_ONLY


def _kind(spec: SymbolSpec, request: TradeRequest) -> int | None:
    """Check that the symbol takes orders of this type, and levels where there are any."""
    if request.action == ACTION_REMOVE:
        return None
    needed = (_ORDER_SL if request.sl else 0) | (_ORDER_TP if request.tp else 0)
    if request.action in (ACTION_DEAL, ACTION_PENDING):
        needed |= _KINDS[request.type]
    elif request.action == ACTION_CLOSE_BY:
        needed = _ORDER_CLOSE_BY
    return None if spec.order_flags & needed == needed else retcodes.INVALID_ORDER


def _volume(spec: SymbolSpec, request: TradeRequest, target: OpenPosition | None) -> int | None:
    volume = request.volume
    if request.action not in (ACTION_DEAL, ACTION_PENDING):
        return None
    if is_whole(volume, target):
        return None
    if not spec.volume_min - STEP_TOLERANCE <= volume <= spec.volume_max + STEP_TOLERANCE:
        return retcodes.INVALID_VOLUME
    return None if abs(volume - snapped(volume, spec)) <= STEP_TOLERANCE else retcodes.INVALID_VOLUME


def _filling(spec: SymbolSpec, request: TradeRequest) -> int | None:
    filling, execution, flags = request.type_filling, spec.execution, spec.filling_flags
    if request.action == ACTION_PENDING:
        # Brokers differ on the others; only book-or-cancel is everywhere asked of the right orders.
        waits = is_limit(request.type) or is_stop_limit(request.type)
        fits = filling in (FILLING_FOK, FILLING_IOC, FILLING_RETURN) or (
            filling == FILLING_BOC and bool(flags & symbols.FILLS_BOC) and waits
        )
    elif request.action != ACTION_DEAL:
        return None
    elif filling == FILLING_RETURN:
        fits = execution != symbols.EXECUTION_MARKET
    elif execution in (symbols.EXECUTION_REQUEST, symbols.EXECUTION_INSTANT):
        fits = filling in (FILLING_FOK, FILLING_IOC)
    else:
        fits = (filling == FILLING_FOK and bool(flags & symbols.FILLS_FOK)) or (
            filling == FILLING_IOC and bool(flags & symbols.FILLS_IOC)
        )
    return None if fits else retcodes.INVALID_FILL


def _expiration(spec: SymbolSpec, request: TradeRequest, now_msc: int) -> int | None:
    if request.action not in (ACTION_PENDING, ACTION_MODIFY):
        return None
    if not TIME_GTC <= request.type_time <= TIME_SPECIFIED_DAY:
        return retcodes.INVALID_EXPIRATION
    if not spec.expiration_flags & (1 << request.type_time):
        return retcodes.INVALID_EXPIRATION
    if request.type_time in (TIME_GTC, TIME_DAY):
        return None
    if request.expiration > _LAST_SECOND:
        return retcodes.INVALID_EXPIRATION
    over = expires_msc(request.type_time, request.expiration, now_msc, spec) <= now_msc
    return retcodes.INVALID_EXPIRATION if over else None


def _price(case: Case) -> int | None:
    request, spec, tick = case.request, case.spec, case.tick
    if request.action == ACTION_DEAL:
        return _market_price(case)
    if request.action == ACTION_PENDING:
        kind, is_activated = request.type, False
    elif request.action == ACTION_MODIFY and case.order is not None:
        kind, is_activated = case.order.type, case.order.activated_msc > 0
    else:
        return None
    if is_activated:
        # Its stop is behind it; what it waits for is its limit.
        fits = is_price(request.price) and pending_fits(2 | (kind & 1), request.stoplimit, tick, spec)
    else:
        fits = pending_fits(kind, request.price, tick, spec) or _would_be_cancelled(case)
        if fits and is_stop_limit(kind):
            fits = stop_limit_fits(kind, request.price, request.stoplimit, spec)
    return None if fits else retcodes.INVALID_PRICE


def _would_be_cancelled(case: Case) -> bool:
    """Say whether a book-or-cancel order reaches through the market, which is no wrong price but its end."""
    request, spec = case.request, case.spec
    is_new = request.action == ACTION_PENDING and request.type_filling == FILLING_BOC
    if not is_new or not is_limit(request.type) or not is_price(request.price):
        return False
    return is_on_grid(request.price, spec) and is_through(request.type, request.price, case.tick)


def _market_price(case: Case) -> int | None:
    request, spec = case.request, case.spec
    if spec.execution not in (symbols.EXECUTION_REQUEST, symbols.EXECUTION_INSTANT):
        return None
    if not is_price(request.price) or not is_on_grid(request.price, spec):
        return retcodes.INVALID_PRICE
    moved = points_between(request.price, market_price(request.type, case.tick), spec)
    return retcodes.REQUOTE if moved > request.deviation else None


def _stops(case: Case) -> int | None:
    request = case.request
    if not request.sl and not request.tp:
        return None
    if request.action == ACTION_SLTP:
        if case.target is None:
            return None
        side = case.target.side
        base = level_price(side, case.tick, case.spec)
    elif request.action == ACTION_DEAL:
        if case.opening == 0:
            return None
        side = side_of(request.type)
        base = level_price(side, case.tick, case.spec)
    elif request.action in (ACTION_PENDING, ACTION_MODIFY):
        kind = case.order.type if case.order else request.type
        side, base = side_of(kind), request.stoplimit if is_stop_limit(kind) else request.price
    else:
        return None
    return None if levels_fit(side, request.sl, request.tp, base, case.spec) else retcodes.INVALID_STOPS


def _frozen(case: Case) -> int | None:
    """Check that nothing of what is to be changed is about to be executed."""
    near = case.spec.freeze_level_points
    if not near:
        return None
    order = case.order
    if order is not None and order.type < ORDER_BUY_LIMIT:
        # What is left of an order at market waits for no price.
        return None
    if order is not None:
        waits_for = order.price_stoplimit if order.activated_msc else order.price_open
        kind = 2 | (order.type & 1) if order.activated_msc else order.type
        marks = [(waits_for, awaited_price(kind, case.tick, case.spec))]
    else:
        held = [one for one in (case.target, case.by) if one is not None]
        if case.opening and case.target is not None and side_of(case.request.type) == case.target.side:
            # What adds leaves what is there; what turns a position round closes it.
            held = []
        marks = [
            (stop, level_price(one.side, case.tick, case.spec))
            for one in held
            for stop in (one.sl, one.tp)
            if stop
        ]
    frozen = any(points_between(mark, market, case.spec) < near for mark, market in marks)
    return retcodes.FROZEN if frozen else None


def _limits(book: Book, case: Case, terms: Terms) -> int | None:
    if case.opening == 0:
        return None
    if case.request.action == ACTION_PENDING:
        if len(book.orders) >= terms.limit_orders:
            return retcodes.LIMIT_ORDERS
    elif case.target is None and len(book.positions) >= terms.max_positions:
        return retcodes.LIMIT_POSITIONS
    limit = case.spec.volume_limit
    if not limit:
        return None
    name, kind = case.spec.name, case.request.type & 1
    side = "sell" if kind else "buy"
    lots = sum([held.volume for held in book.positions if held.symbol == name and held.side == side])
    lots += sum([one.volume_current for one in book.orders if one.symbol == name and one.type & 1 == kind])
    return retcodes.LIMIT_VOLUME if lots + case.opening > limit + STEP_TOLERANCE else None


def _last_questions(book: Book, case: Case, terms: Terms) -> int | None:
    request, target = case.request, case.target
    if request.action == ACTION_DEAL and request.position == 0 and book.is_hedging:
        return _hedge(book, case, terms)
    if request.action in (ACTION_DEAL, ACTION_CLOSE_BY) and (request.position or target):
        return _closing(book, case, terms)
    if request.action == ACTION_SLTP:
        return _levels(book, case)
    if request.action == ACTION_MODIFY and case.order is not None:
        return _changes(case, case.order)
    if request.action == ACTION_REMOVE and case.order is not None:
        return retcodes.LOCKED if _waits_for_its_dealer(case.order) else None
    return None


def _levels(book: Book, case: Case) -> int | None:
    request, target = case.request, case.target
    if target is None:
        return retcodes.POSITION_CLOSED
    if _in_flight(book, target) == retcodes.LOCKED:
        return retcodes.LOCKED
    wanted = (level(request.sl, case.spec.digits), level(request.tp, case.spec.digits))
    return retcodes.NO_CHANGES if wanted == (target.sl or 0.0, target.tp or 0.0) else None


def _hedge(book: Book, case: Case, terms: Terms) -> int | None:
    if terms.hedges:
        return None
    is_hedge = book.holds_against(case.spec.name, side_of(case.request.type))
    return retcodes.HEDGE_PROHIBITED if is_hedge else None


def _closing(book: Book, case: Case, terms: Terms) -> int | None:
    request, target = case.request, case.target
    if target is None or (request.action == ACTION_CLOSE_BY and case.by is None):
        return retcodes.POSITION_CLOSED
    if not book.is_hedging:
        return None
    closed = (target, case.by) if case.by else (target,)
    if terms.fifo_close and any(_is_older(held, one) for one in closed for held in book.positions):
        return retcodes.FIFO_CLOSE
    if request.action == ACTION_DEAL and request.volume > target.volume + STEP_TOLERANCE:
        return retcodes.INVALID_CLOSE_VOLUME
    return next((code for one in closed if (code := _in_flight(book, one))), None)


def _in_flight(book: Book, target: OpenPosition) -> int | None:
    """Check that no order for the position waits: for its dealer, or for the rest of its volume."""
    for order in book.orders:
        if order.position_id == target.identifier:
            return retcodes.LOCKED if _waits_for_its_dealer(order) else retcodes.CLOSE_ORDER_EXIST
    return None


def _waits_for_its_dealer(order: Order) -> bool:
    return order.type < ORDER_BUY_LIMIT and order.state == STATE_PLACED


def _is_older(held: OpenPosition, target: OpenPosition) -> bool:
    same = held.symbol == target.symbol and held.side == target.side
    return same and held.ticket < target.ticket


def _changes(case: Case, order: Order) -> int | None:
    request, digits = case.request, case.spec.digits
    wanted = (
        level(request.price, digits),
        level(request.stoplimit, digits) if is_stop_limit(order.type) else 0.0,
        level(request.sl, digits),
        level(request.tp, digits),
        request.type_time,
        shown_expiration(request.type_time, request.expiration, 0)
        if request.type_time > TIME_DAY
        else order.time_expiration,
    )
    present = (
        order.price_open,
        order.price_stoplimit,
        order.sl,
        order.tp,
        order.type_time,
        order.time_expiration,
    )
    return retcodes.NO_CHANGES if wanted == present else None
