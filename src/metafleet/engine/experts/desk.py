"""What an EA is given: a clock, a feed and a broker behind one protocol."""

from __future__ import annotations

from typing import Protocol

from metafleet.engine.broker.records import AccountInfo, Deal, OrderRequest, OrderResult, Position
from metafleet.engine.experts.charts import Chart, Charts
from metafleet.engine.experts.reasons import Reason
from metafleet.engine.experts.signals import Heard
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.symbols import SymbolSpec


class DeskLost(Exception):
    """The terminal is away and the question cannot be answered now.

    An EA lets it pass: its hook ends there, and it is called again, with everything
    that it missed, when the terminal is back.
    """

    permanent = False


class Desk(Protocol):
    """One EA's place at one terminal: one symbol, one magic number.

    Questions raise DeskLost while the terminal is away. `send` never raises: it
    answers with MetaTrader's return codes (10012 outcome unknown, 10031 no connection).
    """

    @property
    def symbol(self) -> SymbolSpec:
        """The symbol that the EA trades."""

    @property
    def magic(self) -> int:
        """The number that marks the EA's own orders."""

    @property
    def entries_allowed(self) -> bool:
        """Whether new positions may be opened: False while the EA is paused."""

    def now_msc(self) -> int:
        """The market's time, Unix milliseconds."""

    def quote(self) -> Tick | None:
        """The newest quote, None before the first."""

    def bars(self, count: int) -> list[Bar]:
        """At most `count` M1 bars, oldest first; the last one is still forming."""

    def charts(self, timeframe: str) -> Charts:
        """Return new charts for an EA whose bars are of this timeframe. Raises ChartRefused."""

    def account(self) -> AccountInfo:
        """The account as it is now."""

    def positions(self) -> list[Position]:
        """The EA's own open positions (this symbol and magic), oldest first."""

    def deals_since(self, time_msc: int) -> list[Deal]:
        """The EA's own deals (symbol and magic) from that time on, oldest first; of the newest 1,000."""

    def tick_value(self) -> float | None:
        """Account currency that one lot gains per tick up; None where no rate is known."""

    def send(self, request: OrderRequest) -> OrderResult:
        """Send an order and wait for what became of it."""

    def ask_brain(self, chart: Chart, *, model: str, bars: int) -> Heard:
        """Ask the Brain, and never wait: what it says of the newest closed bar, or that it is silent.

        chart: whose symbol and timeframe. model: by name, "" for the champion. bars: how many closed ones of
        the chart go along for the model to look at; 0: those that the hub has. Asked twice within a bar it is
        one question. Silence that `is_awaited` ends with the hook `on_signal`.
        """

    def explain(self, order: int, reason: Reason) -> None:
        """Keep beside an order that was executed why it was sent. order: its ticket."""

    def log(self, text: str) -> None:
        """Write one line to the EA's log."""
