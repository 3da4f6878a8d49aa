"""A market and accounts for the ledger's tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from metafleet.engine.broker.book import Terms, Tickets
from metafleet.engine.broker.charges import forex_commission
from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import MarginMode, OrderRequest, Side
from metafleet.engine.broker.requests import ACTION_DEAL, ACTION_PENDING, TradeRequest
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS

MONDAY_MSC = 1_515_369_600_000
"""2018-01-08 00:00 UTC."""


def market(now_msc: int = MONDAY_MSC) -> Quotes:
    """Return quotes of all four symbols."""
    quotes = Quotes(SYMBOLS.values())
    for symbol, bid, ask in (
        ("EURUSD", 1.09137, 1.09152),
        ("GBPUSD", 1.22700, 1.22712),
        ("USDJPY", 149.500, 149.510),
        ("XAUUSD", 2000.00, 2000.20),
    ):
        quotes.apply(Tick(symbol, now_msc, bid, ask))
    return quotes


def account(
    quotes: Quotes,
    *,
    deposit: str = "10000",
    currency: str = "USD",
    leverage: int = 100,
    commission: str = "3.50",
    margin_mode: MarginMode = "hedging",
    tickets: Tickets | None = None,
) -> Ledger:
    """Return a new account on this market."""
    wanted = NewAccount(
        login=1,
        name="Alice",
        deposit=Decimal(deposit),
        currency=currency,
        leverage=leverage,
        margin_mode=margin_mode,
    )
    terms = Terms(commissions=forex_commission(Decimal(commission)))
    return open_ledger(wanted, quotes, tickets or Tickets(), quotes.now_msc, terms)


def changed(quotes: Quotes, symbol: str = "EURUSD", **conditions: Any) -> None:
    """Give a symbol other conditions."""
    quotes.specs[symbol] = msgspec.structs.replace(quotes.specs[symbol], **conditions)


def deal(kind: int, volume: float, **fields: Any) -> TradeRequest:
    """Return a request to buy (0) or sell (1) EURUSD at market."""
    basis: dict[str, Any] = {"action": ACTION_DEAL, "symbol": "EURUSD", "type": kind, "volume": volume}
    return TradeRequest(**basis | fields)


def pending(kind: int, price: float, **fields: Any) -> TradeRequest:
    """Return a request to let 0.1 lots of EURUSD wait."""
    basis: dict[str, Any] = {"action": ACTION_PENDING, "symbol": "EURUSD", "type": kind, "volume": 0.1}
    return TradeRequest(**basis | {"price": price} | fields)


def market_order(
    side: Side,
    volume: float,
    symbol: str = "EURUSD",
    *,
    sl: float | None = None,
    tp: float | None = None,
    magic: int = 0,
    comment: str = "",
) -> OrderRequest:
    """Return a request that opens a position."""
    return OrderRequest(
        action="deal", symbol=symbol, side=side, volume=volume, sl=sl, tp=tp, magic=magic, comment=comment
    )
