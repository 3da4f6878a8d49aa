"""Run an EA over bars that are there already, trading on the broker's own ledger: no process, no wait.

The same rules as the paper broker's fill every order; only the clock is the bars'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from typing import Final

from metafleet.engine.broker.book import Terms, Tickets
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import AccountInfo, Deal, OrderRequest, OrderResult, Position
from metafleet.engine.broker.seeding import PastMarket
from metafleet.engine.experts import sizing
from metafleet.engine.experts.charts import Chart, ChartRefused, LiveCharts, joined
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.reasons import Reason
from metafleet.engine.experts.signals import NOBODY, Heard, SignalSource
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.series import PERIOD_S, BarSeries
from metafleet.engine.market.symbols import SYMBOLS, SymbolSpec
from metafleet.engine.market.ticks import FAST_TICKS, bar_quotes
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S

WARM_UP_BARS: Final = 1_500
"""Bars that only fill the history: enough for the shipped EAs' longest averages at their defaults."""


class NotEnoughBars(ValueError):
    """There are no bars left to trade on after the warm-up."""


class LedgerDesk:
    """`metafleet.engine.experts.desk.Desk` over a Ledger in this process."""

    def __init__(self, ledger: Ledger, spec: SymbolSpec, magic: int, series: BarSeries) -> None:
        self._ledger = ledger
        self._spec = spec
        self._magic = magic
        self._series = series
        self.entries_allowed = True
        self.lines: list[str] = []
        self.brain: SignalSource | None = None

    @property
    def symbol(self) -> SymbolSpec:
        return self._spec

    @property
    def magic(self) -> int:
        return self._magic

    def now_msc(self) -> int:
        return self._ledger.quotes.now_msc

    def quote(self) -> Tick | None:
        return self._ledger.quotes.last(self._spec.name)

    def bars(self, count: int) -> list[Bar]:
        return self._series.last(count)

    def charts(self, timeframe: str) -> LiveCharts:
        return LiveCharts(self, timeframe)

    def history(self, symbol: str, timeframe: str, count: int) -> list[Bar]:
        """See `charts.History`; of the EA's own symbol only."""
        if symbol != self._spec.name:
            raise ChartRefused(f"only {self._spec.name} is played here, not {symbol}")
        now_s = self.now_msc() // 1000
        minutes = PERIODS_S[BY_NAME[timeframe]] // PERIOD_S * (count + 1)
        # The forming bar is the last; before the first tick there is none that is known to be closed.
        return joined(self._series.last(minutes + 1)[:-1], timeframe, now_s)[-count:]

    def account(self) -> AccountInfo:
        try:
            return self._ledger.account()
        except NoRate as missing:
            raise DeskLost(str(missing)) from missing

    def positions(self) -> list[Position]:
        if not self._ledger.book.positions:
            return []
        try:
            held = self._ledger.positions()
        except NoRate as missing:
            raise DeskLost(str(missing)) from missing
        return [one for one in held if (one.symbol, one.magic) == (self._spec.name, self._magic)]

    def deals_since(self, time_msc: int) -> list[Deal]:
        return own_deals(self._ledger, self._spec.name, self._magic, time_msc)

    def tick_value(self) -> float | None:
        return sizing.tick_value(self._spec, self._ledger.book.currency, self._price_of)

    def send(self, request: OrderRequest) -> OrderResult:
        return self._ledger.order_send(request)

    def ask_brain(self, chart: Chart, *, model: str, bars: int) -> Heard:  # noqa: ARG002 - all is known
        if self.brain is None:
            return NOBODY
        return self.brain.at(chart.symbol, chart.timeframe, self.now_msc() // 1000)

    def explain(self, order: int, reason: Reason) -> None:
        """Nobody asks here."""

    def log(self, text: str) -> None:
        self.lines.append(text)

    def _price_of(self, name: str) -> float | None:
        tick = self._ledger.quotes.last(name)
        return None if tick is None else tick.bid


def own_deals(ledger: Ledger, symbol: str, magic: int, since_msc: int) -> list[Deal]:
    """Return one EA's deals from that time on, oldest first. Looks no further back than it must."""
    recent = takewhile(lambda deal: deal.time_msc >= since_msc, reversed(ledger.deals))
    return [deal for deal in recent if (deal.symbol, deal.magic) == (symbol, magic)][::-1]


class OfflineRun:
    """One EA on one ledger, given its symbol's ticks; calls the hooks in the order that the runner does.

    The ledger must have taken each tick before `take` does. Bars are made of the ticks,
    and of the `history` (M1, oldest first) that came before them.
    """

    def __init__(
        self,
        cls: type[Expert],
        ledger: Ledger,
        symbol: str,
        magic: int,
        inputs: Mapping[str, object] | None = None,
        history: Sequence[Bar] = (),
    ) -> None:
        """Raise InputRefused, and KeyError for an unknown symbol."""
        spec = SYMBOLS[symbol]
        self._ledger = ledger
        self._series = BarSeries(spec.point)
        self._series.load(list(history))
        self._told = len(ledger.deals)
        self._is_started = False
        self.desk = LedgerDesk(ledger, spec, magic, self._series)
        self._expert = cls(self.desk, inputs)

    def take(self, tick: Tick) -> None:
        """Let the EA see a tick: first the deals that it set off, then the bar that it closed."""
        closed = self._series.add(tick)
        if not self._is_started:
            self._is_started, closed = True, None
            self._expert.on_start()
        self._tell()
        if closed is not None:
            self._expert.take(closed, tick.time_msc // 1000)
        self._expert.on_tick(tick)
        self._tell()

    def finish(self, *, close_positions: bool = False) -> None:
        """Stop the EA, closing its positions at the last price if asked."""
        if close_positions:
            for held in self.desk.positions():
                self._expert.close(held)
            self._tell()
        self._expert.on_stop()

    def _tell(self) -> None:
        while self._told < len(self._ledger.deals):
            deal = self._ledger.deals[self._told]
            self._told += 1
            if (deal.symbol, deal.magic) == (self.desk.symbol.name, self.desk.magic):
                self._expert.on_trade(deal)


def run_over_bars(  # noqa: PLR0913 - the EA, the account and the market, each with its choices
    cls: type[Expert],
    *,
    symbol: str,
    bars: Iterable[Bar],
    account: NewAccount,
    magic: int,
    inputs: Mapping[str, object] | None = None,
    warm_up: int = WARM_UP_BARS,
    ticks_per_bar: int = FAST_TICKS,
    seed: int = 0,
    terms: Terms | None = None,
    rates: Iterable[Tick] = (),
    close_at_end: bool = False,
) -> Ledger:
    """Trade an EA over M1 bars, oldest first, and return the ledger that it leaves.

    The account is opened with the first bar after `warm_up`; its deposit is the first
    deal. `rates`: ticks of the pairs that a foreign account currency needs, which stay
    for the whole run. `close_at_end`: close what is open at the last price.
    Raises NotEnoughBars, InputRefused, KeyError for an unknown symbol.
    """
    stream = iter(bars)
    history = list(islice(stream, warm_up))
    first = next(stream, None)
    if first is None:
        raise NotEnoughBars(f"{len(history)} bars, all of them for the warm-up of {warm_up}")
    quotes = Quotes(SYMBOLS.values())
    for rate in rates:
        quotes.apply(rate)
    ledger = open_ledger(account, quotes, Tickets(), first.time_s * 1000, terms)
    run = OfflineRun(cls, ledger, symbol, magic, inputs, history)
    for bar in chain((first,), stream):
        for time_msc, bid, ask in bar_quotes(SYMBOLS[symbol], bar, PERIOD_S, ticks_per_bar, seed):
            tick = Tick(symbol, time_msc, bid, ask)
            ledger.on_tick(tick)
            run.take(tick)
    run.finish(close_positions=close_at_end)
    return ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """An EA that trades a past market. Entrants whose account has the same login share its ledger."""

    cls: type[Expert]
    symbol: str
    magic: int
    account: NewAccount
    inputs: Mapping[str, object] | None = None


def trade_past(
    past: PastMarket,
    entrants: Sequence[Entrant],
    tickets: Tickets,
    *,
    warm_up_minutes: int = WARM_UP_BARS,
    terms: Terms | None = None,
) -> dict[int, Ledger]:
    """Let EAs trade through a past market, and return the ledgers by login.

    After `warm_up_minutes`, which only make history, all accounts are opened and all EAs
    started. What is open at the end stays open, for a broker and runners to go on with.
    Raises NotEnoughBars when the past ends before, InputRefused, BarFileRefused.
    """
    ticks = iter(past)
    begun = _pass_warm_up(ticks, warm_up_minutes)
    ledgers: dict[int, Ledger] = {}
    for entrant in entrants:
        login = entrant.account.login
        if login not in ledgers:
            ledgers[login] = open_ledger(entrant.account, past.quotes, tickets, begun.time_msc, terms)
    runs: dict[str, list[OfflineRun]] = {entrant.symbol: [] for entrant in entrants}
    for entrant in entrants:
        history = past.bars(entrant.symbol, warm_up_minutes)
        ledger = ledgers[entrant.account.login]
        run = OfflineRun(entrant.cls, ledger, entrant.symbol, entrant.magic, entrant.inputs, history)
        runs[entrant.symbol].append(run)
    for tick in ticks:
        for ledger in ledgers.values():
            ledger.on_tick(tick)
        for run in runs.get(tick.symbol, ()):
            run.take(tick)
    return ledgers


def _pass_warm_up(ticks: Iterator[Tick], minutes: int) -> Tick:
    """Take the ticks of the warm-up and return the last of them. Raises NotEnoughBars."""
    first = last = next(ticks, None)
    while first is not None and last is not None:
        if last.time_msc - first.time_msc >= minutes * 60_000:
            return last
        last = next(ticks, None)
    raise NotEnoughBars(f"the past is over within the warm-up of {minutes} minutes")
