"""What EAs of one position share: how much to trade, when not to, and how a stop follows the price.

    class Mine(Disciplined):
        def on_bar(self, bar: Bar) -> None:
            if self.may_enter() and bar.close > self.mean[-1]:
                self.enter("buy", stop_distance=2.0 * self.atr[-1], comment="mine")

Nothing is remembered: what the EA has done today stands in its deals, so a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.records import Deal, Position, Side
from metafleet.engine.experts import obeying
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import Input, InputRefused, InputValue
from metafleet.engine.experts.sizing import daily_deviation, risk_volume
from metafleet.engine.market.timeframes import DAY_S, PERIODS_S

VOLATILITY_BARS: Final = 100
"""Changes of the close that the usual daily move is taken from."""

TRAIL_STEP_SHARE: Final = 0.1
"""A stop is moved when that gains a tenth of its distance, so that not every bar sends an order."""

FLOOR_SPREADS: Final = 3.0
"""A stop nearer than that is paid for by the spread alone."""


class Disciplined(Expert):
    """One position at a time, sized by a rule, opened within hours, spreads and losses that are agreed."""

    sizing: str = Input(
        "risk",
        title="Size by",
        choices=("risk", "volatility", "fixed"),
        group="Risk",
        help="The loss at the stop, the usual move of a day, or always the same volume.",
    )
    risk_percent: float = Input(
        0.3,
        title="Risk per trade",
        gt=0.0,
        le=5.0,
        step=0.1,
        unit="% of equity",
        group="Risk",
        help="What a trade loses when its stop is filled at its level.",
    )
    volatility_percent: float = Input(
        0.3,
        title="Daily volatility",
        gt=0.0,
        le=5.0,
        step=0.1,
        unit="% of equity",
        group="Risk",
        help="What the position wins or loses on a usual day, where it is sized by volatility.",
    )
    fixed_volume: float = Input(
        0.1,
        title="Fixed volume",
        gt=0.0,
        le=50.0,
        step=0.01,
        unit="lots",
        group="Risk",
        help="Where that sizes it.",
    )
    max_volume: float = Input(
        1.0, title="Largest volume", gt=0.0, le=50.0, step=0.1, unit="lots", group="Risk"
    )
    daily_loss_percent: float = Input(
        0.0,
        title="Daily loss limit",
        ge=0.0,
        le=50.0,
        step=0.5,
        unit="% of balance",
        group="Risk",
        help="Having lost so much since midnight it opens nothing more that day; 0 is no limit.",
    )
    max_spread_points: int = Input(
        0,
        title="Largest spread",
        ge=0,
        le=100_000,
        step=5,
        unit="points",
        group="Session",
        help="With a wider one nothing is opened; 0 is any.",
    )
    session_start_hour: int = Input(
        0, title="Session start", ge=0, le=23, step=1, unit="hour UTC", group="Session"
    )
    session_end_hour: int = Input(
        24,
        title="Session end",
        ge=0,
        le=24,
        step=1,
        unit="hour UTC",
        group="Session",
        help="New positions are opened from start to end only; 0 to 24 is all day.",
    )

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """The session must be some hours long."""
        if inputs["session_start_hour"] == inputs["session_end_hour"]:
            raise InputRefused("session_end_hour", "must differ from session_start_hour")

    def may_enter(self) -> bool:
        """Say whether a position may be opened now, as far as these inputs go."""
        return (
            self.desk.entries_allowed
            and not self.positions
            and self.is_in_session()
            and self.is_spread_fair()
            and not self.is_day_lost()
        )

    def is_in_session(self) -> bool:
        """Say whether the hour of the market's clock is one to open positions in."""
        hour = self.desk.now_msc() // 3_600_000 % 24
        start, end = self.session_start_hour, self.session_end_hour
        return start <= hour < end if start < end else hour >= start or hour < end

    def is_spread_fair(self) -> bool:
        """Say whether there is a quote whose spread is no wider than is wanted."""
        quote = self.quote
        if quote is None:
            return False
        return not self.max_spread_points or round(self.spread / self.symbol.point) <= self.max_spread_points

    def is_day_lost(self) -> bool:
        """Say whether the EA has lost the day's limit, by what it has closed since midnight."""
        return obeying.is_day_lost(self, self.daily_loss_percent)

    def deals_today(self) -> list[Deal]:
        """This EA's deals since the last midnight of the market's clock, oldest first."""
        return obeying.deals_today(self)

    def entries_today(self) -> int:
        """How many positions it has opened since midnight."""
        return obeying.entries_today(self)

    @property
    def spread(self) -> float:
        """Ask less bid in price units; 0.0 before the first quote."""
        quote = self.quote
        return 0.0 if quote is None else quote.ask - quote.bid

    def floored(self, distance: float) -> float:
        """Return the distance, but no less than three spreads and what the broker allows. Price units."""
        limit = self.spread + 2.0 * self.symbol.stops_level_points * self.symbol.point
        return max(distance, FLOOR_SPREADS * self.spread, limit)

    def volume_over(self, stop_distance: float, share: float = 1.0) -> float:
        """Return the volume by the sizing that was chosen, in lots; 0.0 where none is small enough.

        stop_distance: price units. share: of what the sizing gives, 0 to 1.
        """
        return obeying.tradable(self, min(self._wanted(stop_distance) * share, self.max_volume))

    def enter(
        self,
        side: Side,
        *,
        stop_distance: float,
        target_distance: float = 0.0,
        comment: str = "",
        tag: str = "",
        note: str = "",
        share: float = 1.0,
    ) -> bool:
        """Open a position at market; say whether the broker did. Why not is logged.

        Distances are price units from where it is opened; a target of 0.0 is none, and without a stop,
        which is what nan makes of one, nothing is opened. tag, note: the word and the sentence that say why.
        share: of the volume that the sizing gives, 0 to 1.
        """
        quote = self.quote
        if quote is None or not stop_distance > 0.0:
            return False
        volume = self.volume_over(stop_distance, share)
        if volume == 0.0:
            self.log(too_small(self))
            return False
        price, sign = (quote.ask, 1.0) if side == "buy" else (quote.bid, -1.0)
        target = price + sign * target_distance if target_distance > 0.0 else None
        enter = self.buy if side == "buy" else self.sell
        result = enter(volume, price - sign * stop_distance, target, comment, tag=tag, note=note)
        if result.retcode != retcodes.DONE:
            self.log(refusal(side, volume, result.retcode, result.comment))
        return result.retcode == retcodes.DONE

    def trail(self, distance: float) -> None:
        """Let each position's stop follow the price at this distance, in price units; it never goes back."""
        obeying.follow(self, distance, TRAIL_STEP_SHARE)

    def is_held_for(self, position: Position, bars: int) -> bool:
        """Say whether so many bars of the own chart have closed since it was opened."""
        return obeying.is_held_for(self, position, bars)

    def _wanted(self, stop_distance: float) -> float:
        """Unrounded lots."""
        if self.sizing == "fixed":
            return self.fixed_volume
        share, distance = self.risk_percent, stop_distance
        if self.sizing == "volatility":
            closes = [bar.close for bar in self.chart.bars(VOLATILITY_BARS + 1)]
            share = self.volatility_percent
            distance = daily_deviation(closes, max(DAY_S / PERIODS_S[self.chart.number], 1.0))
        return risk_volume(
            equity=float(self.account.equity),
            risk_percent=share,
            stop_distance=distance,
            tick_size=self.symbol.tick_size,
            tick_value=self.desk.tick_value() or 0.0,
        )


def too_small(expert: Disciplined) -> str:
    """Return what is logged where no volume is small enough."""
    said = f"{expert.fixed_volume} lots"
    if expert.sizing != "fixed":
        share = expert.risk_percent if expert.sizing == "risk" else expert.volatility_percent
        said = f"{share} % of equity"
    return f"no entry: {said} is less than the smallest volume risks"


def refusal(side: Side, volume: float, retcode: int, comment: str) -> str:
    """Return what is logged where the broker did not open a position."""
    return f"{side} {volume} refused: {retcode} {comment}"
