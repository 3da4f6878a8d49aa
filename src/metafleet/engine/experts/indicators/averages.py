"""Moving averages.

Source of all: MetaTrader 5 help, "Moving Average", and MetaQuotes' MovingAverages.mqh.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metafleet.engine.experts.indicators import recursions, windows
from metafleet.engine.experts.indicators.contract import Columns, Indicator, Stepper, require_period
from metafleet.engine.experts.indicators.sources import Source, fed_by, prices_of, require_source

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array


@dataclass(frozen=True, slots=True)
class _Average(Indicator):
    """An average of one price over `period` bars."""

    period: int
    source: Source = "close"

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)
        require_source(self, self.source)

    @property
    def warm_up(self) -> int:
        return self.period - 1


@dataclass(frozen=True, slots=True)
class SMA(_Average):
    """Simple moving average: (p[i] + … + p[i - period + 1]) / period.

    Source: MetaTrader 5 help, "Moving Average" (SMA).
    """

    def over(self, columns: Columns) -> tuple[Array, ...]:
        return (windows.means_of(prices_of(self.source, columns), self.period),)

    def begin(self) -> Stepper:
        return fed_by(self.source, windows.mean_feed(self.period))


@dataclass(frozen=True, slots=True)
class EMA(_Average):
    """Exponential moving average: e[0] = p[0], e[i] = e[i - 1] + 2 / (period + 1) × (p[i] - e[i - 1]).

    Begun at the first bar's price as MetaTrader's is, and hidden until it has seen `period` bars; TA-Lib's
    begins with a simple average instead. `Ema` has the same values but for their last bits.
    Source: MetaTrader 5 help, "Moving Average" (EMA); MovingAverages.mqh, ExponentialMAOnBuffer.
    """

    is_windowed = False

    def over(self, columns: Columns) -> tuple[Array, ...]:
        return (recursions.exponential_of(prices_of(self.source, columns), self.period),)

    def begin(self) -> Stepper:
        return fed_by(self.source, recursions.exponential_feed(self.period))


@dataclass(frozen=True, slots=True)
class SMMA(_Average):
    """Smoothed moving average, Wilder's own (RMA).

    The first value is the simple average of `period` bars; then s[i] = s[i - 1] + (p[i] - s[i - 1]) / period.
    Source: Wilder 1978; MetaTrader 5 help, "Moving Average" (SMMA); MovingAverages.mqh, SmoothedMAOnBuffer.
    """

    is_windowed = False

    def over(self, columns: Columns) -> tuple[Array, ...]:
        return (recursions.smoothed_of(prices_of(self.source, columns), self.period),)

    def begin(self) -> Stepper:
        return fed_by(self.source, recursions.smoothed_feed(self.period))


@dataclass(frozen=True, slots=True)
class WMA(_Average):
    """Linear weighted moving average: weights period for the newest bar, period - 1, … 1 for the oldest.

    (period × p[i] + … + 1 × p[i - period + 1]) / (period × (period + 1) / 2).
    Source: MetaTrader 5 help, "Moving Average" (LWMA).
    """

    def over(self, columns: Columns) -> tuple[Array, ...]:
        prices = prices_of(self.source, columns)
        return (windows.figures_of(windows.RAMP, (prices, prices), self.period)[1],)

    def begin(self) -> Stepper:
        figures = windows.figures_feed(windows.RAMP, self.period)
        feed: Callable[[float], float] = lambda price: figures(price, price)[1]  # noqa: E731
        return fed_by(self.source, feed)
