"""Where a request's prices may be: the grid, the sides of the market, and the distances kept from it.

In whole points, so that a level exactly at a distance is not lost to a float.
"""

from __future__ import annotations

from typing import Final

from metafleet.engine.broker.records import (
    ORDER_BUY_LIMIT,
    ORDER_BUY_STOP_LIMIT,
    ORDER_SELL_LIMIT,
    ORDER_SELL_STOP_LIMIT,
    Side,
)
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

HIGHEST_PRICE: Final = 1e9

_GRID_TOLERANCE: Final = 1e-6
"""How far, in tick sizes, a price may be off the grid: what floats need."""


def is_price(price: float) -> bool:
    """Say whether this can be a price at all; not so inf, nan, zero and below."""
    return 0 < price < HIGHEST_PRICE


def is_on_grid(price: float, spec: SymbolSpec) -> bool:
    """Say whether a price, rounded to the symbol's digits, is a multiple of its tick size."""
    if spec.tick_size <= spec.point:
        return True
    steps = round(price, spec.digits) / spec.tick_size
    return abs(steps - round(steps)) <= _GRID_TOLERANCE


def is_limit(kind: int) -> bool:
    """Say whether an order of this type waits for a better price."""
    return kind in (ORDER_BUY_LIMIT, ORDER_SELL_LIMIT)


def is_stop_limit(kind: int) -> bool:
    """Say whether an order of this type becomes a limit order when its stop is reached."""
    return kind in (ORDER_BUY_STOP_LIMIT, ORDER_SELL_STOP_LIMIT)


def market_price(kind: int, tick: Tick) -> float:
    """Return the price that an order of this type is executed at: buys ask, sells bid."""
    return tick.bid if kind & 1 else tick.ask


def awaited_price(kind: int, tick: Tick, spec: SymbolSpec) -> float:
    """Return the price that an order of this type waits for: a stop of an exchange's symbol the last one."""
    if spec.stops_at_last and not is_limit(kind):
        return tick.last_or_bid
    return market_price(kind, tick)


def level_price(side: Side, tick: Tick, spec: SymbolSpec) -> float:
    """Return the price at which a position's stop loss and take profit look."""
    if spec.stops_at_last:
        return tick.last_or_bid
    return tick.bid if side == "buy" else tick.ask


def pending_fits(kind: int, price: float, tick: Tick, spec: SymbolSpec) -> bool:
    """Say whether a pending order's price is on its side of the market, at least stops_level away.

    With a stops level of 0 it may not be at the market.
    """
    if not is_price(price) or not is_on_grid(price, spec):
        return False
    below = is_limit(kind) != bool(kind & 1)
    return _is_away(price, awaited_price(kind, tick, spec), below, spec)


def is_through(kind: int, price: float, tick: Tick) -> bool:
    """Say whether a limit order would be executed at once."""
    market = market_price(kind, tick)
    return price <= market if kind & 1 else price >= market


def stop_limit_fits(kind: int, price: float, stoplimit: float, spec: SymbolSpec) -> bool:
    """Say whether the limit of a stop-limit order is on the better side of its stop."""
    if not is_price(stoplimit) or not is_on_grid(stoplimit, spec):
        return False
    better = _points(price, spec) - _points(stoplimit, spec)
    return better < 0 if kind & 1 else better > 0


def levels_fit(side: Side, sl: float, tp: float, base: float, spec: SymbolSpec) -> bool:
    """Say whether both levels are on their sides of a price, at least stops_level away; 0 is none."""
    long = side == "buy"
    return (not sl or _level_fits(sl, long, base, spec)) and (not tp or _level_fits(tp, not long, base, spec))


def points_between(price: float, other: float, spec: SymbolSpec) -> int:
    """Return how many points two prices are apart."""
    return abs(_points(price, spec) - _points(other, spec))


def _level_fits(level: float, below: bool, base: float, spec: SymbolSpec) -> bool:
    return is_price(level) and is_on_grid(level, spec) and _is_away(level, base, below, spec)


def _is_away(price: float, base: float, below: bool, spec: SymbolSpec) -> bool:
    at = _points(price, spec)
    away = _points(base, spec) - at if below else at - _points(base, spec)
    return at > 0 and away >= max(spec.stops_level_points, 1)


def _points(price: float, spec: SymbolSpec) -> int:
    return round(price / spec.point)
