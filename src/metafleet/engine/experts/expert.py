"""The base of every EA: hooks to override, verbs to call."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.records import AccountInfo, Deal, OrderRequest, OrderResult, Position, Side
from metafleet.engine.experts.charts import Chart
from metafleet.engine.experts.desk import Desk
from metafleet.engine.experts.inputs import InputField, InputValue, declared_inputs, parse_inputs
from metafleet.engine.experts.lines import Line
from metafleet.engine.experts.reasons import reason_of, tagged
from metafleet.engine.experts.signals import Heard
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.symbols import SymbolSpec

if TYPE_CHECKING:
    from metafleet.engine.experts.declaring import Declaration, Past

HOOKS: Final = ("on_start", "on_tick", "on_bar", "on_trade", "on_signal", "on_stop")


class ExpertMisdeclared(TypeError):
    """The class as written can not work; raised when it is made."""


class Resources(msgspec.Struct, frozen=True):
    """What one running instance may use. cpu: cores; memory_mb: resident memory."""

    cpu: float = 0.25
    memory_mb: int = 256


class Expert:
    """An EA on one symbol. Override hooks, declare inputs, call verbs.

    An EA holds no state that a crash could lose: what it has done stands in
    `self.positions`, what it has seen in `self.bars`. One process is the only one
    that trades its symbol and magic number.
    """

    slug: ClassVar[str] = ""
    name: ClassVar[str] = ""
    version: ClassVar[str] = "1.0.0"
    category: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    description: ClassVar[str] = ""
    risk_note: ClassVar[str] = ""
    symbols: ClassVar[tuple[str, ...]] = ()
    timeframe: str = "M1"
    """Of the bars that `on_bar` is given; an Input where whoever deploys the EA may choose it."""
    resources: ClassVar[Resources] = Resources()
    input_migration: ClassVar[Mapping[str, Any]] = {}
    """What became of the inputs of before: {renamed: {old: new}, removed: [name], set: {name: value}}"""

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Check what the author wrote. Raises ExpertMisdeclared, InputMisdeclared."""
        super().__init_subclass__(**kwargs)
        for word in vars(cls):
            if word.startswith("on_") and word not in HOOKS and not isinstance(vars(cls)[word], InputField):
                near = difflib.get_close_matches(word, HOOKS, n=1, cutoff=0.4)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise ExpertMisdeclared(f"{cls.__name__}.{word} is never called{hint}")
        declared_inputs(cls)

    def __init__(self, desk: Desk, inputs: Mapping[str, object] | None = None) -> None:
        """Take a seat at a desk. Raises InputRefused for inputs outside their schema."""
        self.desk = desk
        self.inputs: dict[str, InputValue] = parse_inputs(type(self), inputs or {})
        vars(self).update(self.inputs)
        self._charts = desk.charts(self.timeframe)

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """Judge the inputs together, each being good alone. Raise InputRefused."""

    def on_start(self) -> None:
        """Called once before anything else; `self.bars` has history to warm up with."""

    def on_tick(self, tick: Tick) -> None:
        """Called for each new quote."""

    def on_bar(self, bar: Bar) -> None:
        """Called with each bar of `timeframe` once it is closed, before the first tick after it."""

    def on_trade(self, deal: Deal) -> None:
        """Called for each new deal of this EA (its symbol and magic), stops and targets included."""

    def on_signal(self, heard: Heard) -> None:
        """Called with what became of a question that was awaited: the signal, or that there is none."""

    def on_stop(self) -> None:
        """Called once at the end; open positions stay unless someone closes them."""

    def declare(self, past: Past) -> Declaration | None:  # noqa: ARG002 - most declare nothing
        """Return what `on_bar` does, as arrays over the past, or None where they cannot say it.

        Optional. Called after `on_start`; from it the tester runs the EA many times as fast, once it has seen
        on a stretch that `on_bar` does the same. See `declaring` for what is meant by it.
        """
        return None

    def buy(
        self,
        volume: float,
        sl: float | None = None,
        tp: float | None = None,
        comment: str = "",
        *,
        tag: str = "",
        note: str = "",
    ) -> OrderResult:
        """Open a long position at market. See `_open`."""
        return self._open("buy", volume, sl, tp, comment, tag, note)

    def sell(
        self,
        volume: float,
        sl: float | None = None,
        tp: float | None = None,
        comment: str = "",
        *,
        tag: str = "",
        note: str = "",
    ) -> OrderResult:
        """Open a short position at market. See `_open`."""
        return self._open("sell", volume, sl, tp, comment, tag, note)

    def modify(self, position: Position, *, sl: float | None, tp: float | None) -> OrderResult:
        """Set both levels of a position; None removes one."""
        desk = self.desk
        spec = desk.symbol
        return desk.send(
            OrderRequest(
                action="sltp",
                symbol=spec.name,
                position=position.ticket,
                sl=_on_digits(sl, spec.digits),
                tp=_on_digits(tp, spec.digits),
                magic=desk.magic,
            )
        )

    def close(self, position: Position, volume: float | None = None) -> OrderResult:
        """Close a position, or a part of it, at market. volume: lots."""
        desk = self.desk
        return desk.send(
            OrderRequest(
                action="close",
                symbol=desk.symbol.name,
                position=position.ticket,
                volume=volume or 0.0,
                magic=desk.magic,
            )
        )

    @property
    def positions(self) -> list[Position]:
        """This EA's open positions, oldest first."""
        return self.desk.positions()

    @property
    def account(self) -> AccountInfo:
        """The account as it is now."""
        return self.desk.account()

    @property
    def symbol(self) -> SymbolSpec:
        """The symbol that this EA trades."""
        return self.desk.symbol

    @property
    def quote(self) -> Tick | None:
        """The newest quote."""
        return self.desk.quote()

    @property
    def chart(self) -> Chart:
        """The chart of this EA's symbol and timeframe; see `charts` for what it has."""
        return self._charts.own

    def chart_of(self, timeframe: str, symbol: str | None = None) -> Chart:
        """Another chart, of this EA's symbol unless one is named. Raises ChartRefused."""
        return self._charts.chart(timeframe, symbol)

    def wake(self, line: Line) -> None:
        """Have `on_bar` called only where a line of the own chart is neither 0 nor nan.

        Said in `on_start`, of several lines where any of them is to wake it. Orders, stops and `on_trade` go
        on meanwhile; the tester passes over what is between.
        """
        self._charts.wake(line)

    def take(self, bar: Bar, now_s: int) -> None:
        """Let the charts see the M1 bar that has closed, and `on_bar` what has closed with it.

        Called by what drives the EA. now_s: the market's time, seconds. Raises DeskLost.
        """
        for closed in self._charts.advance(bar, now_s):
            self.on_bar(closed)

    def bars(self, count: int) -> list[Bar]:
        """At most `count` M1 bars, oldest first; the last one is still forming."""
        return self.desk.bars(count)

    def deals_since(self, time_msc: int) -> list[Deal]:
        """This EA's deals from that time on, oldest first; what it knows of its day after a restart.

        time_msc: the market's time. Raises DeskLost.
        """
        return self.desk.deals_since(time_msc)

    def ask_brain(self, *, timeframe: str = "", model: str = "", bars: int = 0) -> Heard:
        """Ask the Brain which way, of the bar of this EA's symbol that has just closed. It never waits.

        timeframe: the EA's own unless another is named; its chart is one of `on_start`'s. model: by name, ""
        for the champion. bars: how many closed ones of that chart go along for the model to look at; 0 leaves
        it to those that the hub has. Gives a Signal, or a Silence that says why; where that `is_awaited`, the
        rest comes by `on_signal`. In the tester the answer is there at once, or never. Raises DeskLost.
        """
        chart = self.chart_of(timeframe) if timeframe else self.chart
        return self.desk.ask_brain(chart, model=model, bars=bars)

    def log(self, text: str) -> None:
        """Write one line to this EA's log."""
        self.desk.log(text)

    def _open(
        self,
        side: Side,
        volume: float,
        sl: float | None,
        tp: float | None,
        comment: str,
        tag: str,
        note: str,
    ) -> OrderResult:
        """Send an entry. Volume in lots; levels in price, None for none.

        tag: a word that says why, such as "breakout", at most 16 letters, digits, dots and dashes; it goes to
        the end of the comment. note: a sentence that does, cut at 200 characters, kept beside the order.
        The journal and a test's report show both. Raises ReasonRefused.
        A refusal is a value: `retcode` 10009 means done, 10027 that the EA is paused.
        """
        desk = self.desk
        reason = reason_of(tag, note) if tag or note else None
        if not desk.entries_allowed:
            code = retcodes.CLIENT_DISABLES_AT
            return OrderResult(retcode=code, comment=retcodes.COMMENTS[code])
        spec = desk.symbol
        result = desk.send(
            OrderRequest(
                action="deal",
                symbol=spec.name,
                side=side,
                volume=volume,
                sl=_on_digits(sl, spec.digits),
                tp=_on_digits(tp, spec.digits),
                magic=desk.magic,
                comment=comment if reason is None else tagged(comment, tag),
            )
        )
        if reason is not None and result.order:
            desk.explain(result.order, reason)
        return result


def _on_digits(price: float | None, digits: int) -> float | None:
    return None if price is None else round(price, digits)
