"""Trend Following: trade with the crossing of two averages, risk a fixed share, trail the stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from metafleet.engine.broker.records import Side
from metafleet.engine.experts import Declaration, Past, agreed
from metafleet.engine.experts.discipline import Disciplined
from metafleet.engine.experts.indicators import EMA, WilderATR
from metafleet.engine.experts.inputs import Input, InputRefused, InputValue
from metafleet.engine.market.records import Bar

TIMEFRAMES: Final = {1: "M1", 5: "M5", 15: "M15", 30: "M30", 60: "H1"}
"""By minutes, which this EA's input has named since before there were charts."""


class TrendFollowing(Disciplined):
    """One position at a time, in the direction of the last crossing."""

    slug = "trend-following"
    name = "Trend Following"
    version = "1.1.0"
    category = "Trend"
    summary = "Follows the crossing of two moving averages, with volatility-based stops and sizes."
    description = (
        "Watches two exponential moving averages on bars of the chosen length. When the fast one crosses "
        "the slow one, it closes what stands against the new direction and opens one position with it. Stop "
        "and target lie a multiple of the average true range away, and the volume is chosen so that a "
        "stopped trade costs a fixed share of equity."
    )
    risk_note = (
        "Loses small amounts often and wins larger ones seldom; in a market without trends it loses for "
        "weeks. A price gap can fill the stop beyond its level, so a single loss can exceed the risk set. "
        "Past results say nothing certain about future ones."
    )
    symbols = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD")

    fast_period: int = Input(10, title="Fast EMA", ge=2, le=200, step=2, unit="bars", group="Signal")
    slow_period: int = Input(30, title="Slow EMA", ge=3, le=400, step=5, unit="bars", group="Signal")
    bar_minutes: int = Input(
        15,
        title="Bar length",
        choices=(1, 5, 15, 30, 60),
        unit="minutes",
        group="Signal",
        help="Signals are taken from bars of this length.",
    )
    direction: str = Input(
        "both",
        title="Direction",
        choices=("both", "long", "short"),
        group="Signal",
        help="Sides it may open.",
    )
    atr_period: int = Input(14, title="ATR period", ge=2, le=200, step=4, unit="bars", group="Exit")
    stop_atr: float = Input(
        3.0,
        title="Stop distance",
        ge=0.5,
        le=20.0,
        step=0.5,
        unit="ATR",
        group="Exit",
        help="Multiples of the ATR.",
    )
    target_atr: float = Input(
        4.5,
        title="Target distance",
        ge=0.0,
        le=50.0,
        step=0.5,
        unit="ATR",
        group="Exit",
        help="0 sets no target.",
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
        """The fast average must be the faster one."""
        super().check_inputs(inputs)
        fast, slow = inputs["fast_period"], inputs["slow_period"]
        if int(fast) >= int(slow):
            raise InputRefused("fast_period", f"must be less than slow_period ({slow}); found {fast}")

    def on_start(self) -> None:
        """Ask for the averages of the signal bars; their history is there, so a restart changes nothing."""
        self._signals = self.chart_of(TIMEFRAMES[self.bar_minutes])
        fast, slow = (self._signals.add(EMA(period)) for period in (self.fast_period, self.slow_period))
        self._crossed = self._signals.crossing(fast, slow)
        self._atr = self._signals.add(WilderATR(self.atr_period))
        self._seen_s = self._newest_s()
        if self.trailing_atr == 0.0 and self._signals is self.chart:
            self.wake(self._crossed)  # nothing else is to be done at a bar

    def on_bar(self, bar: Bar) -> None:  # noqa: ARG002 - the signal bars are what counts
        """Where signal bars have closed, look for a crossing, and trail the stop."""
        fresh = self._fresh()
        for back in range(-fresh, 0):
            if crossed := self._crossed[back]:
                self._turn("buy" if crossed > 0.0 else "sell")
        if fresh:
            self._trail()

    def declare(self, past: Past) -> Declaration | None:
        """Say it as arrays, where no signal bars are shorter than the own ones."""
        if agreed.is_shorter(self._signals, self.chart):
            return None
        is_fresh = past.closed(self._signals)
        crossed, atr = past.values(self._crossed) * is_fresh, past.values(self._atr)
        stop = agreed.floored(self, past, atr * self.stop_atr)
        trail = None
        if self.trailing_atr:
            away = agreed.larger(atr * self.trailing_atr, stop / self.stop_atr)
            trail = agreed.following(away, where=is_fresh & (atr > 0.0), at_once=True)
        return agreed.disciplined(
            self,
            past,
            Declaration(
                entries=agreed.sides(
                    (crossed > 0.0) & (atr > 0.0) & (self.direction != "short"),
                    (crossed < 0.0) & (atr > 0.0) & (self.direction != "long"),
                ),
                volume=0.0,
                stop=stop,
                target=stop / self.stop_atr * self.target_atr,
                exits=-crossed,
                trail=trail,
                comment=self._comment,
                note=lambda _: self._note,
            ),
        )

    def _fresh(self) -> int:
        """Return how many signal bars have closed since the last time: one, or more after an absence."""
        if self._newest_s() == self._seen_s:
            return 0
        count = 1
        while count < len(self._signals) and self._signals[-count - 1].time_s > self._seen_s:
            count += 1
        self._seen_s = self._newest_s()
        return count

    def _newest_s(self) -> int:
        return self._signals[-1].time_s if len(self._signals) else -1

    def _turn(self, side: Side) -> None:
        """Close what stands against the new direction, then open with it."""
        for position in self.positions:
            if position.side != side:
                self.close(position)
        is_wanted = self.direction in {"both", "long" if side == "buy" else "short"}
        if not is_wanted or not self._atr[-1] > 0.0 or not self.may_enter():
            return
        stop = self._stop_distance()
        target = stop / self.stop_atr * self.target_atr
        self.enter(
            side,
            stop_distance=stop,
            target_distance=target,
            comment=self._comment,
            note=self._note,
        )

    @property
    def _comment(self) -> str:
        return f"trend {self.bar_minutes}m"

    @property
    def _note(self) -> str:
        return f"EMA {self.fast_period} crossed EMA {self.slow_period}."

    def _stop_distance(self) -> float:
        return self.floored(self._atr[-1] * self.stop_atr)

    def _trail(self) -> None:
        atr = self._atr[-1]
        if self.trailing_atr and atr > 0.0:
            self.trail(max(atr * self.trailing_atr, self._stop_distance() / self.stop_atr))
