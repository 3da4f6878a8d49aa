"""May this order be executed? One check after the other, each a question on frozen snapshots.

Source: the order of checks is the one that agrees with observed servers: account, symbol, volume, market,
stops, limits, position; money comes last, on the book as it would be (`orders`).
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.money import exact
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import OrderRequest, Side
from metafleet.engine.market import symbols
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

HIGHEST_PRICE: Final = 1e9
_MAX_MAGIC: Final = (1 << 63) - 1
_STEP_TOLERANCE: Final = 1e-8
"""How far, in lots, a volume may be off its step: what floats need."""


def refusal(book: Book, quotes: Quotes, order: OrderRequest, terms: Terms) -> int | None:
    """Return the return code with which the order is refused; None when only money can stand in its way."""
    target = None if order.position is None else book.position(order.position)
    name = order.symbol or (target.symbol if target else "")
    spec = quotes.specs.get(name)
    code = _shape(order, target, name)
    if code is None and not book.trade_allowed:
        code = retcodes.TRADE_DISABLED
    if code is None and spec is None:
        code = retcodes.INVALID
    if code is not None or spec is None:
        return code
    return _on_symbol(book, quotes, order, target, spec, terms)


def is_opening(order: OrderRequest) -> bool:
    """Say whether the order asks for a new position."""
    return order.action == "deal" and order.position is None


def level(price: float | None, digits: int) -> float | None:
    """Return a stop level rounded to the symbol's digits; 0 means none."""
    return None if price is None or price == 0 else round(price, digits)


def _shape(order: OrderRequest, target: OpenPosition | None, name: str) -> int | None:
    """Check fields that are missing or contradict each other."""
    if not 0 <= order.magic <= _MAX_MAGIC or order.deviation < 0:
        return retcodes.INVALID
    if is_opening(order):
        return None if order.side and order.symbol else retcodes.INVALID
    if order.position is None:
        return retcodes.INVALID
    if target is None:
        return None if name else retcodes.POSITION_CLOSED
    wrong_side = order.action == "deal" and order.side in (None, target.side)
    return retcodes.INVALID if wrong_side or name != target.symbol else None


def _on_symbol(
    book: Book,
    quotes: Quotes,
    order: OrderRequest,
    target: OpenPosition | None,
    spec: SymbolSpec,
    terms: Terms,
) -> int | None:
    code = _trade_mode(spec, order) or _volume(spec, order)
    if code is not None:
        return code
    tick = quotes.last(spec.name)
    if tick is None:
        return retcodes.PRICE_OFF
    if not quotes.is_open(spec.name):
        return retcodes.MARKET_CLOSED
    return (
        _stops(spec, order, target, tick)
        or _frozen(spec, target, tick)
        or _limits(book, spec, order, terms)
        or _target(order, target, spec)
    )


def _trade_mode(spec: SymbolSpec, order: OrderRequest) -> int | None:
    if spec.trade_mode == symbols.TRADE_DISABLED:
        return retcodes.TRADE_DISABLED
    if spec.trade_mode == symbols.TRADE_FULL or not is_opening(order):
        return None
    if spec.trade_mode == symbols.TRADE_LONG_ONLY:
        return retcodes.LONG_ONLY if order.side == "sell" else None
    if spec.trade_mode == symbols.TRADE_SHORT_ONLY:
        return retcodes.SHORT_ONLY if order.side == "buy" else None
    return retcodes.CLOSE_ONLY


def _volume(spec: SymbolSpec, order: OrderRequest) -> int | None:
    if order.action == "sltp" or (order.action == "close" and order.volume == 0):
        return None
    if not spec.volume_min <= order.volume <= spec.volume_max:
        return retcodes.INVALID_VOLUME
    on_step = abs(order.volume - snapped(order.volume, spec)) <= _STEP_TOLERANCE
    return None if on_step else retcodes.INVALID_VOLUME


def snapped(volume: float, spec: SymbolSpec) -> float:
    """Return the nearest volume on the symbol's step."""
    steps = round((volume - spec.volume_min) / spec.volume_step)
    return round(spec.volume_min + steps * spec.volume_step, 8)


def _stops(spec: SymbolSpec, order: OrderRequest, target: OpenPosition | None, tick: Tick) -> int | None:
    if order.action == "sltp":
        side = target.side if target else None
    else:
        side = order.side if is_opening(order) else None
    if side is None:
        return None
    for price, below in ((order.sl, side == "buy"), (order.tp, side == "sell")):
        if price and not _stop_fits(price, below, side, spec, tick):
            return retcodes.INVALID_STOPS
    return None


def _stop_fits(price: float, below: bool, side: Side, spec: SymbolSpec, tick: Tick) -> bool:
    """Say whether a level is on its side of the market, at least stops_level away (with 0: not at it)."""
    if not 0 < price < HIGHEST_PRICE or math.isnan(price):
        return False
    market = exact(tick.bid if side == "buy" else tick.ask)
    rounded = exact(round(price, spec.digits))
    away = market - rounded if below else rounded - market
    distance = spec.stops_level_points * exact(spec.point)
    return rounded > 0 and (away >= distance if distance else away > 0)


def _frozen(spec: SymbolSpec, target: OpenPosition | None, tick: Tick) -> int | None:
    if target is None or not spec.freeze_level_points:
        return None
    market = tick.bid if target.side == "buy" else tick.ask
    distance = spec.freeze_level_points * spec.point
    near = any(stop is not None and abs(market - stop) < distance for stop in (target.sl, target.tp))
    return retcodes.FROZEN if near else None


def _limits(book: Book, spec: SymbolSpec, order: OrderRequest, terms: Terms) -> int | None:
    if not is_opening(order):
        return None
    if len(book.positions) >= terms.max_positions:
        return retcodes.LIMIT_POSITIONS
    held = sum(
        (exact(p.volume) for p in book.positions if p.symbol == spec.name and p.side == order.side),
        Decimal(0),
    )
    over = spec.volume_limit and held + exact(order.volume) > exact(spec.volume_limit)
    return retcodes.LIMIT_VOLUME if over else None


def _target(order: OrderRequest, target: OpenPosition | None, spec: SymbolSpec) -> int | None:
    if is_opening(order):
        return None
    if target is None:
        return retcodes.POSITION_CLOSED
    if order.action != "sltp":
        too_much = order.volume > target.volume + _STEP_TOLERANCE
        return retcodes.INVALID_CLOSE_VOLUME if too_much else None
    wanted = (level(order.sl, spec.digits), level(order.tp, spec.digits))
    return retcodes.NO_CHANGES if wanted == (target.sl, target.tp) else None
