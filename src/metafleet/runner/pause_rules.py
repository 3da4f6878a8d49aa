"""What a pause forbids the EA, and how near its stops may go. Pure.

hold: no new entries. tighten: the same, stops only move nearer, and to break-even where the price
allows. flatten: its own positions are closed, then hold. freeze: the EA sends nothing at all. What a
person orders by a command is none of the EA's and goes through in every mode.
"""

from __future__ import annotations

from typing import Literal

from metafleet.engine.broker.records import OrderRequest, Position
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

Mode = Literal["hold", "tighten", "flatten", "freeze"]


def forbids(mode: Mode, request: OrderRequest, held: Position | None, symbol: SymbolSpec) -> str | None:
    """Return why an EA that is paused so may not send this, None where it may.

    held: the EA's own position that the request is about, where there is one.
    """
    if mode == "freeze":
        return "Paused: this EA is frozen and sends nothing"
    if opens(request):
        return "Paused: no new entries"
    if mode == "tighten" and request.action == "sltp" and held and _widens(request, held, symbol):
        return "Paused: stops may only move nearer"
    return None


def opens(request: OrderRequest) -> bool:
    """Whether it would open a position."""
    return request.action == "deal" and request.position is None


def break_even_stop(held: Position, quote: Tick, symbol: SymbolSpec) -> float | None:
    """Return the entry price as the position's better stop; None where it has one as good already,
    or the price is not beyond the entry by the distance that the broker wants of stops."""
    distance = symbol.stops_level_points * symbol.point
    near = symbol.point / 2  # prices are floats: nearer than half a point is the same price
    entry, sl = held.price_open, held.sl
    if held.side == "buy":
        has_room = entry <= quote.bid - distance + near
        is_better = sl is None or sl < entry - near
    else:
        has_room = entry >= quote.ask + distance - near
        is_better = sl is None or sl > entry + near
    return round(entry, symbol.digits) if has_room and is_better else None


def _widens(request: OrderRequest, held: Position, symbol: SymbolSpec) -> bool:
    if held.sl is None:
        return False
    if not request.sl:
        return True
    near = symbol.point / 2
    return request.sl < held.sl - near if held.side == "buy" else request.sl > held.sl + near
