"""Breakout: go with a price that leaves the channel of the last bars, and let the stop follow it."""

from __future__ import annotations

from collections.abc import Mapping

from metafleet.engine.broker.records import Side
from metafleet.engine.experts import Declaration, Limits, Past, agreed
from metafleet.engine.experts.discipline import Disciplined
from metafleet.engine.experts.indicators import ATR, Donchian
from metafleet.engine.experts.inputs import Input, InputRefused, InputValue
from metafleet.engine.market.records import Bar


class ChannelBreakout(Disciplined):
    """One position at a time, with the break; none where the break is weak or the channel is wide."""

    slug = "channel-breakout"
    name = "Breakout"
    version = "1.0.0"
    category = "Breakout"
    summary = "Enters when a price closes beyond the range of the last bars, and trails its stop."
    description = (
        "Watches the Donchian channel: the highest high and the lowest low of the last bars. It opens one "
        "position when a bar closes beyond the channel by a share of the average true range, where the bar "
        "before did not. The stop follows at a multiple of that range, and a price that falls back through "
        "the middle of the channel ends the trade."
    )
    risk_note = (
        "Most breaks fail: it loses small amounts often and lives on few long moves. In markets that swing "
        "within a range it loses for weeks. A price gap can fill the stop beyond its level. Past results "
        "say nothing certain about future ones."
    )
    symbols = ("XAUUSD", "EURUSD", "GBPUSD", "USDJPY")

    timeframe: str = Input(
        "M30", title="Timeframe", choices=("M15", "M30", "H1", "H4"), group="Signal", help="Of its bars."
    )
    channel_period: int = Input(48, title="Channel", ge=5, le=400, step=8, unit="bars", group="Signal")
    beyond_atr: float = Input(
        0.2,
        title="Beyond the channel",
        ge=0.0,
        le=5.0,
        step=0.1,
        unit="ATR",
        group="Signal",
        help="How far beyond its edge a bar must close, so that not each touch counts.",
    )
    max_width_atr: float = Input(
        0.0,
        title="Widest channel",
        ge=0.0,
        le=100.0,
        step=2.0,
        unit="ATR",
        group="Signal",
        help="Breaks out of wider ones are left alone; 0 is any.",
    )
    direction: str = Input(
        "both",
        title="Direction",
        choices=("both", "long", "short"),
        group="Signal",
        help="Sides it may open.",
    )
    one_a_day: bool = Input(True, title="One entry a day", group="Signal")
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
    ends_at_middle: bool = Input(
        True, title="End at the middle", group="Exit", help="A close back beyond the channel's middle."
    )

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """A trailing stop nearer than the first one would tighten it at once."""
        super().check_inputs(inputs)
        trailing = float(inputs["trailing_atr"])
        if 0.0 < trailing < float(inputs["stop_atr"]):
            raise InputRefused("trailing_atr", f"must be 0, or at least stop_atr ({inputs['stop_atr']})")

    def on_start(self) -> None:
        """No line says when to wake: a position is looked after at each bar."""
        self._channel = self.chart.add(Donchian(self.channel_period))
        self._atr = self.chart.add(ATR(self.atr_period))

    def on_bar(self, bar: Bar) -> None:
        """Look after the position, then look for a break."""
        atr = self._atr[-1]
        if not atr > 0.0 or len(self.chart) < 3:
            return
        for position in self.positions:
            middle = self._channel.middle[-1]
            is_back = bar.close < middle if position.side == "buy" else bar.close > middle
            if self.ends_at_middle and is_back:
                self.close(position)
        if self.trailing_atr:
            self.trail(self.floored(atr * self.trailing_atr))
        side = self._broken(bar, self.beyond_atr * atr)
        if side and self._is_wanted(side) and self.may_enter() and not self._has_had_its_day():
            stop = self.floored(atr * self.stop_atr)
            self.enter(side, stop_distance=stop, comment="breakout", note=self._note)

    def declare(self, past: Past) -> Declaration | None:
        """Say it as arrays."""
        close, atr = past.bars.close, past.values(self._atr)
        upper, middle, lower = (
            past.values(line) for line in (self._channel.upper, self._channel.middle, self._channel.lower)
        )
        is_seen = atr > 0.0
        is_seen[:2] = False
        last, beyond = agreed.before(close), self.beyond_atr * atr
        top, bottom = agreed.before(upper), agreed.before(lower)
        fits = is_seen
        if self.max_width_atr:
            fits = is_seen & ~(top - bottom > self.max_width_atr * atr)
        is_over = (close > top + beyond) & (last <= agreed.before(upper, 2) + beyond)
        is_under = (close < bottom - beyond) & (last >= agreed.before(lower, 2) - beyond)
        exits = trail = None
        if self.ends_at_middle:
            exits = agreed.sides(is_seen & (close < middle), is_seen & (close > middle))
        if self.trailing_atr:
            away = agreed.floored(self, past, atr * self.trailing_atr)
            trail = agreed.following(away, where=is_seen)
        return agreed.disciplined(
            self,
            past,
            Declaration(
                entries=agreed.sides(
                    fits & is_over & self._is_wanted("buy"), fits & is_under & self._is_wanted("sell")
                ),
                volume=0.0,
                stop=agreed.floored(self, past, atr * self.stop_atr),
                exits=exits,
                trail=trail,
                limits=Limits(entries=1 if self.one_a_day else 0),
                comment="breakout",
                note=lambda _: self._note,
            ),
        )

    def _broken(self, bar: Bar, beyond: float) -> Side | None:
        """Return where this bar has left the channel of the bars before it, as the bar before had not.

        The channel counts its newest bar, so a break is measured at the channel of the bar before.
        """
        last = self.chart[-2].close
        (upper, _, lower), (past_upper, _, past_lower) = self._channel[-2], self._channel[-3]
        if self.max_width_atr and upper - lower > self.max_width_atr * self._atr[-1]:
            return None
        if bar.close > upper + beyond and last <= past_upper + beyond:
            return "buy"
        if bar.close < lower - beyond and last >= past_lower - beyond:
            return "sell"
        return None

    @property
    def _note(self) -> str:
        return f"Closed beyond the channel of {self.channel_period} bars."

    def _is_wanted(self, side: Side) -> bool:
        return self.direction in {"both", "long" if side == "buy" else "short"}

    def _has_had_its_day(self) -> bool:
        return self.one_a_day and self.entries_today() > 0
