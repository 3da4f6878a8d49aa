"""What a trade request is about: its own fields, and the position and the order that it names."""

from __future__ import annotations

from typing import Final

import msgspec

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.booking import side_of
from metafleet.engine.broker.records import ORDER_BUY_LIMIT, ORDER_SELL_STOP_LIMIT, Order
from metafleet.engine.broker.requests import (
    ACTION_CLOSE_BY,
    ACTION_DEAL,
    ACTION_MODIFY,
    ACTION_PENDING,
    ACTION_REMOVE,
    ACTION_SLTP,
    TradeRequest,
)
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

_MAX_MAGIC: Final = (1 << 64) - 1
_ACTIONS: Final = (ACTION_DEAL, ACTION_PENDING, ACTION_SLTP, ACTION_MODIFY, ACTION_REMOVE, ACTION_CLOSE_BY)


class Case(msgspec.Struct, frozen=True, gc=False):
    """A request with what it is about. target: the position that it names, or that netting makes it change.

    by: the other position of a close-by. opening: lots that it would add to what is open or waits.
    """

    request: TradeRequest
    spec: SymbolSpec
    tick: Tick
    target: OpenPosition | None
    by: OpenPosition | None
    order: Order | None
    opening: float


def shape_code(book: Book, request: TradeRequest) -> int | None:
    """Check fields that are missing or out of their ranges."""
    action = request.action
    if action not in _ACTIONS or not 0 <= request.magic <= _MAX_MAGIC or request.deviation < 0:
        return retcodes.INVALID
    if action == ACTION_DEAL:
        fits = request.type in (0, 1) and request.symbol != ""
    elif action == ACTION_PENDING:
        fits = ORDER_BUY_LIMIT <= request.type <= ORDER_SELL_STOP_LIMIT and request.symbol != ""
    elif action == ACTION_SLTP:
        fits = request.position != 0 or (not book.is_hedging and request.symbol != "")
    elif action == ACTION_CLOSE_BY:
        fits = book.is_hedging and 0 not in (request.position, request.position_by)
    else:
        fits = request.order != 0
    return None if fits else retcodes.INVALID


def allowed_code(book: Book) -> int | None:
    """Check that this account, and programs on it, may trade."""
    if not book.trade_expert:
        return retcodes.SERVER_DISABLES_AT
    return None if book.trade_allowed else retcodes.TRADE_DISABLED


def positions_of(book: Book, request: TradeRequest) -> tuple[OpenPosition | None, OpenPosition | None]:
    """Return the position that a request is about, and the other one of a close-by."""
    if request.action not in (ACTION_DEAL, ACTION_SLTP, ACTION_CLOSE_BY):
        return None, None
    if request.position:
        target = book.position(request.position)
    elif book.is_hedging:
        target = None
    else:
        target = book.net_position(request.symbol)
    by = book.position(request.position_by) if request.action == ACTION_CLOSE_BY else None
    return target, by


def contradiction_code(
    book: Book,
    request: TradeRequest,
    target: OpenPosition | None,
    by: OpenPosition | None,
    order: Order | None,
    next_order: int,
) -> int | None:
    """Check that what the request names goes together."""
    if request.action in (ACTION_MODIFY, ACTION_REMOVE):
        if order is None:
            return retcodes.ORDER_CHANGED if 0 < request.order < next_order else retcodes.INVALID
        is_at_market = order.type < ORDER_BUY_LIMIT and request.action == ACTION_MODIFY
        return retcodes.INVALID if is_at_market or request.symbol not in ("", order.symbol) else None
    if target is None:
        return None
    if request.symbol not in ("", target.symbol):
        return retcodes.INVALID
    if request.action == ACTION_CLOSE_BY:
        fits = by is None or (by.symbol == target.symbol and by.side != target.side)
        return None if fits else retcodes.INVALID
    adds = request.action == ACTION_DEAL and side_of(request.type) == target.side
    return retcodes.INVALID if adds and book.is_hedging else None


def opening_lots(book: Book, request: TradeRequest, target: OpenPosition | None) -> float:
    """Return how many lots the request adds to what is open or waits; 0 where it only closes or changes."""
    if request.action == ACTION_PENDING:
        return request.volume
    if request.action != ACTION_DEAL:
        return 0.0
    if target is None:
        return 0.0 if request.position else request.volume
    if book.is_hedging:
        return 0.0
    if target.side == side_of(request.type):
        return request.volume
    return max(0.0, round(request.volume - target.volume, 8))
