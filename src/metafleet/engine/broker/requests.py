"""What a MetaTrader program asks of a broker, and what it is answered: its own fields and numbers.

`records.OrderRequest` is what an EA of ours says; it becomes one of these, so that there is one way to trade.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    FILLING_FOK,
    FILLING_IOC,
    FILLING_RETURN,
    OrderRequest,
    Side,
)
from metafleet.engine.market import symbols

ACTION_DEAL: Final = 1
ACTION_PENDING: Final = 5
ACTION_SLTP: Final = 6
ACTION_MODIFY: Final = 7
ACTION_REMOVE: Final = 8
ACTION_CLOSE_BY: Final = 10


class TradeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A trade request, field by field MqlTradeRequest's; what is not said is 0 or "".

    action: TRADE_ACTION. type, type_filling, type_time: ORDER_TYPE, ORDER_FILLING, ORDER_TIME. volume: lots.
    deviation: points. expiration: Unix seconds of the market's clock. position, position_by: tickets.
    """

    action: int = 0
    magic: int = 0
    order: int = 0
    symbol: str = ""
    volume: float = 0.0
    price: float = 0.0
    stoplimit: float = 0.0
    sl: float = 0.0
    tp: float = 0.0
    deviation: int = 0
    type: int = 0
    type_filling: int = 0
    type_time: int = 0
    expiration: int = 0
    comment: str = ""
    position: int = 0
    position_by: int = 0


class TradeCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a request would lead to: retcode 0 and "Done" on success; money as it then would be."""

    retcode: int
    comment: str
    balance: Decimal
    equity: Decimal
    profit: Decimal
    margin: Decimal
    margin_free: Decimal
    margin_level: Decimal | None


MAX_MAGIC: Final = (1 << 63) - 1


def translated(order: OrderRequest, book: Book, quotes: Quotes) -> TradeRequest | int:
    """Return what an EA of ours asks for as a trade request, or the code with which it is refused.

    "close" trades the opposite side, volume 0 the whole; magic 0 is the position's. Filling and price are
    what the symbol's execution asks for.
    """
    if not 0 <= order.magic <= MAX_MAGIC or order.deviation < 0:
        return retcodes.INVALID
    if order.action == "sltp":
        return _levels(order)
    if order.action == "close":
        return _closing(order, book, quotes)
    if order.side is None:
        return retcodes.INVALID
    target = None if order.position is None else book.position(order.position)
    kind = 0 if order.side == "buy" else 1
    return _deal(order, order.symbol, kind, order.volume, quotes, target)


def simple_of(request: TradeRequest) -> OrderRequest | None:
    """Return a request to trade at market in words of ours; None for others.

    A closing one has its side, which has to be the other one; levels have no place in it.
    """
    if request.action != ACTION_DEAL or request.type not in (0, 1):
        return None
    side: Side = "sell" if request.type else "buy"
    if request.position:
        return None if request.sl or request.tp else _leaving(request, side)
    return OrderRequest(
        action="deal",
        symbol=request.symbol,
        side=side,
        volume=request.volume,
        sl=request.sl,
        tp=request.tp,
        deviation=request.deviation,
        magic=request.magic,
        comment=request.comment,
    )


def _leaving(request: TradeRequest, side: Side) -> OrderRequest | None:
    # What EAs of ours may leave out, programs have to say.
    if not request.symbol or not request.volume:
        return None
    return OrderRequest(
        action="close",
        symbol=request.symbol,
        side=side,
        volume=request.volume,
        position=request.position,
        deviation=request.deviation,
        magic=request.magic,
        comment=request.comment,
    )


def _levels(order: OrderRequest) -> TradeRequest | int:
    if order.position is None:
        return retcodes.INVALID
    return TradeRequest(
        action=ACTION_SLTP,
        symbol=order.symbol,
        position=_ticket(order.position),
        sl=order.sl or 0.0,
        tp=order.tp or 0.0,
        magic=order.magic,
    )


def _closing(order: OrderRequest, book: Book, quotes: Quotes) -> TradeRequest | int:
    if order.position is None:
        return retcodes.INVALID
    target = book.position(order.position)
    if target is None:
        return retcodes.POSITION_CLOSED
    kind = 1 if target.side == "buy" else 0
    volume = target.volume if order.volume == 0 else order.volume
    return _deal(order, order.symbol or target.symbol, kind, volume, quotes, target)


def _deal(
    order: OrderRequest, symbol: str, kind: int, volume: float, quotes: Quotes, target: OpenPosition | None
) -> TradeRequest:
    spec, tick = quotes.specs.get(symbol), quotes.last(symbol)
    return TradeRequest(
        action=ACTION_DEAL,
        symbol=symbol,
        type=kind,
        volume=volume,
        price=(tick.bid if kind else tick.ask) if tick else 0.0,
        sl=order.sl or 0.0,
        tp=order.tp or 0.0,
        type_filling=_filling(spec) if spec else FILLING_FOK,
        position=_ticket(order.position),
        magic=order.magic or (target.magic if target else 0),
        comment=order.comment,
    )


def _ticket(position: int | None) -> int:
    """Return the position as a request names it, where 0 would mean that it names none."""
    return 0 if position is None else position or -1


def _filling(spec: symbols.SymbolSpec) -> int:
    """Return a filling mode that the symbol takes."""
    if spec.execution in (symbols.EXECUTION_REQUEST, symbols.EXECUTION_INSTANT):
        return FILLING_FOK
    if spec.filling_flags & symbols.FILLS_FOK:
        return FILLING_FOK
    return FILLING_IOC if spec.filling_flags & symbols.FILLS_IOC else FILLING_RETURN
