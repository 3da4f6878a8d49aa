"""One test under way: the EA, its desk and charts, the account, and the past that they live through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.records import DEAL_BALANCE
from metafleet.engine.experts.charts import ChartRefused
from metafleet.engine.experts.expert import Expert
from metafleet.engine.market.modes import Making, TickMode
from metafleet.engine.market.records import Bar
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S, WEEK_S
from metafleet.engine.tester.charts import TapeChart, TapeCharts
from metafleet.engine.tester.contract import WARM_UP_BARS, Test, TestRefused, TickModel
from metafleet.engine.tester.curve import Curves
from metafleet.engine.tester.desk import MAGIC, TesterDesk, no_bars, no_wait
from metafleet.engine.tester.tape import Span, Tape, known_at, reaching, span_of

Progress = Callable[[float], object]
"""Told how much of the tested time is over, 0 to 1, from time to time. What it raises ends the test."""

_MODES: Final[Mapping[TickModel, TickMode]] = {
    "every": "real",
    "m1": "generated",
    "ohlc": "ohlc",
    "open": "open",
}


class Cancelled(Exception):
    """Raised by a Progress to end a test early."""


class Play:
    """What both loops share. begin: the place in the tape where the test begins.

    minutes: the M1 bars up to the forming one; wait: lets the market go on to a time, Unix milliseconds,
    within the bar; both the loop's. ticks: how many there were so far, seen or skipped.
    """

    def __init__(
        self,
        *,
        cls: type[Expert],
        test: Test,
        timeframe: str,
        tapes: Mapping[str, Tape],
        span: Span,
        begin: int,
        ledger: Ledger,
    ) -> None:
        self.cls, self.test, self.timeframe = cls, test, timeframe
        self.tapes, self.tape = tapes, tapes[test.symbol]
        self.span, self.begin = span, begin
        self.begin_s = int(self.tape.rates["time"][begin])
        self.ledger = ledger
        self.ticks = 0
        self.wait: Callable[[int], None] = no_wait
        self.minutes: Callable[[int], list[Bar]] = no_bars
        self._spans = {(test.symbol, timeframe): span}
        closed = span.closed_by(self.begin_s)
        self.chart = TapeChart(test.symbol, timeframe, span, closed)
        self.charts = TapeCharts(self.chart, self._span_of, lambda: self.ledger.quotes.now_msc // 1000)
        wait = self._wait if test.latency_ms else None
        self.desk = TesterDesk(ledger, self.tape.spec, self.charts, self._minutes, wait)
        self.expert = cls(self.desk, test.inputs)
        self.curves = Curves(ledger, self.tape.spec, span, closed)
        self._first = closed
        self._told = len(ledger.deals)
        self._hears = cls.on_trade is not Expert.on_trade

    @property
    def making(self) -> Making:
        """How ticks are made of the tape's bars."""
        return Making(
            mode=_MODES[self.test.ticks],
            seed=self.test.seed,
            ticks_per_bar=self.test.ticks_per_bar,
            timeframe=BY_NAME[self.timeframe],
        )

    @property
    def tested(self) -> tuple[int, int]:
        """Where the bars of the own chart that were lived through begin and end."""
        return self._first, self.curves.end

    @property
    def passes_msc(self) -> int:
        """How long the bars are within which the price passes what lies between two ticks; 0: it jumps."""
        return self.tape.period_s * 1000 if self.test.ticks in ("ohlc", "m1") else 0

    def is_quiet(self) -> bool:
        """Say whether there is nothing that needs each tick."""
        return len(self.tapes) == 1 and self.cls.on_tick is Expert.on_tick

    def tell(self) -> None:
        """Let the EA hear of its new deals."""
        if not self._hears:
            return
        deals = self.ledger.deals
        while self._told < len(deals):
            deal = deals[self._told]
            self._told += 1
            if deal.magic == MAGIC and deal.type != DEAL_BALANCE:
                self.expert.on_trade(deal)

    def end(self, *, close_positions: bool) -> None:
        """Close what is open if asked, and say goodbye to the EA."""
        if close_positions:
            for held in self.desk.positions():
                self.expert.close(held)
            self.tell()
        self.expert.on_stop()

    def let_go(self) -> None:
        """Let go of the loop and of what charts read: it all holds on to itself, and is large."""
        self.minutes, self.wait = no_bars, no_wait
        self.desk.let_go()
        self.charts.let_go()

    def _wait(self) -> None:
        self.wait(self.ledger.quotes.now_msc + self.test.latency_ms)

    def _minutes(self, count: int) -> list[Bar]:
        return self.minutes(count)

    def _span_of(self, symbol: str, timeframe: str) -> Span:
        key = (symbol, timeframe)
        if key not in self._spans:
            if symbol not in self.tapes:
                raise ChartRefused(f"there are no prices of {symbol}: give them to the test, too")
            tape, now_s = self.tapes[symbol], self.ledger.quotes.now_msc // 1000
            # Of a week's days five have bars.
            warm_up_s = WARM_UP_BARS * PERIODS_S[BY_NAME[timeframe]] * 7 // 5 + WEEK_S
            try:
                self._spans[key] = known_at(span_of(reaching(tape, now_s - warm_up_s), timeframe), now_s)
            except TestRefused as refusal:
                raise ChartRefused(str(refusal)) from refusal
        return self._spans[key]
