"""Momentum: join a move that is larger than the usual noise, while a second measure agrees."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from metafleet.engine.broker.records import Position, Side
from metafleet.engine.experts import Declaration, Past, agreed
from metafleet.engine.experts.discipline import Disciplined
from metafleet.engine.experts.indicators import ATR, EMA, MACD, RateOfChange
from metafleet.engine.experts.inputs import Input, InputRefused, InputValue
from metafleet.engine.market.records import Bar


class MomentumTrading(Disciplined):
    """One position at a time, with the move, until it turns."""

    slug = "momentum"
    name = "Momentum"
    version = "1.0.0"
    category = "Momentum"
    summary = "Joins unusually large moves that a trend or MACD confirms, and trails its stop."
    description = (
        "Measures how far the price has moved over some bars and compares it with what its average true "
        "range makes usual over so many. When the move grows beyond that, and the slope of an average or "
        "the MACD agrees, it opens one position with it. The stop follows at a multiple of the range; when "
        "the move has turned round, the trade ends."
    )
    risk_note = (
        "It buys what has risen already: a move that ends there is a loss, and fast reversals are what it "
        "stands worst. It loses small amounts often. A price gap can fill the stop beyond its level. Past "
        "results say nothing certain about future ones."
    )
    symbols = ("GBPUSD", "EURUSD", "USDJPY", "XAUUSD")

    timeframe: str = Input(
        "M30", title="Timeframe", choices=("M15", "M30", "H1", "H4"), group="Signal", help="Of its bars."
    )
    change_period: int = Input(24, title="Move over", ge=2, le=400, step=4, unit="bars", group="Signal")
    strength: float = Input(
        1.0,
        title="Strength",
        ge=0.1,
        le=10.0,
        step=0.1,
        unit="usual moves",
        group="Signal",
        help="A usual move is the ATR times the root of the bars.",
    )
    confirmation: str = Input(
        "slope",
        title="Confirmed by",
        choices=("slope", "macd", "both", "none"),
        group="Signal",
        help="The slope of the average, the MACD on its signal's side, both, or nothing.",
    )
    slope_period: int = Input(50, title="Average", ge=2, le=400, step=10, unit="bars", group="Signal")
    macd_fast: int = Input(12, title="MACD fast", ge=2, le=200, step=2, unit="bars", group="Signal")
    macd_slow: int = Input(26, title="MACD slow", ge=3, le=400, step=2, unit="bars", group="Signal")
    atr_period: int = Input(14, title="ATR period", ge=2, le=200, step=4, unit="bars", group="Exit")
    stop_atr: float = Input(
        2.5,
        title="Stop distance",
        ge=0.5,
        le=20.0,
        step=0.5,
        unit="ATR",
        group="Exit",
        help="Multiples of the ATR.",
    )
    trailing_atr: float = Input(
        3.0,
        title="Trailing stop",
        ge=0.0,
        le=20.0,
        step=0.5,
        unit="ATR",
        group="Exit",
        help="0 leaves the stop alone.",
    )

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """The MACD's fast average must be the faster one."""
        super().check_inputs(inputs)
        fast, slow = int(inputs["macd_fast"]), int(inputs["macd_slow"])
        if fast >= slow:
            raise InputRefused("macd_fast", f"must be less than macd_slow ({slow}); found {fast}")

    def on_start(self) -> None:
        """No line says when to wake: a position is looked after at each bar."""
        self._change = self.chart.add(RateOfChange(self.change_period))
        self._average = self.chart.add(EMA(self.slope_period))
        self._macd = self.chart.add(MACD(self.macd_fast, self.macd_slow))
        self._atr = self.chart.add(ATR(self.atr_period))

    def on_bar(self, bar: Bar) -> None:
        """Look after the position, then look for a move that has just become large."""
        atr = self._atr[-1]
        if not atr > 0.0 or len(self.chart) < 2:
            return
        for position in self.positions:
            if self._has_turned(position):
                self.close(position)
        if self.trailing_atr:
            self.trail(self.floored(atr * self.trailing_atr))
        side = self._begun(bar, atr)
        if side and self._is_confirmed(side) and self.may_enter():
            stop = self.floored(atr * self.stop_atr)
            note = self._note(self._change[-1])
            self.enter(side, stop_distance=stop, comment="momentum", note=note)

    def declare(self, past: Past) -> Declaration | None:
        """Say it as arrays."""
        change, atr = past.values(self._change), past.values(self._atr)
        is_seen = atr > 0.0
        is_seen[:1] = False
        needed = self.strength * atr * sqrt(self.change_period) / past.bars.close * 100.0
        last, average = agreed.before(change), past.values(self._average)
        slope, lead = average - agreed.before(average), past.values(self._macd.histogram)
        rises, falls = (
            ((side * slope > 0.0) | (self.confirmation in {"macd", "none"}))
            & ((side * lead > 0.0) | (self.confirmation in {"slope", "none"}))
            for side in (1.0, -1.0)
        )
        grown = (last <= needed) & (needed < change)
        trail = None
        if self.trailing_atr:
            away = agreed.floored(self, past, atr * self.trailing_atr)
            trail = agreed.following(away, where=is_seen)
        return agreed.disciplined(
            self,
            past,
            Declaration(
                entries=agreed.sides(
                    is_seen & grown & rises, is_seen & (last >= -needed) & (-needed > change) & falls
                ),
                volume=0.0,
                stop=agreed.floored(self, past, atr * self.stop_atr),
                exits=agreed.sides(is_seen & (change < 0.0), is_seen & (change > 0.0)),
                trail=trail,
                comment="momentum",
                note=lambda place: self._note(float(change[place])),
            ),
        )

    def _begun(self, bar: Bar, atr: float) -> Side | None:
        """Return to which side the change, in percent, has just grown beyond what noise makes."""
        needed = self.strength * atr * sqrt(self.change_period) / bar.close * 100.0
        before, now = self._change[-2], self._change[-1]
        if before <= needed < now:
            return "buy"
        if before >= -needed > now:
            return "sell"
        return None

    def _note(self, change: float) -> str:
        return f"Moved {change:+.2f} % in {self.change_period} bars."

    def _has_turned(self, position: Position) -> bool:
        change: float = self._change[-1]
        return change < 0.0 if position.side == "buy" else change > 0.0

    def _is_confirmed(self, side: Side) -> bool:
        sign = 1.0 if side == "buy" else -1.0
        rises: bool = sign * (self._average[-1] - self._average[-2]) > 0.0
        macd, signal, _ = self._macd[-1]
        leads: bool = sign * (macd - signal) > 0.0
        match self.confirmation:
            case "slope":
                return rises
            case "macd":
                return leads
            case "both":
                return rises and leads
            case _:
                return True
