"""Indicators of how far prices go: extremes and true ranges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metafleet.engine.experts.indicators import recursions, windows
from metafleet.engine.experts.indicators.contract import (
    NAN,
    Columns,
    Indicator,
    Stepper,
    by_pieces,
    require_period,
)
from metafleet.engine.experts.indicators.sources import Source, fed_by, prices_of, require_source

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array


def true_ranges_of(columns: Columns, first: float = NAN) -> Array:
    """Return max(high, last close) - min(low, last close) of each bar, shape (n,); `first` for bar 0."""
    import numpy as np

    last = columns.close[:-1]
    made = np.empty(columns.bars)
    made[:1] = first
    np.maximum(columns.high[1:], last, out=made[1:])
    made[1:] -= np.minimum(columns.low[1:], last)
    return made


def simple_atr(period: int) -> Callable[[float, float, float], float]:
    """Return what takes high, low and close of the next bar and returns the mean of `period` true ranges."""
    mean = windows.mean_feed(period)
    last = NAN

    def feed(high: float, low: float, close: float) -> float:
        nonlocal last
        # A comparison with nan is false: without a bar before this one the range becomes nan itself.
        reach = (high if high > last else last) - (low if low < last else last)
        last = close
        return mean(reach)

    return feed


@dataclass(frozen=True, slots=True)
class _Range(Indicator):
    period: int

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)


@dataclass(frozen=True, slots=True)
class ATR(_Range):
    """Average true range: the simple average of the last `period` true ranges.

    The true range is max(high, last close) - min(low, last close); bar 0 has none. MetaTrader 5 averages
    simply; Wilder, TA-Lib and `WilderATR` smooth.
    Source: MetaTrader 5 help, "Average True Range"; MetaQuotes' ATR.mq5.
    """

    @property
    def warm_up(self) -> int:
        return self.period

    def over(self, columns: Columns) -> tuple[Array, ...]:
        return by_pieces(columns, self.period, self._over_piece)

    def _over_piece(self, columns: Columns) -> tuple[Array, ...]:
        return (windows.means_of(true_ranges_of(columns), self.period),)

    def begin(self) -> Stepper:
        atr = simple_atr(self.period)
        return Stepper(lambda _open, high, low, close, _volume: atr(high, low, close))


@dataclass(frozen=True, slots=True)
class WilderATR(_Range):
    """Average true range by Wilder's smoothing, begun at the first bar's range.

    a[0] = high - low; a[i] = a[i - 1] + (true range - a[i - 1]) / period; hidden until it has seen `period`
    bars. `Atr` has the same values but for their last bits.
    Source: Wilder 1978, New Concepts in Technical Trading Systems.
    """

    is_windowed = False

    @property
    def warm_up(self) -> int:
        return self.period - 1

    def over(self, columns: Columns) -> tuple[Array, ...]:
        if not len(columns.close):
            return (columns.close.copy(),)
        close = columns.close[0]
        first = float(max(columns.high[0], close) - min(columns.low[0], close))
        made = recursions.moved_of(true_ranges_of(columns, first), 1.0 / self.period, first)
        made[: self.period - 1] = NAN
        return (made,)

    def begin(self) -> Stepper:
        weight, left = 1.0 / self.period, self.period
        last = NAN
        move: windows.Feed | None = None

        def step(_open: float, high: float, low: float, close: float, _volume: float) -> float:
            nonlocal last, left, move
            if move is None:
                last = close
            reach = (high if high > last else last) - (low if low < last else last)
            last = close
            if move is None:
                move = recursions.moved_feed(weight, reach)
            average = move(reach)
            if left:
                left -= 1
                return NAN if left else average
            return average

        return Stepper(step)


@dataclass(frozen=True, slots=True)
class Highest(Indicator):
    """The highest of the last `period` prices, by default of highs; the newest closed bar is among them.

    Source: MQL5 reference, iHighest.
    """

    period: int
    source: Source = "high"

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)
        require_source(self, self.source)

    @property
    def warm_up(self) -> int:
        return self.period - 1

    def over(self, columns: Columns) -> tuple[Array, ...]:
        return (windows.highest_of(prices_of(self.source, columns), self.period),)

    def begin(self) -> Stepper:
        return fed_by(self.source, windows.highest_feed(self.period))


@dataclass(frozen=True, slots=True)
class Lowest(Indicator):
    """The lowest of the last `period` prices, by default of lows; the newest closed bar is among them.

    Source: MQL5 reference, iLowest.
    """

    period: int
    source: Source = "low"

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)
        require_source(self, self.source)

    @property
    def warm_up(self) -> int:
        return self.period - 1

    def over(self, columns: Columns) -> tuple[Array, ...]:
        return (windows.lowest_of(prices_of(self.source, columns), self.period),)

    def begin(self) -> Stepper:
        return fed_by(self.source, windows.lowest_feed(self.period))
