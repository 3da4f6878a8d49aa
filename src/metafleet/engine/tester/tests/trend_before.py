"""Trend Following 1.0.0 as it was before it had charts: what 1.1.0 is held against."""

from __future__ import annotations

from typing import Final

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.records import Position, Side
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.indicators import Atr, BarBuilder, Candle, Ema
from metafleet.engine.experts.inputs import Input
from metafleet.engine.experts.sizing import normal_volume, risk_volume
from metafleet.engine.market.records import Bar

WARM_UP_PERIODS: Final = 4
"""Slow periods of history fed at the start; an EMA then holds 0.03 % of its first value."""

TRAIL_STEP_SHARE: Final = 0.1
"""A stop is moved when that gains a tenth of its distance, so that not every bar sends an order."""


class TrendBefore(Expert):
    """The same rules, with bars and averages that it feeds by itself."""

    slug = "trend-before"
    name = "Trend before"
    version = "1.0.0"
    symbols = ("EURUSD",)

    fast_period: int = Input(10, title="Fast EMA", ge=2, le=200, unit="bars", group="Signal")
    slow_period: int = Input(30, title="Slow EMA", ge=3, le=400, unit="bars", group="Signal")
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
    atr_period: int = Input(14, title="ATR period", ge=2, le=200, unit="bars", group="Exit")
    stop_atr: float = Input(
        3.0, title="Stop distance", ge=0.5, le=20.0, unit="ATR", group="Exit", help="Multiples of the ATR."
    )
    target_atr: float = Input(
        4.5, title="Target distance", ge=0.0, le=50.0, unit="ATR", group="Exit", help="0 sets no target."
    )
    trailing_atr: float = Input(
        3.0, title="Trailing stop", ge=0.0, le=20.0, unit="ATR", group="Exit", help="0 leaves the stop alone."
    )
    risk_percent: float = Input(
        0.3,
        title="Risk per trade",
        gt=0.0,
        le=5.0,
        unit="% of equity",
        group="Risk",
        help="What a trade loses when its stop is filled at its level.",
    )
    max_volume: float = Input(1.0, title="Largest volume", gt=0.0, le=50.0, unit="lots", group="Risk")
    session_start_hour: int = Input(0, title="Session start", ge=0, le=23, unit="hour UTC", group="Session")
    session_end_hour: int = Input(
        24,
        title="Session end",
        ge=0,
        le=24,
        unit="hour UTC",
        group="Session",
        help="New positions are opened from start to end only; 0 to 24 is all day.",
    )

    def on_start(self) -> None:
        """Feed the indicators with history, so that a restarted EA stands where it stood."""
        self._bars = BarBuilder(self.bar_minutes)
        self._fast, self._slow = Ema(self.fast_period), Ema(self.slow_period)
        self._atr = Atr(self.atr_period)
        self._fed_until_s = 0
        wanted = self.bar_minutes * max(self.slow_period * WARM_UP_PERIODS, self.atr_period * WARM_UP_PERIODS)
        for bar in self.bars(wanted + 1)[:-1]:
            for candle in self._closed_candles(bar):
                self._crossing(candle)

    def on_bar(self, bar: Bar) -> None:
        """Look for a crossing on each closed signal bar, and trail the stop."""
        for candle in self._closed_candles(bar):
            crossing = self._crossing(candle)
            if crossing is not None:
                self._turn(crossing)
            self._trail()

    def _closed_candles(self, bar: Bar) -> list[Candle]:
        if bar.time_s <= self._fed_until_s:
            return []
        self._fed_until_s = bar.time_s
        return self._bars.update(bar.time_s, bar.open, bar.high, bar.low, bar.close)

    def _crossing(self, candle: Candle) -> Side | None:
        """Feed one signal bar; return the side that the fast average has just crossed to."""
        before = self._gap()
        self._fast.update(candle.close)
        self._slow.update(candle.close)
        self._atr.update(candle.high, candle.low, candle.close)
        after = self._gap()
        if before <= 0.0 < after:
            return "buy"
        if before >= 0.0 > after:
            return "sell"
        return None

    def _gap(self) -> float:
        return (self._fast.value or 0.0) - (self._slow.value or 0.0)

    def _turn(self, side: Side) -> None:
        """Close what stands against the new direction, then open with it."""
        for position in self.positions:
            if position.side != side:
                self.close(position)
        is_wanted = self.direction in {"both", "long" if side == "buy" else "short"}
        if is_wanted and self._is_in_session() and not self.positions:
            self._enter(side)

    def _is_in_session(self) -> bool:
        hour = self.desk.now_msc() // 3_600_000 % 24
        start, end = self.session_start_hour, self.session_end_hour
        return start <= hour < end if start < end else hour >= start or hour < end

    def _enter(self, side: Side) -> None:
        quote, distance = self.quote, self._stop_distance()
        if quote is None:
            return
        volume = self._volume(distance)
        if volume == 0.0:
            self.log(f"no entry: {self.risk_percent} % of equity is less than the smallest volume risks")
            return
        price, sign = (quote.ask, 1.0) if side == "buy" else (quote.bid, -1.0)
        target = distance / self.stop_atr * self.target_atr
        levels = (price - sign * distance, price + sign * target if self.target_atr > 0.0 else None)
        enter = self.buy if side == "buy" else self.sell
        result = enter(volume, *levels, f"trend {self.bar_minutes}m")
        if result.retcode != retcodes.DONE:
            self.log(f"{side} {volume} refused: {result.retcode} {result.comment}")

    def _stop_distance(self) -> float:
        """Price distance of the stop: the ATR's, but never within three spreads or the broker's limit."""
        quote = self.quote
        spread = 0.0 if quote is None else quote.ask - quote.bid
        floor = max(3.0 * spread, spread + 2.0 * self.symbol.stops_level_points * self.symbol.point)
        return max((self._atr.value or 0.0) * self.stop_atr, floor)

    def _volume(self, distance: float) -> float:
        spec, value = self.symbol, self.desk.tick_value()
        lots = risk_volume(
            equity=float(self.account.equity),
            risk_percent=self.risk_percent,
            stop_distance=distance,
            tick_size=spec.tick_size,
            tick_value=value or 0.0,
        )
        return normal_volume(
            min(lots, self.max_volume),
            minimum=spec.volume_min,
            maximum=spec.volume_max,
            step=spec.volume_step,
        )

    def _trail(self) -> None:
        quote, atr = self.quote, self._atr.value
        if self.trailing_atr == 0.0 or quote is None or atr is None:
            return
        distance = max(atr * self.trailing_atr, self._stop_distance() / self.stop_atr)
        for position in self.positions:
            self._trail_one(position, quote.bid if position.side == "buy" else quote.ask, distance)

    def _trail_one(self, position: Position, price: float, distance: float) -> None:
        sign = 1.0 if position.side == "buy" else -1.0
        stop = price - sign * distance
        gained = distance if position.sl is None else sign * (stop - position.sl)
        if gained >= distance * TRAIL_STEP_SHARE:
            self.modify(position, sl=stop, tp=position.tp)
