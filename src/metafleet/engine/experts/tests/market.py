"""Bars and desks for EA tests: synthetic prices, the real ledger."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from decimal import Decimal

from metafleet.engine.broker.book import Terms, Tickets
from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.offline import LedgerDesk
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.series import BarSeries
from metafleet.engine.market.symbols import SYMBOLS

MONDAY_S = 1_704_700_800
"""2024-01-08 08:00 UTC."""

MAGIC = 77
SPREAD = 0.00012


def account(deposit: int = 10_000) -> NewAccount:
    return NewAccount(login=1, name="Alice", deposit=Decimal(deposit))


def bars_through(closes: Iterable[float], first_s: int = MONDAY_S, reach: float = 0.0001) -> list[Bar]:
    """M1 bars that close at these prices, each opening where the last one closed."""
    bars: list[Bar] = []
    last: float | None = None
    for index, close in enumerate(closes):
        opened = close if last is None else last
        high, low = max(opened, close) + reach, min(opened, close) - reach
        bars.append(Bar(first_s + 60 * index, opened, round(high, 5), round(low, 5), round(close, 5), 10, 12))
        last = round(close, 5)
    return bars


def wave(count: int, centre: float, height: float, period: int, seed: int = 1) -> list[float]:
    """A sine with a little noise."""
    noise = random.Random(seed)
    return [
        centre + height * math.sin(2 * math.pi * index / period) + noise.uniform(-0.00005, 0.00005)
        for index in range(count)
    ]


class Stage:
    """A desk whose ticks the test gives one by one."""

    def __init__(self, symbol: str, history: list[Bar], deposit: int = 10_000) -> None:
        spec = SYMBOLS[symbol]
        self.symbol = symbol
        self.quotes = Quotes(SYMBOLS.values())
        self.series = BarSeries(spec.point)
        self.series.load(history)
        self.now_s = history[-1].time_s + 60
        self.ledger: Ledger = open_ledger(
            account(deposit), self.quotes, Tickets(), self.now_s * 1000, Terms(commissions=())
        )
        self.desk = LedgerDesk(self.ledger, spec, MAGIC, self.series)

    def tick(self, bid: float, spread: float = SPREAD) -> Tick:
        """Move the market on by a second."""
        self.now_s += 1
        return self._take(bid, spread)

    def minute(self, expert: Expert, bid: float, spread: float = SPREAD) -> None:
        """Move on to the next minute, whose first tick closes the bar before it."""
        self.now_s += 60 - self.now_s % 60
        forming = self.series.forming()
        self._take(bid, spread)
        assert forming is not None
        expert.take(forming, self.now_s)

    def _take(self, bid: float, spread: float) -> Tick:
        tick = Tick(self.symbol, self.now_s * 1000, round(bid, 5), round(bid + spread, 5))
        self.ledger.on_tick(tick)
        self.series.add(tick)
        return tick
