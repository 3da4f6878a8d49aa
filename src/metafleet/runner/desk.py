"""The desk of an EA at a live terminal: questions asked once a tick, orders sent once."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.errors import BrokerError, UnknownSymbol
from metafleet.engine.broker.records import AccountInfo, Deal, OrderRequest, OrderResult, Position
from metafleet.engine.experts import sizing
from metafleet.engine.experts.charts import Chart, ChartRefused, LiveCharts, joined
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.experts.reasons import Reason
from metafleet.engine.experts.signals import Heard
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S, next_open_s
from metafleet.runner import pause_rules as pauses
from metafleet.runner.brain import Brain
from metafleet.runner.lease import HOLDING
from metafleet.runner.pause_rules import Mode
from metafleet.runner.terminal import Terminal

MOST_BARS: Final = 5_000
"""Of one question for a chart's history: a third of a megabyte."""

KEPT_REASONS: Final = 1_000
"""Of the newest orders; they go to the hub with their deals, mostly at once."""

OUTCOME_UNKNOWN: Final = 10012
NO_CONNECTION: Final = 10031
MOST_DEALS: Final = 1_000
"""The EA's own that are kept for it to look at."""
DEALS_A_PAGE: Final = 1_000
_WORDS: Final = {OUTCOME_UNKNOWN: "Request timed out", NO_CONNECTION: "No connection with the trade server"}

expert_log = logging.getLogger("expert")


