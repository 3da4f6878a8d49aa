"""Bands around an average, and the deviation that the most used ones are made of."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from metafleet.engine.experts.indicators import recursions, windows
from metafleet.engine.experts.indicators.contract import (
    Columns,
    Indicator,
    Stepper,
    require_factor,
    require_period,
)
from metafleet.engine.experts.indicators.ranges import ATR, simple_atr
from metafleet.engine.experts.indicators.sources import (
    Source,
    fed_by,
    price_from,
    prices_of,
    require_source,
)

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array


def _deviations_of(prices: Array, period: int) -> tuple[Array, Array]:
    """Return mean and standard deviation of each `period` prices, two arrays of shape (n,)."""
    import numpy as np

    mean, spread = windows.figures_of(windows.SPREAD, (prices, np.zeros(len(prices))), period)
    return mean, np.sqrt(spread / period)


@dataclass(frozen=True, slots=True)
class StandardDeviation(Indicator):
    """Standard deviation of the last `period` prices from their simple average, in price units.

    sqrt(sum of (p - SMA)² / period): the population's, as in MetaTrader; pandas divides by period - 1.
    Source: MetaTrader 5 help, "Standard Deviation"; MetaQuotes' StdDev.mq5.
    """

    period: int
    source: Source = "close"

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)
        require_source(self, self.source)

    @property
    def warm_up(self) -> int:
        return self.period - 1

    def over(self, columns: Columns) -> tuple[Array, ...]:
        return (_deviations_of(prices_of(self.source, columns), self.period)[1],)

    def begin(self) -> Stepper:
        figures, period = windows.figures_feed(windows.SPREAD, self.period), self.period

        def feed(price: float) -> float:
            spread: float = figures(price, 0.0)[1]
            return sqrt(spread / period)

        return fed_by(self.source, feed)


@dataclass(frozen=True, slots=True)
class Bollinger(Indicator):
    """Bollinger bands: the simple average, and `deviations` standard deviations above and below it.

    The deviation is the population's (divided by period), as in MetaTrader and TA-Lib.
    Source: Bollinger 2001, Bollinger on Bollinger Bands; MetaTrader 5 help, "Bollinger Bands".
    """

    period: int = 20
    deviations: float = 2.0
    source: Source = "close"

    lines = ("upper", "middle", "lower")

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)
        require_factor(self, "deviations", self.deviations)
        require_source(self, self.source)

    @property
    def warm_up(self) -> int:
        return self.period - 1

    def over(self, columns: Columns) -> tuple[Array, ...]:
        mean, deviation = _deviations_of(prices_of(self.source, columns), self.period)
        deviation *= self.deviations
        return mean + deviation, mean, mean - deviation

    def begin(self) -> Stepper:
        figures = windows.figures_feed(windows.SPREAD, self.period)
        period, deviations = self.period, self.deviations

        def feed(price: float) -> tuple[float, float, float]:
            mean, spread = figures(price, 0.0)
            away = sqrt(spread / period) * deviations
            return mean + away, mean, mean - away

        return fed_by(self.source, feed)


@dataclass(frozen=True, slots=True)
class Donchian(Indicator):
    """Donchian channel: highest high and lowest low of the last `period` closed bars, and their middle.

    The newest closed bar is among them: a breakout is a price beyond the channel of the bar before.
    Source: Donchian 1960, High Finance in Copper.
    """

    period: int = 20

    lines = ("upper", "middle", "lower")

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)

    @property
    def warm_up(self) -> int:
        return self.period - 1

    def over(self, columns: Columns) -> tuple[Array, ...]:
        upper = windows.highest_of(columns.high, self.period)
        lower = windows.lowest_of(columns.low, self.period)
        return upper, (upper + lower) / 2.0, lower

    def begin(self) -> Stepper:
        highest, lowest = windows.highest_feed(self.period), windows.lowest_feed(self.period)

        def step(
            _open: float, high: float, low: float, _close: float, _volume: float
        ) -> tuple[float, float, float]:
            upper, lower = highest(high), lowest(low)
            return upper, (upper + lower) / 2.0, lower

        return Stepper(step)


@dataclass(frozen=True, slots=True)
class Keltner(Indicator):
    """Keltner channel: an exponential average, and `ranges` average true ranges above and below it.

    Average of `period` bars (as `EMA`), range of `atr_period` bars (as `ATR`: simply averaged). MetaTrader
    ships none; this is the form that Raschke made known. Keltner's own (1960) were the typical price's
    simple average and that of the highs less the lows.
    Source: StockCharts, ChartSchool, "Keltner Channels".
    """

    period: int = 20
    ranges: float = 2.0
    atr_period: int = 10
    source: Source = "close"

    lines = ("upper", "middle", "lower")
    is_windowed = False

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)
        require_factor(self, "ranges", self.ranges)
        require_period(self, "atr_period", self.atr_period)
        require_source(self, self.source)

    @property
    def warm_up(self) -> int:
        return max(self.period - 1, self.atr_period)

    def over(self, columns: Columns) -> tuple[Array, ...]:
        middle = recursions.exponential_of(prices_of(self.source, columns), self.period)
        away = ATR(self.atr_period).over(columns)[0] * self.ranges
        return middle + away, middle, middle - away

    def begin(self) -> Stepper:
        average = recursions.exponential_feed(self.period)
        atr, ranges, price_of = simple_atr(self.atr_period), self.ranges, price_from(self.source)

        def step(
            open_: float, high: float, low: float, close: float, _volume: float
        ) -> tuple[float, float, float]:
            middle = average(price_of(open_, high, low, close))
            away = atr(high, low, close) * ranges
            return middle + away, middle, middle - away

        return Stepper(step)
