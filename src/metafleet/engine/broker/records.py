"""What a broker says: accounts, positions, deals, order requests, results and events.

Money is Decimal with two places in the account's currency, prices are floats rounded to the
symbol's digits, volumes are lots, times are Unix milliseconds of the market's clock.
The numbers of `type`, `entry` and `reason` are MetaTrader 5's DEAL_TYPE, DEAL_ENTRY, DEAL_REASON.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from metafleet.engine.market.records import Tick

Side = Literal["buy", "sell"]
MarginMode = Literal["hedging", "netting", "exchange"]
"""hedging: any number of positions a symbol; netting and exchange: one."""

SERVER_NAME: Final = "metafleet-Paper"

DEAL_BUY: Final = 0
DEAL_SELL: Final = 1
DEAL_BALANCE: Final = 2

ENTRY_IN: Final = 0
ENTRY_OUT: Final = 1
ENTRY_INOUT: Final = 2
ENTRY_OUT_BY: Final = 3

REASON_CLIENT: Final = 0
REASON_EXPERT: Final = 3
REASON_SL: Final = 4
REASON_TP: Final = 5
REASON_SO: Final = 6

REASON_ROLLOVER: Final = 7

ORDER_BUY: Final = 0
ORDER_SELL: Final = 1
ORDER_BUY_LIMIT: Final = 2
ORDER_SELL_LIMIT: Final = 3
ORDER_BUY_STOP: Final = 4
ORDER_SELL_STOP: Final = 5
ORDER_BUY_STOP_LIMIT: Final = 6
ORDER_SELL_STOP_LIMIT: Final = 7
ORDER_CLOSE_BY: Final = 8
"""ORDER_TYPE: even ones buy, odd ones sell, up to 7."""

STATE_STARTED: Final = 0
STATE_PLACED: Final = 1
STATE_CANCELED: Final = 2
STATE_PARTIAL: Final = 3
STATE_FILLED: Final = 4
STATE_REJECTED: Final = 5
STATE_EXPIRED: Final = 6

FILLING_FOK: Final = 0
FILLING_IOC: Final = 1
FILLING_RETURN: Final = 2
FILLING_BOC: Final = 3

TIME_GTC: Final = 0
TIME_DAY: Final = 1
TIME_SPECIFIED: Final = 2
TIME_SPECIFIED_DAY: Final = 3

COMMENT_LENGTH: Final = 31
"""Characters of a comment that a MetaTrader server keeps; the rest is cut."""


class AccountInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An account at this moment. equity = balance + credit + profit + the swaps of open positions.

    margin_level: percent, None without open positions. profit: floating result of open positions.
    margin_so_mode: ACCOUNT_STOPOUT_MODE, 0 percent, 1 money; margin_so_call and margin_so_so in that unit.
    margin_initial: reserved by orders that wait. margin_maintenance: of symbols that have one of their own.
    assets, liabilities: collateral held and owed, part of the equity. margin_call: the owner is warned.
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
    trade_expert: bool = True
    limit_orders: int = 200
    fifo_close: bool = False
    margin_so_mode: int = 0
    margin_so_call: Decimal = Decimal(100)
    margin_so_so: Decimal = Decimal(50)
    currency_digits: int = 2
    margin_initial: Decimal = Decimal("0.00")
    margin_maintenance: Decimal = Decimal("0.00")
    assets: Decimal = Decimal("0.00")
    liabilities: Decimal = Decimal("0.00")
    margin_call: bool = False


class Position(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An open position. price_current: bid for a buy, ask for a sell.

    ticket: of the order that opened it, or turned it round. identifier: of the order that opened it first,
    for life. reason: POSITION_REASON. 0 from a broker that told neither.
    """

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
    identifier: int = 0
    reason: int = 0
    time_update_msc: int = 0


class Deal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


class Order(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An instruction: active while it waits, then history. The numbers are MetaTrader's ORDER_* ones.

    time_expiration: Unix seconds of the market's clock, 0 for none. position_id: 0 until it is executed,
    then the position's identifier. position_by_id: the opposite position of a close-by. sl, tp and
    price_stoplimit: 0 for none. price_current: the market's when it was finished, 0 while it is active.
    activated_msc: when a stop-limit's stop was reached, from where on it waits for its limit; 0 before.
    """

    ticket: int
    symbol: str
    type: int
    state: int
    time_setup_msc: int
    time_done_msc: int = 0
    time_expiration: int = 0
    type_time: int = 0
    type_filling: int = 0
    magic: int = 0
    position_id: int = 0
    position_by_id: int = 0
    reason: int = REASON_EXPERT
    volume_initial: float
    volume_current: float
    price_open: float
    sl: float = 0.0
    tp: float = 0.0
    price_stoplimit: float = 0.0
    price_current: float = 0.0
    comment: str = ""
    activated_msc: int = 0


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


class OrderResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of a request: retcode 10009 means done.

    A refusal has nothing but its comment; a requote (10004) has bid and ask, a partial fill (10010) what was
    done. `order` of an opening deal is the new position's ticket.
    """

    retcode: int
    deal: int = 0
    order: int = 0
    volume: float = 0.0
    price: float = 0.0
    bid: float = 0.0
    ask: float = 0.0
    comment: str = ""


class Quote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A symbol's last tick and its day so far, prices by the server's day; 0 for what it never had.

    last, volume: of the last deal on an exchange; volume_real with fractions. flags: TICK_FLAG bits.
    """

    time_msc: int
    bid: float
    ask: float
    last: float = 0.0
    volume: int = 0
    volume_real: float = 0.0
    flags: int = 6
    bid_high: float = 0.0
    bid_low: float = 0.0
    ask_high: float = 0.0
    ask_low: float = 0.0
    session_open: float = 0.0
    session_close: float = 0.0
    last_high: float = 0.0
    last_low: float = 0.0
    volume_high: float = 0.0
    volume_low: float = 0.0


class TickEvent(msgspec.Struct, frozen=True, omit_defaults=True, tag="tick"):
    """A subscribed symbol's newest quote; a slow reader misses the ones in between. Fields as of a Tick."""

    symbol: str
    time_msc: int
    bid: float
    ask: float
    last: float = 0.0
    volume: float = 0.0
    flags: int = 0

    @classmethod
    def of(cls, tick: Tick) -> TickEvent:
        """Return what is told of a tick; nothing of deals where there are none."""
        if tick.last <= 0:
            return cls(tick.symbol, tick.time_msc, tick.bid, tick.ask)
        return cls(tick.symbol, tick.time_msc, tick.bid, tick.ask, tick.last, tick.volume, tick.flags)

    def tick(self) -> Tick:
        """Return the tick that is told of."""
        return Tick(self.symbol, self.time_msc, self.bid, self.ask, self.last, self.volume, self.flags)


class DealEvent(msgspec.Struct, frozen=True, tag="deal"):
    """A deal of the signed-in account, already committed. Never left out."""

    deal: Deal


class ClosedEvent(msgspec.Struct, frozen=True, tag="closed"):
    """The connection has ended; nothing follows."""

    detail: str


Event = TickEvent | DealEvent | ClosedEvent