class BrokerDesk:
    """`metafleet.engine.experts.desk.Desk` over a Terminal. Used by the trading loop only.

    Answers are kept until `move_on`, so that an EA that asks twice in a tick costs one question; the quote
    is asked for only where the terminal leaves ticks out. `unsettled` is an order whose answer never came;
    nothing is sent while there is one, until the loop has looked up what became of it. `pause` is enforced
    here, and so is a trading lease that allows nothing new: `may_open`.
    """

    def __init__(
        self,
        terminal: Terminal,
        magic: int,
        is_fenced: Callable[[], bool],
        may_open: Callable[[], bool],
        brain: Brain,
    ) -> None:
        self._terminal = terminal
        self._magic = magic
        self._is_fenced = is_fenced
        self._may_open = may_open
        self._brain = brain
        self._positions: list[Position] | None = None
        self._account: AccountInfo | None = None
        self._quote: Tick | None = None
        self._is_quote_old = False
        self._reasons: dict[int, Reason] = {}
        self._rate_bars: dict[str, float | None] = {}
        self._deals: deque[Deal] = deque(maxlen=MOST_DEALS)
        self._newest_deal = 0
        self.pause: Mode | None = None
        self.unsettled: OrderRequest | None = None

    @property
    def symbol(self) -> SymbolSpec:
        return self._terminal.symbol

    @property
    def magic(self) -> int:
        return self._magic

    @property
    def entries_allowed(self) -> bool:
        return self.pause is None and self._may_open() and not self._is_fenced()

    def now_msc(self) -> int:
        if (quote := self.quote()) is not None:
            return quote.time_msc
        bars = self.bars(1)
        return bars[-1].time_s * 1000 if bars else 0

    def quote(self) -> Tick | None:
        if self._is_quote_old:
            newest = self._terminal.ask(lambda client: client.quote(self.symbol.name))
            self._quote, self._is_quote_old = newest or self._quote, False
        return self._quote

    def bars(self, count: int) -> list[Bar]:
        return self._terminal.ask(lambda client: client.bars(self.symbol.name, count))

    def charts(self, timeframe: str) -> LiveCharts:
        return LiveCharts(self, timeframe)

    def history(self, symbol: str, timeframe: str, count: int) -> list[Bar]:
        """See `charts.History`. At most MOST_BARS, of any symbol that the broker quotes.

        Counted back from the market's time as the EA has it: a fast market has gone on since. Where the
        broker is too old to have other bars, they are made of its last few thousand of M1.
        """
        number, now_s, count = BY_NAME[timeframe], self.now_msc() // 1000, min(count, MOST_BARS)
        try:
            bars = self._terminal.rates(symbol, number, now_s, count + 1)
            if bars is None:
                minutes = PERIODS_S[number] // 60 * (count + 1)
                made = self._terminal.ask(lambda client: client.bars(symbol, minutes + 1))
                return joined(made[:-1], timeframe, now_s)[-count:]
        except UnknownSymbol as unknown:
            raise ChartRefused(f"no chart of {symbol} {timeframe}: {unknown}") from unknown
        return [bar for bar in bars if next_open_s(number, bar.time_s) <= now_s][-count:]

    def account(self) -> AccountInfo:
        if self._account is None:
            self._account = self._terminal.ask(lambda client: client.account())
        return self._account

    def all_positions(self) -> list[Position]:
        """Every open position of the account, whoever opened it."""
        if self._positions is None:
            self._positions = self._terminal.ask(lambda client: client.positions())
        return self._positions

    def positions(self) -> list[Position]:
        return [held for held in self.all_positions() if self.is_own(held)]

    def is_own(self, held: Position | Deal) -> bool:
        """Whether a position or deal is this EA's: its symbol and magic number."""
        return held.magic == self._magic and held.symbol == self.symbol.name

    def deals_since(self, time_msc: int) -> list[Deal]:
        """See Desk. The first time reads the account's whole history, later ones what is new in it."""
        while page := self._terminal.ask(lambda client: client.deals(self._newest_deal, DEALS_A_PAGE)):
            self._deals.extend(deal for deal in page if self.is_own(deal))
            self._newest_deal = page[-1].ticket
        return [deal for deal in self._deals if deal.time_msc >= time_msc]

    def tick_value(self) -> float | None:
        currency = self.account().currency
        return sizing.tick_value(self.symbol, currency, self._price_of)

    def hold(self) -> None:
        """Let nothing new be opened; a stricter pause stays."""
        self.pause = self.pause or "hold"

    def send(self, request: OrderRequest) -> OrderResult:
        """Send what the EA wants, as far as its pause allows."""
        try:
            forbidden = self._forbidden(request)
        except DeskLost:
            return _no(NO_CONNECTION)
        if forbidden:
            expert_log.info("%s: refused. %s", _words(request), forbidden)
            return OrderResult(retcode=retcodes.CLIENT_DISABLES_AT, comment=forbidden)
        return self.execute(request)

    def execute(self, request: OrderRequest) -> OrderResult:
        """Send what a command or the pause itself wants: no pause stands in its way."""
        if self._is_fenced():
            return OrderResult(
                retcode=retcodes.CLIENT_DISABLES_AT, comment=retcodes.COMMENTS[retcodes.CLIENT_DISABLES_AT]
            )
        if self.unsettled is not None or not self._terminal.is_connected:
            return _no(NO_CONNECTION)
        try:
            result = self._terminal.ask(lambda client: client.order_send(request))
        except DeskLost:
            self.unsettled = request
            return _no(OUTCOME_UNKNOWN)
        except BrokerError as refused:
            return OrderResult(retcode=retcodes.INVALID, comment=str(refused))
        finally:
            self.move_on()
        expert_log.info("%s: %s %s", _words(request), result.retcode, result.comment)
        return result

    def ask_brain(self, chart: Chart, *, model: str, bars: int) -> Heard:
        return self._brain.ask(chart, model=model, bars=bars, now_s=self.now_msc() // 1000)

    def explain(self, order: int, reason: Reason) -> None:
        self._reasons[order] = reason
        while len(self._reasons) > KEPT_REASONS:
            del self._reasons[next(iter(self._reasons))]

    def reason_of(self, order: int) -> Reason | None:
        """Return why the EA sent this order; None where it did not say, or another run of it sent it."""
        return self._reasons.get(order)

    def log(self, text: str) -> None:
        expert_log.info("%s", text)

    def move_on(self, quote: Tick | None = None) -> None:
        """Forget what was asked, because the market or the account has moved on."""
        self._positions = self._account = None
        if self._rate_bars:
            self._rate_bars.clear()
        if quote is not None:
            self._quote, self._is_quote_old = quote, False
        elif not self._terminal.tells_ticks:
            self._is_quote_old = True

    def _forbidden(self, request: OrderRequest) -> str | None:
        if pauses.opens(request) and not self._may_open():
            return HOLDING
        if self.pause is None:
            return None
        held = next((own for own in self.positions() if own.ticket == request.position), None)
        return pauses.forbids(self.pause, request, held, self.symbol)

    def _price_of(self, name: str) -> float | None:
        """The last price of a symbol, None where the market does not quote it."""
        if (quote := self.quote()) is not None and name == quote.symbol:
            return quote.bid
        if name not in self._rate_bars:
            try:
                bars = self._terminal.ask(lambda client: client.bars(name, 1))
            except UnknownSymbol:
                bars = []
            self._rate_bars[name] = bars[-1].close if bars else None
        return self._rate_bars[name]


def _no(retcode: int) -> OrderResult:
    return OrderResult(retcode=retcode, comment=_WORDS[retcode])


def _words(request: OrderRequest) -> str:
    """The request as a line of the log says it."""
    levels = f"sl {request.sl} tp {request.tp}"
    if request.action == "deal":
        return f"{request.side} {request.volume} {request.symbol} {levels}"
    return f"{request.action} #{request.position} {levels if request.action == 'sltp' else ''}".rstrip()
