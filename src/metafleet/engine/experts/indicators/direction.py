"""Directional movement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metafleet.engine.experts.indicators import recursions
from metafleet.engine.experts.indicators.contract import NAN, Columns, Indicator, Stepper, require_period
from metafleet.engine.experts.indicators.ranges import true_ranges_of

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array


def _moves_of(columns: Columns) -> tuple[Array, Array]:
    """Return +DM and -DM of the bars from the second on, shape (n - 1,)."""
    import numpy as np

    up = columns.high[1:] - columns.high[:-1]
    down = columns.low[:-1] - columns.low[1:]
    plus = np.where((up > down) & (up > 0.0), up, 0.0)
    minus = np.where((down > up) & (down > 0.0), down, 0.0)
    return plus, minus


def _strengths_of(plus: Array, minus: Array) -> Array:
    """Return DX: how far the two are apart, in percent of their sum; 0 where both are."""
    import numpy as np

    both = plus + minus
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both == 0.0, 0.0, 100.0 * np.abs((plus - minus) / both))


@dataclass(frozen=True, slots=True)
class ADX(Indicator):
    """Average directional movement index, 0 to 100, with +DI and -DI, as MetaTrader's iADX.

    Each bar's +DM and -DM in percent of its true range, averaged exponentially (2 / (period + 1)) from 0 at
    the first bar: plus_di, minus_di. adx: 100 × |plus_di - minus_di| / (plus_di + minus_di), averaged alike.
    Wilder's own, which TA-Lib has too, is `WilderADX`. plus_di and minus_di have values from bar `period` on.
    Source: MetaTrader 5 help, "Average Directional Movement Index"; MetaQuotes' ADX.mq5.
    """

    period: int = 14

    lines = ("adx", "plus_di", "minus_di")
    is_windowed = False

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)

    @property
    def warm_up(self) -> int:
        return 2 * self.period

    def over(self, columns: Columns) -> tuple[Array, ...]:
        import numpy as np

        made = tuple(np.full(len(columns.close), NAN) for _ in self.lines)
        if len(columns.close) > 1:
            ranges = true_ranges_of(columns)[1:]
            weight = recursions.exponential_weight(self.period)
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = [
                    np.where(ranges == 0.0, 0.0, 100.0 * moves / ranges) for moves in _moves_of(columns)
                ]
            plus, minus = (recursions.moved_of(share, weight) for share in shares)
            adx = recursions.moved_of(_strengths_of(plus, minus), weight)
            for line, values, begin in zip(made, (adx, plus, minus), (2, 1, 1), strict=True):
                line[begin * self.period :] = values[begin * self.period - 1 :]
        return made

    def begin(self) -> Stepper:
        period, seen, weight = self.period, -1, recursions.exponential_weight(self.period)
        ups, downs, average = (recursions.moved_feed(weight) for _ in self.lines)
        last_high = last_low = last_close = NAN

        def step(
            _open: float, high: float, low: float, close: float, _volume: float
        ) -> tuple[float, float, float]:
            nonlocal last_high, last_low, last_close, seen
            seen += 1
            up, down = high - last_high, last_low - low
            reach = (high if high > last_close else last_close) - (low if low < last_close else last_close)
            last_high, last_low, last_close = high, low, close
            if not seen:
                return NAN, NAN, NAN
            plus_di = ups(100.0 * up / reach if up > down and up > 0.0 and reach else 0.0)
            minus_di = downs(100.0 * down / reach if down > up and down > 0.0 and reach else 0.0)
            both = plus_di + minus_di
            adx = average(100.0 * abs((plus_di - minus_di) / both) if both else 0.0)
            if seen >= 2 * period:
                return adx, plus_di, minus_di
            return (NAN, plus_di, minus_di) if seen >= period else (NAN, NAN, NAN)

        return Stepper(step)


@dataclass(frozen=True, slots=True)
class WilderADX(Indicator):
    """Average directional movement index as Wilder smoothed it, with +DI and -DI; MetaTrader's iADXWilder.

    +DM, -DM and true range are averaged as `SMMA` does from the second bar on; plus_di and minus_di are the
    first two in percent of the third, from bar `period` on. adx: 100 × |plus_di - minus_di| /
    (plus_di + minus_di), averaged as `SMMA` does from bar `period` on.
    Source: Wilder 1978; MetaTrader 5 help, "ADX Wilder". MetaQuotes' ADXW.mq5 differs while it warms up: its
    averages begin at 0.
    """

    period: int = 14

    lines = ("adx", "plus_di", "minus_di")
    is_windowed = False

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)

    @property
    def warm_up(self) -> int:
        return 2 * self.period - 1

    def over(self, columns: Columns) -> tuple[Array, ...]:
        import numpy as np

        length, period = len(columns.close), self.period
        made = tuple(np.full(length, NAN) for _ in self.lines)
        if length > period:
            reach = recursions.wilder_of(true_ranges_of(columns)[1:], period)[period - 1 :]
            with np.errstate(divide="ignore", invalid="ignore"):
                plus, minus = (
                    np.where(reach == 0.0, 0.0, 100.0 * moved / reach)
                    for moved in (
                        recursions.wilder_of(moves, period)[period - 1 :] for moves in _moves_of(columns)
                    )
                )
            made[0][period:] = recursions.wilder_of(_strengths_of(plus, minus), period)
            made[1][period:], made[2][period:] = plus, minus
        return made

    def begin(self) -> Stepper:
        ups, downs = recursions.wilder_feed(self.period), recursions.wilder_feed(self.period)
        reaches, average = recursions.wilder_feed(self.period), recursions.wilder_feed(self.period)
        period, left = self.period, self.period + 1
        last_high = last_low = last_close = NAN

        def step(
            _open: float, high: float, low: float, close: float, _volume: float
        ) -> tuple[float, float, float]:
            nonlocal last_high, last_low, last_close, left
            up, down = high - last_high, last_low - low
            reach = (high if high > last_close else last_close) - (low if low < last_close else last_close)
            last_high, last_low, last_close = high, low, close
            if left > period:
                left -= 1
                return NAN, NAN, NAN
            plus = ups(up if up > down and up > 0.0 else 0.0)
            minus = downs(down if down > up and down > 0.0 else 0.0)
            reach = reaches(reach)
            if left:
                left -= 1
                if left:
                    return NAN, NAN, NAN
            plus_di = 100.0 * plus / reach if reach else 0.0
            minus_di = 100.0 * minus / reach if reach else 0.0
            both = plus_di + minus_di
            strength = 100.0 * abs((plus_di - minus_di) / both) if both else 0.0
            return average(strength), plus_di, minus_di

        return Stepper(step)
