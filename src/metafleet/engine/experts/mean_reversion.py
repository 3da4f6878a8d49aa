"""Mean Reversion: where a price that left its band comes back in, trade towards the middle."""

from __future__ import annotations

from collections.abc import Mapping

from metafleet.engine.broker.records import Side
from metafleet.engine.experts import Declaration, Past, agreed
from metafleet.engine.experts.discipline import Disciplined
from metafleet.engine.experts.indicators import ADX, ATR, SMA, Bollinger
from metafleet.engine.experts.inputs import Input, InputRefused, InputValue
from metafleet.engine.market.records import Bar


class MeanReversion(Disciplined):
    """One position at a time, against a move that has run out of strength."""

    slug = "mean-reversion"
    name = "Mean Reversion"
    version = "1.0.0"
    category = "Mean reversion"
    summary = "Trades back to the average when a stretched price turns, unless a trend is on."
    description = (
        "Watches Bollinger bands. When the price closes back inside after a close outside, it opens one "
        "position towards the average, which is its target. The average directional index keeps it out of "
        "trends. A stop stands a multiple of the average true range away, and what has not come back after "
        "some bars is closed."
    )
    risk_note = (
        "Wins often and little, loses seldom and more: a range that breaks is what stops it out, and the "
        "filter sees a trend only after it has begun. A price gap can fill the stop beyond its level. Past "
        "results say nothing certain about future ones."
    )
    symbols = ("EURUSD", "GBPUSD", "USDJPY")

    timeframe: str = Input(
        "M15", title="Timeframe", choices=("M5", "M15", "M30", "H1"), group="Signal", help="Of its bars."
    )
    band_period: int = Input(20, title="Band period", ge=5, le=200, step=5, unit="bars", group="Signal")
    band_deviations: float = Input(
        2.0,
        title="Band width",
        ge=0.5,
        le=5.0,
        step=0.25,
        unit="deviations",
        group="Signal",
        help="To each side.",
    )
    adx_period: int = Input(14, title="ADX period", ge=2, le=100, step=2, unit="bars", group="Signal")
    adx_limit: float = Input(
        25.0,
        title="Strongest trend",
        ge=1.0,
        le=100.0,
        step=3.0,
        unit="ADX",
        group="Signal",
        help="100 is any.",
    )
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
    min_reward: float = Input(
        0.4,
        title="Smallest reward",
        ge=0.0,
        le=10.0,
        step=0.1,
        unit="of the risk",
        group="Exit",
        help="The average must be at least this part of the stop's distance away.",
    )
    max_bars: int = Input(
        24,
        title="Longest trade",
        ge=0,
        le=1_000,
        step=8,
        unit="bars",
        group="Exit",
        help="0 waits without end.",
    )

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """A band's edge must be able to be far enough from its middle for the reward that is wanted."""
        super().check_inputs(inputs)
        if float(inputs["min_reward"]) > float(inputs["band_deviations"]):
            raise InputRefused("min_reward", f"must be at most band_deviations ({inputs['band_deviations']})")

    def on_start(self) -> None:
        """A moving average of one bar is the close as a line, which bands can be crossed by."""
        close = self.chart.add(SMA(1))
        self._bands = self.chart.add(Bollinger(self.band_period, self.band_deviations))
        self._trend = self.chart.add(ADX(self.adx_period))
        self._atr = self.chart.add(ATR(self.atr_period))
        self._from_below = self.chart.crossing(close, self._bands.lower)
        self._from_above = self.chart.crossing(close, self._bands.upper)
        if self.max_bars == 0:  # only then is there nothing to do between two crossings
            self.wake(self._from_below)
            self.wake(self._from_above)

    def on_bar(self, bar: Bar) -> None:
        """Close what has waited too long, then look for a return into the bands."""
        if self.max_bars:
            for position in self.positions:
                if self.is_held_for(position, self.max_bars):
                    self.close(position)
        if self._from_below[-1] > 0.0:
            self._fade("buy", bar)
        elif self._from_above[-1] < 0.0:
            self._fade("sell", bar)

    def declare(self, past: Past) -> Declaration | None:
        """Say it as arrays."""
        adx, atr = past.values(self._trend.adx), past.values(self._atr)
        stop = agreed.floored(self, past, atr * self.stop_atr)
        reward = abs(past.values(self._bands.middle) - past.bars.close)
        least = agreed.larger(stop * self.min_reward, agreed.floored(self, past, 0.0))
        fits = (adx < self.adx_limit) & (atr > 0.0) & (reward >= least)
        return agreed.disciplined(
            self,
            past,
            Declaration(
                entries=agreed.sides(
                    (past.values(self._from_below) > 0.0) & fits, (past.values(self._from_above) < 0.0) & fits
                ),
                volume=0.0,
                stop=stop,
                target=reward,
                longest=self.max_bars,
                comment="reversion",
                note=lambda place: _note(float(adx[place])),
            ),
        )

    def _fade(self, side: Side, bar: Bar) -> None:
        """Open towards the middle, if there is no trend and it is far enough away."""
        if not self._trend.adx[-1] < self.adx_limit or not self._atr[-1] > 0.0 or not self.may_enter():
            return
        stop = self.floored(self._atr[-1] * self.stop_atr)
        reward = abs(self._bands.middle[-1] - bar.close)
        if reward >= max(stop * self.min_reward, self.floored(0.0)):
            note = _note(self._trend.adx[-1])
            self.enter(side, stop_distance=stop, target_distance=reward, comment="reversion", note=note)


def _note(adx: float) -> str:
    return f"Closed back inside its band, ADX {adx:.0f}."
