"""What a terminal of `engine.mt5` stands on: a market and a broker, in this process or behind a socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from metafleet.engine.broker.book import OpenPosition
from metafleet.engine.broker.records import AccountInfo, Deal, Order, OrderResult, Position, Quote
from metafleet.engine.broker.requests import TradeCheck, TradeRequest
from metafleet.engine.market.arrays import RATES, TICKS, Array
from metafleet.engine.market.history import NoHistory
from metafleet.engine.market.symbols import SymbolSpec

__all__ = [
    "RATES",
    "TICKS",
    "Array",
    "NoHistory",
    "NoTerminal",
    "Quote",
    "Selection",
    "SignInRefused",
    "Station",
    "Valued",
    "Venue",
    "VenueLost",
]


Valued = tuple[OpenPosition | Position, float, float]
"""A position with its present price and profit. One that has not changed may be the same object again."""


class NoTerminal(Exception):
    """There is no terminal at this path. The text is MetaTrader's detail: `MetaTrader 5 x64 not found`."""


class VenueLost(Exception):
    """Nobody answers: the broker is gone, or the line to it.

    Callers see MetaTrader's -10004, or -10005 when it was too slow.
    """

    def __init__(self, detail: str = "", *, timed_out: bool = False) -> None:
        super().__init__(detail)
        self.timed_out = timed_out


class SignInRefused(Exception):
    """Login, password or server is wrong."""


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal says of itself. trade_allowed: its AutoTrading button. maxbars: of a chart.

    tradeapi_disabled: programs may look and not trade. ping_us: to the server, in microseconds.
    trade_mode: ACCOUNT_TRADE_MODE of the account that is signed in. watched: the symbols of Market Watch
    when the terminal starts; None for all.
    """

    trade_mode: int = 0
    build: int = 5430
    released: str = "21 Nov 2025"
    company: str = "metafleet"
    name: str = "metafleet paper terminal"
    language: str = "English"
    path: str = ""
    data_path: str = ""
    commondata_path: str = ""
    maxbars: int = 100_000
    codepage: int = 1252
    ping_us: int = 0
    connected: bool = True
    trade_allowed: bool = True
    tradeapi_disabled: bool = False
    watched: tuple[str, ...] | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the history: a span of server time in seconds, both ends inclusive, or one number.

    ticket: an order's. position: a position's identifier. Exactly one of span, ticket and position is given.
    """

    from_s: int = 0
    to_s: int = 0
    ticket: int | None = None
    position: int | None = None


class Venue(Protocol):
    """One terminal: a market, and the account that is signed in.

    Time does not move within a call, nor between calls that belong together; `pulse` is where it may.
    Every method may raise VenueLost. Money in the account's currency, volumes in lots, prices as the symbol's
    digits have them, times of the server's clock.
    """

    def sign_in(self, login: int | None, password: str | None, server: str | None) -> None:
        """Sign in; what is None is the venue's own. Raises SignInRefused, and nobody is signed in then."""

    def close(self) -> None:
        """Let go of it. May be called twice."""

    def connected(self) -> bool:
        """Say whether the account that signed in has come to its server; asked again until it has."""

    def station(self) -> Station:
        """What the terminal says of itself."""

    def pulse(self) -> None:
        """Let the market come up to its clock's now. Called once, at the start of each function."""

    def now_msc(self) -> int:
        """The market's time."""

    def book_version(self) -> int:
        """A number that is another one whenever orders, positions or the account's balance have changed."""

    def quote_version(self) -> int:
        """A number that is another one whenever a tick has come of any symbol."""

    def account(self) -> AccountInfo:
        """The account as it is now."""

    def symbols(self) -> Mapping[str, SymbolSpec]:
        """Every symbol of the server, by name, in its order."""

    def quote(self, symbol: str) -> Quote | None:
        """The last tick; None where there never was one."""

    def tick_values(self, symbol: str) -> tuple[float, float]:
        """What one lot makes in one tick, in account currency: as a gain, as a loss; 0 without a rate."""

    def positions(self) -> Sequence[Position]:
        """Open positions, by ticket."""

    def valued(self) -> Sequence[Valued]:
        """Open positions, by ticket, with what they are worth now."""

    def orders(self) -> Sequence[Order]:
        """Active orders, by ticket."""

    def history_orders(self, wanted: Selection) -> Sequence[Order]:
        """Finished orders, by time done and ticket."""

    def history_deals(self, wanted: Selection) -> Sequence[Deal]:
        """Deals, by time and ticket. `ticket` of the selection is the order's."""

    def rates_from_pos(self, symbol: str, timeframe: int, start: int, count: int) -> Array:
        """Bars of RATES counted back from the forming one (start 0), oldest first. Raises NoHistory."""

    def rates_from(self, symbol: str, timeframe: int, from_s: int, count: int) -> Array:
        """Bars that open at or before from_s, the last `count` of them. Raises NoHistory."""

    def rates_range(self, symbol: str, timeframe: int, from_s: int, to_s: int) -> Array:
        """Bars that open in the span, both ends inclusive. Raises NoHistory."""

    def ticks_from(self, symbol: str, from_msc: int, count: int, flags: int) -> Array:
        """The first `count` ticks of TICKS from this time on. flags: COPY_TICKS. Raises NoHistory."""

    def ticks_range(self, symbol: str, from_msc: int, to_msc: int, flags: int) -> Array:
        """Ticks in the span, both ends inclusive. Raises NoHistory."""

    def check(self, request: TradeRequest) -> TradeCheck:
        """What a request would lead to; nothing changes."""

    def send(self, request: TradeRequest) -> OrderResult:
        """Execute a request, or refuse it by its return code."""

    def calc_margin(self, kind: int, symbol: str, volume: float, price: float) -> Decimal | None:
        """Margin of an order of kind 0 (buy) or 1 (sell) by itself; None where no rate is known."""

    def calc_profit(
        self, kind: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> Decimal | None:
        """Profit from one price to the other, at the present rates; None where no rate is known."""
