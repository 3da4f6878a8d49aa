"""The desk of an EA in the tester: the market's last price is put to the ledger when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from metafleet.engine.broker.book import OpenPosition
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.records import AccountInfo, Deal, OrderRequest, OrderResult, Position
from metafleet.engine.experts import sizing
from metafleet.engine.experts.charts import Chart
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.experts.offline import own_deals
from metafleet.engine.experts.reasons import Reason
from metafleet.engine.experts.signals import NOBODY, Heard, SignalSource
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.tester.charts import TapeCharts

MAGIC = 1


def _is_own(held: OpenPosition | Position, symbol: str) -> bool:
    return held.magic == MAGIC and held.symbol == symbol


def nothing() -> None:
    """Bring nothing up to date: there is no loop."""


def no_wait(_: int) -> None:
    """Let no time pass: there is no loop."""


def no_bars(_: int) -> list[Bar]:
    """Return no bars: there is no loop."""
    return []


class TesterDesk:
    """`metafleet.engine.experts.desk.Desk` on a ledger whose quotes are brought up to date by `sync`.

    sync: the loop's, which sets it. minutes: returns M1 bars up to the forming one, at most so many. wait:
    lets the time pass that an order is on its way; None for none.
    """

    def __init__(
        self,
        ledger: Ledger,
        spec: SymbolSpec,
        charts: TapeCharts,
        minutes: Callable[[int], list[Bar]],
        wait: Callable[[], None] | None,
    ) -> None:
        self._ledger = ledger
        # Read at each order: a property is called, an attribute is there.
        self.symbol: Final = spec
        self.magic: Final = MAGIC
        self._name = spec.name
        self._charts = charts
        self.sync: Callable[[], None] = nothing
        self._minutes = minutes
        self._wait = wait
        self._held: tuple[OpenPosition, ...] = ()
        self._is_all_own = True
        self.entries_allowed = True
        self.lines: list[str] = []
        self.reasons: dict[int, Reason] = {}
        self.brain: SignalSource | None = None

    def let_go(self) -> None:
        """Let go of the loop: the prices are those of the end."""
        self.sync, self._minutes, self._wait = nothing, no_bars, None

    def now_msc(self) -> int:
        self.sync()
        return self._ledger.quotes.now_msc

    def quote(self) -> Tick | None:
        self.sync()
        return self._ledger.quotes.last(self._name)

    def bars(self, count: int) -> list[Bar]:
        return self._minutes(count)

    def charts(self, timeframe: str) -> TapeCharts:  # noqa: ARG002 - the test has chosen it
        return self._charts

    def account(self) -> AccountInfo:
        self.sync()
        try:
            return self._ledger.account()
        except NoRate as missing:
            raise DeskLost(str(missing)) from missing

    def positions(self) -> list[Position]:
        held = self._ledger.book.positions
        if not held:
            return []
        self.sync()
        name = self._name
        try:
            shown = self._ledger.positions()
        except NoRate as missing:
            raise DeskLost(str(missing)) from missing
        if held is not self._held:
            self._held = held
            self._is_all_own = not [one for one in held if one.magic != MAGIC or one.symbol != name]
        return shown if self._is_all_own else [one for one in shown if _is_own(one, name)]

    def deals_since(self, time_msc: int) -> list[Deal]:
        return own_deals(self._ledger, self._name, MAGIC, time_msc)

    def tick_value(self) -> float | None:
        self.sync()
        return sizing.tick_value(self.symbol, self._ledger.book.currency, self._price_of)

    def send(self, request: OrderRequest) -> OrderResult:
        self.sync()
        if self._wait is not None:
            self._wait()
        return self._ledger.order_send(request)

    def ask_brain(self, chart: Chart, *, model: str, bars: int) -> Heard:  # noqa: ARG002 - all is known
        if self.brain is None:
            return NOBODY
        return self.brain.at(chart.symbol, chart.timeframe, self.now_msc() // 1000)

    def explain(self, order: int, reason: Reason) -> None:
        self.reasons[order] = reason

    def log(self, text: str) -> None:
        self.lines.append(text)

    def _price_of(self, name: str) -> float | None:
        tick = self._ledger.quotes.last(name)
        return None if tick is None else tick.bid
