"""What a broker says: accounts, positions, deals, order requests, results and events.

Money is Decimal with two places in the account's currency, prices are floats rounded to the
symbol's digits, volumes are lots, times are Unix milliseconds of the market's clock.
The numbers of `type`, `entry` and `reason` are MetaTrader 5's DEAL_TYPE, DEAL_ENTRY, DEAL_REASON.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

Side = Literal["buy", "sell"]
MarginMode = Literal["hedging"]

SERVER_NAME: Final = "metafleet-Paper"

DEAL_BUY: Final = 0
DEAL_SELL: Final = 1
DEAL_BALANCE: Final = 2

ENTRY_IN: Final = 0
ENTRY_OUT: Final = 1

REASON_CLIENT: Final = 0
REASON_EXPERT: Final = 3
REASON_SL: Final = 4
REASON_TP: Final = 5
REASON_SO: Final = 6

COMMENT_LENGTH: Final = 31
"""Characters of a comment that a MetaTrader server keeps; the rest is cut."""


class AccountInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An account at this moment. equity = balance + credit + profit + the swaps of open positions.

    margin_level: percent, None without open positions. profit: floating result of open positions.
    """

    login: int
    name: str
    server: str
    currency: str
    leverage: int
    margin_mode: MarginMode
    balance: Decimal
    credit: Decimal
    equity: Decimal
    margin: Decimal
    margin_free: Decimal
    margin_level: Decimal | None
    profit: Decimal
    trade_allowed: bool


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """An open position. price_current: bid for a buy, ask for a sell. ticket = its opening order's ticket."""

    ticket: int
    symbol: str
    side: Side
    volume: float
    price_open: float
    price_current: float
    sl: float | None
    tp: float | None
    profit: Decimal
    swap: Decimal
    time_msc: int
    magic: int
    comment: str


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """One execution, or one balance operation (type 2: symbol "", volume and price 0, the amount in profit).

    The balance changes by profit + commission + swap + fee. sl, tp: the position's levels at that moment.
    """

    ticket: int
    order: int
    position_id: int
    symbol: str
    type: int
    entry: int
    volume: float
    price: float
    time_msc: int
    profit: Decimal
    commission: Decimal
    swap: Decimal
    fee: Decimal
    magic: int
    comment: str
    reason: int
    sl: float | None = None
    tp: float | None = None

    @property
    def net(self) -> Decimal:
        """What this deal changes the balance by."""
        return self.profit + self.commission + self.swap + self.fee


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a trader asks for.

    action: "deal" opens at market (symbol, side, volume), or closes when `position` is given (side must be
    the opposite one); "close" closes `position`, the whole when volume is 0; "sltp" sets both levels
    of `position`, None or 0 removes one. deviation is accepted and, as under market execution, not used.
    magic: 0 to 2^63-1. comment: the first 31 characters are kept.
    """

    action: Literal["deal", "sltp", "close"]
    symbol: str = ""
    side: Side | None = None
    volume: float = 0.0
    sl: float | None = None
    tp: float | None = None
    position: int | None = None
    deviation: int = 0
    magic: int = 0
    comment: str = ""


class OrderResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request: retcode 10009 means done; otherwise everything but the comment is 0.

    `order` of an opening deal is the new position's ticket.
    """

    retcode: int
    deal: int = 0
    order: int = 0
    volume: float = 0.0
    price: float = 0.0
    bid: float = 0.0
    ask: float = 0.0
    comment: str = ""


class TickEvent(msgspec.Struct, frozen=True, tag="tick"):
    """A subscribed symbol's newest quote; a slow reader misses the ones in between."""

    symbol: str
    time_msc: int
    bid: float
    ask: float


class DealEvent(msgspec.Struct, frozen=True, tag="deal"):
    """A deal of the signed-in account, already committed. Never left out."""

    deal: Deal


class ClosedEvent(msgspec.Struct, frozen=True, tag="closed"):
    """The connection has ended; nothing follows."""

    detail: str


Event = TickEvent | DealEvent | ClosedEvent
