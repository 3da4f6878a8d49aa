"""What goes over the broker's socket: requests, their answers, and pushed events.

A client numbers its requests; the answer or the failure carries the same number.
Events (`records.Event`) carry none and come at any time after `Subscribe`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from metafleet.engine.broker.records import (
    AccountInfo,
    ClosedEvent,
    DealEvent,
    Order,
    Position,
    Quote,
    TickEvent,
)

FailureCode = Literal["login", "fenced", "admin", "symbol", "request", "unavailable", "history"]

QUOTES: Final = 1
POSITIONS: Final = 2
ORDERS: Final = 4
ACCOUNT: Final = 8
"""Bits of `Look.parts`: what is to be seen at one moment."""


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", forbid_unknown_fields=True):
    """What every request has."""

    id: int


class Login(Request, frozen=True, omit_defaults=True, tag="login"):
    """expert, generation: for which EA this connection trades, and which start of it this is; "" for none."""

    login: int
    password: str
    server: str
    expert: str = ""
    generation: int = 0

    def __repr__(self) -> str:
        return f"Login(id={self.id}, login={self.login}, server={self.server!r}, password=••••••)"


class OpenAccount(Request, frozen=True, tag="open_account"):
    """deposit: a decimal number as text or number, in `currency`."""

    admin_key: str
    name: str
    password: str
    deposit: Decimal
    currency: str
    leverage: int
    margin_mode: str

    def __repr__(self) -> str:
        return f"OpenAccount(id={self.id}, name={self.name!r}, admin_key=••••••, password=••••••)"


class GetAccount(Request, frozen=True, tag="account"):
    pass


class GetSymbols(Request, frozen=True, tag="symbols"):
    pass


class GetBars(Request, frozen=True, tag="bars"):
    symbol: str
    count: int


class GetPositions(Request, frozen=True, tag="positions"):
    pass


class GetDeals(Request, frozen=True, tag="deals"):
    after_ticket: int
    limit: int


class SendOrder(Request, frozen=True, tag="order"):
    """order: an OrderRequest; kept raw, so that one that cannot be read is answered with a return code."""

    order: msgspec.Raw


class Subscribe(Request, frozen=True, omit_defaults=True, tag="subscribe"):
    """Replaces the symbols subscribed before; deals are pushed from the first Subscribe on.

    bars: of each minute of a symbol only the first tick is told, which closes the bar before it.
    """

    symbols: list[str]
    bars: bool = False


class Follow(Request, frozen=True, tag="follow"):
    """Before `Subscribe`: a market at full speed, which no clock paces, is to wait for this client.

    Answered with whether it does: then it goes on after a tick once the client has said `Taken`.
    """


class Taken(Request, frozen=True, tag="taken"):
    """Everything that was pushed is dealt with. Not answered.

    deals, ticks: how many of them the client has taken; with fewer than were pushed it is not done.
    """

    deals: int
    ticks: int


class Hello(Request, frozen=True, tag="hello"):
    """The first request to a broker that asks for a token."""

    token: str

    def __repr__(self) -> str:
        return f"Hello(id={self.id}, token=••••••)"


class Look(Request, frozen=True, omit_defaults=True, tag="look"):
    """A terminal's look at market and account, at one moment; answered with a View.

    parts: bits of what is asked for. quote_version, book_version: those of the client's last View; what has
    not changed since is not told again.
    """

    parts: int
    quote_version: int = -1
    book_version: int = -1


class Trade(Request, frozen=True, tag="trade"):
    """order: a TradeRequest; kept raw, as of SendOrder."""

    order: msgspec.Raw


class CheckTrade(Request, frozen=True, tag="check"):
    """order: a TradeRequest; kept raw. Answered with a TradeCheck."""

    order: msgspec.Raw


class GetHistory(Request, frozen=True, kw_only=True, omit_defaults=True):
    """Part of what is over, at most `limit`: of a span in Unix milliseconds, of an order or of a position.

    after_msc, after_ticket: of the last one of the answer before.
    """

    from_msc: int = 0
    to_msc: int = (1 << 63) - 1
    ticket: int | None = None
    position: int | None = None
    after_msc: int = -1
    after_ticket: int = 0
    limit: int


class GetHistoryOrders(GetHistory, frozen=True, kw_only=True, omit_defaults=True, tag="history_orders"):
    """Finished orders by time done and ticket. position: the identifier that they executed or closed by."""


class GetHistoryDeals(GetHistory, frozen=True, kw_only=True, omit_defaults=True, tag="history_deals"):
    """Deals by time and ticket. ticket: their order's."""


class RatesFromPos(Request, frozen=True, tag="rates_from_pos"):
    """Bars counted back from the forming one (start 0). Answered, as all rates, with the bytes of RATES."""

    symbol: str
    timeframe: int
    start: int
    count: int


class RatesFrom(Request, frozen=True, tag="rates_from"):
    """The last bars that open at from_s or before."""

    symbol: str
    timeframe: int
    from_s: int
    count: int


class RatesRange(Request, frozen=True, tag="rates_range"):
    """Bars that open in a span, both ends inclusive."""

    symbol: str
    timeframe: int
    from_s: int
    to_s: int


class TicksFrom(Request, frozen=True, tag="ticks_from"):
    """The first ticks from a time on. flags: COPY_TICKS. Answered, as all ticks, with the bytes of TICKS."""

    symbol: str
    from_msc: int
    count: int
    flags: int


class TicksRange(Request, frozen=True, tag="ticks_range"):
    """Ticks of a span, both ends inclusive."""

    symbol: str
    from_msc: int
    to_msc: int
    flags: int


class CalcMargin(Request, frozen=True, tag="calc_margin"):
    """What an order of kind 0 (buy) or 1 (sell) holds by itself; None without a rate or if it is no money."""

    kind: int
    symbol: str
    volume: float
    price: float


class CalcProfit(Request, frozen=True, tag="calc_profit"):
    """What a position of kind 0 or 1 makes from one price to the other; None as of CalcMargin."""

    kind: int
    symbol: str
    volume: float
    price_open: float
    price_close: float


class TickValues(Request, frozen=True, tag="tick_values"):
    """What one lot makes in one tick, in account currency: gained, lost; 0 where no rate is known."""

    symbol: str


Question = (
    Look
    | CheckTrade
    | GetHistoryOrders
    | GetHistoryDeals
    | RatesFromPos
    | RatesFrom
    | RatesRange
    | TicksFrom
    | TicksRange
    | CalcMargin
    | CalcProfit
    | TickValues
)
"""What a MetaTrader program asks without changing anything."""

AnyRequest = (
    Login
    | OpenAccount
    | GetAccount
    | GetSymbols
    | GetBars
    | GetPositions
    | GetDeals
    | SendOrder
    | Subscribe
    | Follow
    | Taken
    | Hello
    | Trade
    | Question
)


class View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a Look has seen. quotes: those that changed. None: not asked for, or as before."""

    now_msc: int
    quote_version: int
    book_version: int
    quotes: dict[str, Quote] = {}
    positions: list[Position] | None = None
    orders: list[Order] | None = None
    account: AccountInfo | None = None


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """The result of request `id`, still encoded; the asker knows its type."""

    id: int
    result: msgspec.Raw


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """Why request `id` was not served."""

    id: int
    code: FailureCode
    detail: str


FromBroker = Answer | Failure | TickEvent | DealEvent | ClosedEvent
