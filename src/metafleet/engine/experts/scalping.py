"""Scalping: small targets against small swings, in quiet hours and at tight spreads only."""

from __future__ import annotations

from collections.abc import Mapping

from metafleet.engine.broker.records import Side
from metafleet.engine.experts import Declaration, Limits, Past, agreed
from metafleet.engine.experts.discipline import Disciplined
from metafleet.engine.experts.indicators import ATR, RSI
from metafleet.engine.experts.inputs import Input, InputRefused, InputValue
from metafleet.engine.experts.lines import crossed_over, crossed_under
from metafleet.engine.market.records import Bar


class Scalping(Disciplined):
    """One position at a time for some minutes, a few times a night."""

    slug = "scalping"
    name = "Scalping"
    version = "1.0.0"
    category = "Scalping"
    summary = "Takes small profits from small swings in quiet hours, with a limit to trades and losses a day."
    description = (
        "Watches the relative strength index of M1 bars in the hours in which little happens. When it comes "
        "back out of an extreme, and the minute is calm and the spread tight, it opens one position for a "
        "target of few points. A stop, a time limit, a number of trades a day and a daily loss limit bound "
        "what that costs. It decides once a minute, never at each tick."
    )
    risk_note = (
        "Spread and commission are a large part of each target, so costs decide: a little more of either, "
        "or orders that fill late, turn it into a loss. One stop takes several targets. Past results say "
        "nothing certain about future ones."
    )
    symbols = ("EURUSD", "USDJPY")

    rsi_period: int = Input(14, title="RSI period", ge=2, le=100, step=2, unit="bars", group="Signal")
    extreme: float = Input(
        25.0,
        title="Extreme",
        ge=1.0,
        le=49.0,
        step=2.0,
        unit="RSI",
        group="Signal",
        help="Buys when the RSI comes up through it; sells when down through 100 less it.",
    )
    atr_period: int = Input(30, title="ATR period", ge=2, le=200, step=4, unit="bars", group="Signal")
    max_atr_points: int = Input(
        30,
        title="Liveliest minute",
        ge=0,
        le=100_000,
        step=5,
        unit="points",
        group="Signal",
        help="With a larger ATR it is not quiet, and nothing is opened; 0 is any.",
    )
    target_points: int = Input(40, title="Target", ge=5, le=10_000, step=5, unit="points", group="Exit")
    stop_points: int = Input(80, title="Stop", ge=5, le=10_000, step=5, unit="points", group="Exit")
    max_bars: int = Input(45, title="Longest trade", ge=1, le=1_000, step=5, unit="minutes", group="Exit")
    max_trades: int = Input(5, title="Trades a day", ge=1, le=100, step=1, unit="trades", group="Risk")
    daily_loss_percent: float = Input(
        1.0,
        title="Daily loss limit",
        ge=0.0,
        le=50.0,
        step=0.5,
        unit="% of balance",
        group="Risk",
        help="Having lost so much since midnight it opens nothing more that day; 0 is no limit.",
    )
    max_spread_points: int = Input(
        12,
        title="Largest spread",
        ge=1,
        le=100_000,
        step=1,
        unit="points",
        group="Session",
        help="With a wider one nothing is opened.",
    )
    session_start_hour: int = Input(
        22, title="Session start", ge=0, le=23, step=1, unit="hour UTC", group="Session"
    )
    session_end_hour: int = Input(
        6, title="Session end", ge=0, le=24, step=1, unit="hour UTC", group="Session"
    )

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """A target within the spread cannot win."""
        super().check_inputs(inputs)
        target, spread = int(inputs["target_points"]), int(inputs["max_spread_points"])
        if target <= spread:
            raise InputRefused(
                "target_points", f"must be more than max_spread_points ({spread}); found {target}"
            )

    def on_start(self) -> None:
        """Look at each minute: a position may have to be closed at any."""
        self._rsi = self.chart.add(RSI(self.rsi_period))
        self._atr = self.chart.add(ATR(self.atr_period))

    def on_bar(self, bar: Bar) -> None:  # noqa: ARG002 - its lines are all it looks at
        """Close what has taken too long, then look for a swing that is over."""
        for position in self.positions:
            if self.is_held_for(position, self.max_bars):
                self.close(position)
        if len(self.chart) < 2:
            return
        if crossed_over(self._rsi, self.extreme):
            self._scalp("buy")
        elif crossed_under(self._rsi, 100.0 - self.extreme):
            self._scalp("sell")

    def declare(self, past: Past) -> Declaration | None:
        """Say it as arrays."""
        rsi, point = past.values(self._rsi), self.symbol.point
        last, top = agreed.before(rsi), 100.0 - self.extreme
        is_over = (last <= self.extreme) & (rsi > self.extreme)
        is_under = (last >= top) & (rsi < top)
        if self.max_atr_points:
            is_quiet = past.values(self._atr) <= self.max_atr_points * point
            is_over, is_under = is_over & is_quiet, is_under & is_quiet
        return agreed.disciplined(
            self,
            past,
            Declaration(
                entries=agreed.sides(is_over, is_under),
                volume=0.0,
                stop=agreed.floored(self, past, self.stop_points * point),
                target=agreed.everywhere(past, self.target_points * point),
                longest=self.max_bars,
                limits=Limits(entries=self.max_trades),
                comment="scalp",
                note=lambda place: _note(float(rsi[place])),
            ),
        )

    def _scalp(self, side: Side) -> None:
        point = self.symbol.point
        is_quiet = not self.max_atr_points or self._atr[-1] <= self.max_atr_points * point
        if is_quiet and self.may_enter() and self.entries_today() < self.max_trades:
            self.enter(
                side,
                stop_distance=self.floored(self.stop_points * point),
                target_distance=self.target_points * point,
                comment="scalp",
                note=_note(self._rsi[-1]),
            )


def _note(rsi: float) -> str:
    return f"The RSI came out of its extreme, to {rsi:.0f}."
