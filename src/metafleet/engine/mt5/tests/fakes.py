"""A venue that holds still: one account, three symbols, a few bars, and a list of what was sent to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from metafleet.engine.broker.records import AccountInfo, Deal, Order, OrderResult, Position
from metafleet.engine.broker.requests import TradeCheck, TradeRequest
from metafleet.engine.market.symbols import EURUSD, GBPUSD, USDJPY, SymbolSpec
from metafleet.engine.mt5.terminal import Terminal
from metafleet.engine.mt5.venue import (
    RATES,
    TICKS,
    Array,
    NoHistory,
    NoTerminal,
    Quote,
    Selection,
    SignInRefused,
    Station,
    Valued,
)

LOGIN, PASSWORD, SERVER = 1001, "wonderland", "metafleet-Paper"
START_S = 1_700_000_000
BARS = 500


class FakeVenue:
    """Signs in Alice. `after`: how often `connected` is asked before she is."""

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self.closed = 0
        self.sent: list[TradeRequest] = []
        self.selections: list[Selection] = []
        self.kinds: list[int] = []
        self.said = Station()
        self.held: list[Position] = []
        self.answer = OrderResult(retcode=10009, deal=7, order=8, volume=0.1, price=1.1, bid=1.1, ask=1.1002)

    def sign_in(self, login: int | None, password: str | None, server: str | None) -> None:
        right = login in (None, LOGIN) and password in (None, PASSWORD) and server in (None, SERVER)
        if not right:
            raise SignInRefused

    def close(self) -> None:
        self.closed += 1

    def connected(self) -> bool:
        self.after -= 1
        return self.after < 0

    def station(self) -> Station:
        return self.said

    def pulse(self) -> None:
        pass

    def now_msc(self) -> int:
        return START_S * 1000

    def book_version(self) -> int:
        return len(self.held)

    def quote_version(self) -> int:
        return 1

    def account(self) -> AccountInfo:
        money = Decimal(10_000)
        return AccountInfo(
            login=LOGIN,
            name="Alice",
            server=SERVER,
            currency="USD",
            leverage=100,
            margin_mode="hedging",
            balance=money,
            credit=Decimal(0),
            equity=money,
            margin=Decimal(0),
            margin_free=money,
            margin_level=None,
            profit=Decimal(0),
            trade_allowed=True,
        )

    def symbols(self) -> Mapping[str, SymbolSpec]:
        return {spec.name: spec for spec in (EURUSD, GBPUSD, USDJPY)}

    def quote(self, symbol: str) -> Quote | None:
        return Quote(time_msc=START_S * 1000 + 250, bid=1.1, ask=1.1002) if symbol in self.symbols() else None

    def tick_values(self, _symbol: str) -> tuple[float, float]:
        return 1.0, 1.0

    def positions(self) -> Sequence[Position]:
        return self.held

    def valued(self) -> Sequence[Valued]:
        return [(held, held.price_current, float(held.profit)) for held in self.held]

    def orders(self) -> Sequence[Order]:
        return ()

    def history_orders(self, wanted: Selection) -> Sequence[Order]:
        self.selections.append(wanted)
        return ()

    def history_deals(self, wanted: Selection) -> Sequence[Deal]:
        self.selections.append(wanted)
        return ()

    def rates_from_pos(self, _symbol: str, _timeframe: int, start: int, count: int) -> Array:
        if start >= BARS:
            raise NoHistory
        return np.zeros(min(count, BARS - start), RATES)

    def rates_from(self, _symbol: str, _timeframe: int, _from_s: int, count: int) -> Array:
        return np.zeros(count, RATES)

    def rates_range(self, _symbol: str, _timeframe: int, _from_s: int, _to_s: int) -> Array:
        return np.zeros(0, RATES)

    def ticks_from(self, _symbol: str, _from_msc: int, count: int, flags: int) -> Array:
        self.kinds.append(flags)
        return np.zeros(count, TICKS)

    def ticks_range(self, _symbol: str, _from_msc: int, _to_msc: int, flags: int) -> Array:
        self.kinds.append(flags)
        return np.zeros(0, TICKS)

    def check(self, _request: TradeRequest) -> TradeCheck:
        money = Decimal(10_000)
        return TradeCheck(
            retcode=0,
            comment="Done",
            balance=money,
            equity=money,
            profit=Decimal(0),
            margin=Decimal(100),
            margin_free=money - 100,
            margin_level=Decimal(10_000),
        )

    def send(self, request: TradeRequest) -> OrderResult:
        self.sent.append(request)
        return self.answer

    def calc_margin(self, _kind: int, symbol: str, _volume: float, _price: float) -> Decimal | None:
        return None if symbol == "USDJPY" else Decimal("110.00")

    def calc_profit(self, _kind: int, _symbol: str, *_numbers: float) -> Decimal | None:
        return Decimal("1.50")


def position(ticket: int, symbol: str = "EURUSD", **fields: Any) -> Position:
    """Return a position of 0.1 lots."""
    held = Position(
        ticket=ticket,
        symbol=symbol,
        side="buy",
        volume=0.1,
        price_open=1.1002,
        price_current=1.1,
        sl=None,
        tp=1.2,
        profit=Decimal("-2.00"),
        swap=Decimal("0.30"),
        time_msc=START_S * 1000 + 5,
        magic=7,
        comment="held",
    )
    return msgspec.structs.replace(held, **fields)


def fresh(venue: FakeVenue | None = None) -> Terminal:
    """Return a terminal that is not connected, and finds this venue at no path or at `terminal64.exe`."""
    there = venue or FakeVenue()

    def opened(path: str | None) -> FakeVenue:
        if path not in (None, "terminal64.exe"):
            raise NoTerminal(f"Process create failed '{path}'")
        return there

    return Terminal(opened)


def connected(venue: FakeVenue | None = None) -> Terminal:
    """Return a terminal that is connected."""
    terminal = fresh(venue)
    assert terminal.initialize() is True
    return terminal
