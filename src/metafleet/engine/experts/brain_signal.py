"""Brain Signal: follow what a model says, with risk control; without it go by a rule of its own."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Final

from metafleet.engine.broker.records import Position, Side
from metafleet.engine.experts.discipline import Disciplined
from metafleet.engine.experts.indicators import ATR, RateOfChange
from metafleet.engine.experts.inputs import Input, InputRefused, InputValue
from metafleet.engine.experts.signals import Heard, Signal, Silence
from metafleet.engine.market.records import Bar

FOLLOWS: Final = "brain"
OWN_RULE: Final = "own-rule"
"""Tags of its orders: what the journal counts trades by."""


class BrainSignal(Disciplined):
    """One position at a time, the way that a model says, for as long as it looks ahead."""

    slug = "brain-signal"
    name = "Brain Signal"
    version = "1.0.0"
    category = "Brain"
    summary = "Follows a model's signals with stops and sizes of its own; has a rule for when none comes."
    description = (
        "Asks the Brain at the end of each bar which way the price is likely to go. Where the model is sure "
        "enough it opens one position that way, with stop and target at multiples of the average true range "
        "and a volume that the model's own hint scales down, and holds it at most as long as the model looks "
        "ahead. When the Brain is silent or its newest signal is past its validity, it goes by a rule of its "
        "own or holds still, and says so at each order."
    )
    risk_note = (
        "A model is as good as its card says and no better: where no edge was found there is none to follow. "
        "What a model has learnt wears off, and it can be wrong many times in a row. A price gap can fill "
        "the stop beyond its level. Past results say nothing certain about future ones."
    )
    symbols = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD")

    timeframe: str = Input(
        "M15",
        title="Timeframe",
        choices=("M5", "M15", "M30", "H1", "H4"),
        group="Signal",
        help="Of the bars that the model is asked about.",
    )
    model: str = Input("", title="Model", group="Signal", help="By its name; empty is the champion.")
    min_probability: float = Input(
        0.55,
        title="Least probability",
        ge=0.5,
        lt=1.0,
        step=0.01,
        group="Signal",
        help="That the side is right; a signal below it opens nothing.",
    )
    scales_size: bool = Input(
        True, title="Size by the signal", group="Signal", help="The model's size hint scales the volume."
    )
    sent_bars: int = Input(
        600,
        title="Bars sent along",
        ge=0,
        le=1_000,
        step=100,
        unit="bars",
        group="Signal",
        help="What the model looks at; 0 leaves it to the bars that the hub has, which may be late.",
    )
    without_signal: str = Input(
        "momentum",
        title="Without a signal",
        choices=("momentum", "hold"),
        group="Own rule",
        help="Join moves larger than the usual, or open nothing. What is open keeps its stop either way.",
    )
    own_change_period: int = Input(24, title="Move over", ge=2, le=400, step=4, unit="bars", group="Own rule")
    own_strength: float = Input(
        1.0,
        title="Strength",
        ge=0.1,
        le=10.0,
        step=0.1,
        unit="usual moves",
        group="Own rule",
        help="A usual move is the ATR times the root of the bars.",
    )
    own_size: float = Input(
        0.5,
        title="Size",
        gt=0.0,
        le=1.0,
        step=0.1,
        unit="of the usual",
        group="Own rule",
        help="A share of the volume that the sizing gives.",
    )
    atr_period: int = Input(14, title="ATR period", ge=2, le=200, step=4, unit="bars", group="Exit")
    stop_atr: float = Input(
        2.0,
        title="Stop distance",
        ge=0.5,
        le=20.0,
        step=0.5,
        unit="ATR",
        group="Exit",
        help="Multiples of the ATR.",
    )
    target_atr: float = Input(
        3.0,
        title="Target distance",
        ge=0.0,
        le=50.0,
        step=0.5,
        unit="ATR",
        group="Exit",
        help="0 sets no target.",
    )
    max_bars: int = Input(
        0,
        title="Longest trade",
        ge=0,
        le=2_000,
        step=4,
        unit="bars",
        group="Exit",
        help="0: as long as the model looks ahead; of a trade by its own rule, the bars that rule looks at.",
    )
    closes_on_opposite: bool = Input(
        True, title="Close on the opposite", group="Exit", help="When a signal says the other way."
    )

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """A name of a model is at most 64 letters long."""
        super().check_inputs(inputs)
        if len(str(inputs["model"])) > 64:
            raise InputRefused("model", "must be at most 64 characters")

    def on_start(self) -> None:
        """No line says when to wake: at each bar the Brain is asked."""
        self._change = self.chart.add(RateOfChange(self.own_change_period))
        self._atr = self.chart.add(ATR(self.atr_period))
        self._silence = ""

    def on_bar(self, bar: Bar) -> None:  # noqa: ARG002 - the chart has it
        """End what has lasted long enough, then ask which way."""
        for position in self.positions:
            bars = _bars_of(position)
            if bars and self.is_held_for(position, bars):
                self.close(position)
        heard = self.ask_brain(model=self.model, bars=self.sent_bars)
        if not (isinstance(heard, Silence) and heard.is_awaited):
            self.on_signal(heard)

    def on_signal(self, heard: Heard) -> None:
        """Follow it; of a silence, or where it is no longer valid, go by the own rule."""
        if isinstance(heard, Signal) and self.desk.now_msc() >= heard.valid_until_s * 1000:
            heard = Silence("the newest signal is past its validity")
        if isinstance(heard, Silence):
            self._note_silence(heard.why)
            self._go_alone(heard.why)
        else:
            self._note_silence("")
            self._follow(heard)

    def _follow(self, signal: Signal) -> None:
        if signal.side == "none" or signal.confidence < self.min_probability:
            return
        if self.closes_on_opposite:
            self._close_all_but(signal.side)
        if not self._is_followed(signal):
            self._join(
                signal.side,
                share=signal.size if self.scales_size else 1.0,
                bars=self.max_bars or signal.horizon_bars,
                tag=FOLLOWS,
                note=_words(signal),
            )

    def _go_alone(self, why: str) -> None:
        """Join a move that has just become larger than the usual, as Momentum does."""
        side = self._begun() if self.without_signal == "momentum" else None
        if side is None:
            return
        self._close_all_but(side)
        moved = f"Moved {self._change[-1]:+.2f} % in {self.own_change_period} bars."
        self._join(
            side,
            share=self.own_size,
            bars=self.max_bars or self.own_change_period,
            tag=OWN_RULE,
            note=f"No signal: {why}. {moved}",
        )

    def _join(self, side: Side, *, share: float, bars: int, tag: str, note: str) -> None:
        atr = self._atr[-1]
        if not atr > 0.0 or not share > 0.0 or not self.may_enter():
            return
        stop = self.floored(atr * self.stop_atr)
        self.enter(
            side,
            stop_distance=stop,
            target_distance=stop / self.stop_atr * self.target_atr,
            comment=f"{bars} bars" if bars else "",
            tag=tag,
            note=note,
            share=share,
        )

    def _begun(self) -> Side | None:
        """Return to which side the change, in percent, has just grown beyond what noise makes."""
        if len(self.chart) < 2:
            return None
        usual = self._atr[-1] * sqrt(self.own_change_period) / self.chart[-1].close * 100.0
        needed = self.own_strength * usual
        before, now = self._change[-2], self._change[-1]
        if before <= needed < now:
            return "buy"
        if before >= -needed > now:
            return "sell"
        return None

    def _close_all_but(self, side: Side) -> None:
        for position in self.positions:
            if position.side != side:
                self.close(position)

    def _is_followed(self, signal: Signal) -> bool:
        """Say whether it has opened a position since this signal came: nobody follows one twice."""
        return any(deal.entry == 0 for deal in self.deals_since(signal.time_s * 1000))

    def _note_silence(self, why: str) -> None:
        """Say once when the Brain falls silent, for what reason, and when it speaks again."""
        if why == self._silence:
            return
        self._silence = why
        rule = "holding still" if self.without_signal == "hold" else "going by its own rule"
        self.log(f"no signal: {why}; {rule}" if why else "the Brain speaks again")


def _words(signal: Signal) -> str:
    who = f"{signal.model} {signal.version}: " if signal.model else ""
    what = f"{signal.side} with {signal.confidence:.3f}, size {signal.size:.2f}"
    return f"{who}{what}{f', signal {signal.id}' if signal.id else ''}."


def _bars_of(position: Position) -> int:
    """Return after how many bars it ends, which stands in its comment, where a restart finds it; 0: never."""
    words = position.comment.split()
    return int(words[0]) if len(words) > 1 and words[0].isdecimal() and words[1] == "bars" else 0
