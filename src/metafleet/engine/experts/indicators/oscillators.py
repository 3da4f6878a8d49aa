"""Oscillators: where the price stands against its own past."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metafleet.engine.experts.indicators import recursions, windows
from metafleet.engine.experts.indicators.contract import (
    NAN,
    Columns,
    Indicator,
    IndicatorMisdeclared,
    Stepper,
    require_period,
)
from metafleet.engine.experts.indicators.sources import Source, fed_by, prices_of, require_source

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array


@dataclass(frozen=True, slots=True)
class RSI(Indicator):
    """Relative strength index, 0 to 100: 100 - 100 / (1 + average gain / average loss).

    Gains and losses of one bar against the bar before, averaged as `SMMA` does: the first average is the
    simple one of `period` changes. 100 where nothing was lost, 50 where nothing has moved at all.
    Source: Wilder 1978; MetaTrader 5 help, "Relative Strength Index"; MetaQuotes' RSI.mq5.
    """

    period: int = 14
    source: Source = "close"

    is_windowed = False

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)
        require_source(self, self.source)

    @property
    def warm_up(self) -> int:
        return self.period

    def over(self, columns: Columns) -> tuple[Array, ...]:
        import numpy as np

        prices = prices_of(self.source, columns)
        made = np.full(len(prices), NAN)
        changes = np.diff(prices)
        gain = recursions.wilder_of(np.where(changes > 0.0, changes, 0.0), self.period)
        loss = recursions.wilder_of(np.where(changes < 0.0, -changes, 0.0), self.period)
        with np.errstate(divide="ignore", invalid="ignore"):
            strength = 100.0 - 100.0 / (1.0 + gain / loss)
        made[1:] = np.where(loss == 0.0, np.where(gain == 0.0, 50.0, 100.0), strength)
        return (made,)

    def begin(self) -> Stepper:
        gains, losses = recursions.wilder_feed(self.period), recursions.wilder_feed(self.period)
        last: float | None = None

        def feed(price: float) -> float:
            nonlocal last
            if last is None:
                last = price
                return NAN
            change = price - last
            last = price
            gain = gains(change if change > 0.0 else 0.0)
            loss = losses(-change if change < 0.0 else 0.0)
            if loss == 0.0:
                return 50.0 if gain == 0.0 else 100.0
            return 100.0 - 100.0 / (1.0 + gain / loss)

        return fed_by(self.source, feed)


@dataclass(frozen=True, slots=True)
class MACD(Indicator):
    """Moving average convergence/divergence: EMA(fast) - EMA(slow), its signal, and their difference.

    The signal is the simple average of the last `signal` values of the first line, as in MetaTrader;
    Appel's, and TA-Lib's, is an exponential one.
    Source: Appel 1979; MetaTrader 5 help, "MACD"; MetaQuotes' MACD.mq5.
    """

    fast: int = 12
    slow: int = 26
    signal: int = 9
    source: Source = "close"

    lines = ("macd", "signal", "histogram")
    is_windowed = False

    def __post_init__(self) -> None:
        require_period(self, "fast", self.fast)
        require_period(self, "slow", self.slow)
        require_period(self, "signal", self.signal)
        require_source(self, self.source)
        if self.fast >= self.slow:
            raise IndicatorMisdeclared(
                f"MACD: fast is {self.fast} and slow {self.slow}; fast must be less than slow"
            )

    @property
    def warm_up(self) -> int:
        return self.slow + self.signal - 2

    def over(self, columns: Columns) -> tuple[Array, ...]:
        prices = prices_of(self.source, columns)
        fast, slow = (recursions.exponential_weight(period) for period in (self.fast, self.slow))
        apart = prices - prices[:1]
        macd = recursions.moved_of(apart, fast) - recursions.moved_of(apart, slow)
        macd[: self.slow - 1] = NAN
        signal = windows.means_of(macd, self.signal)
        return macd, signal, macd - signal

    def begin(self) -> Stepper:
        fast, slow = (
            recursions.moved_feed(recursions.exponential_weight(period)) for period in (self.fast, self.slow)
        )
        mean = windows.mean_feed(self.signal)
        first, left = NAN, self.slow

        def feed(price: float) -> tuple[float, float, float]:
            nonlocal first, left
            if left == self.slow:
                first = price
            apart = price - first
            macd = fast(apart) - slow(apart)
            if left:
                left -= 1
                if left:
                    macd = NAN
            signal = mean(macd)
            return macd, signal, macd - signal

        return fed_by(self.source, feed)


@dataclass(frozen=True, slots=True)
class Stochastic(Indicator):
    """Stochastic oscillator, 0 to 100: where the close stands in the range of the last `k_period` bars.

    k: 100 × sum of (close - lowest low) / sum of (highest high - lowest low), each of the last `slowing`
    bars; 100 where there was no range. d: simple average of the last `d_period` values of k. MetaTrader's
    "Low/High" price field, with MetaTrader's slowing: sums are divided, where TA-Lib averages quotients.
    Source: Lane 1984; MetaTrader 5 help, "Stochastic Oscillator"; MetaQuotes' Stochastic.mq5.
    """

    k_period: int = 5
    d_period: int = 3
    slowing: int = 3

    lines = ("k", "d")

    def __post_init__(self) -> None:
        require_period(self, "k_period", self.k_period)
        require_period(self, "d_period", self.d_period)
        require_period(self, "slowing", self.slowing)

    @property
    def warm_up(self) -> int:
        return self.k_period + self.slowing + self.d_period - 3

    def over(self, columns: Columns) -> tuple[Array, ...]:
        import numpy as np

        lowest = windows.lowest_of(columns.low, self.k_period)
        highest = windows.highest_of(columns.high, self.k_period)
        height = windows.means_of(columns.close - lowest, self.slowing)
        reach = windows.means_of(highest - lowest, self.slowing)
        with np.errstate(divide="ignore", invalid="ignore"):
            k = np.where(reach == 0.0, 100.0, height / reach * 100.0)
        return k, windows.means_of(k, self.d_period)

    def begin(self) -> Stepper:
        highest, lowest = windows.highest_feed(self.k_period), windows.lowest_feed(self.k_period)
        heights, reaches = windows.mean_feed(self.slowing), windows.mean_feed(self.slowing)
        mean = windows.mean_feed(self.d_period)

        def step(_open: float, high: float, low: float, close: float, _volume: float) -> tuple[float, float]:
            bottom = lowest(low)
            height = heights(close - bottom)
            reach = reaches(highest(high) - bottom)
            k = 100.0 if reach == 0.0 else height / reach * 100.0
            return k, mean(k)

        return Stepper(step)


@dataclass(frozen=True, slots=True)
class _Change(Indicator):
    """Of the price against that of `period` bars before."""

    period: int
    source: Source = "close"

    def __post_init__(self) -> None:
        require_period(self, "period", self.period)
        require_source(self, self.source)

    @property
    def warm_up(self) -> int:
        return self.period


@dataclass(frozen=True, slots=True)
class Momentum(_Change):
    """Momentum: 100 × p[i] / p[i - period], 100 where the price has not moved.

    TA-Lib's momentum is the difference p[i] - p[i - period]. Prices must not be 0.
    Source: MetaTrader 5 help, "Momentum"; MetaQuotes' Momentum.mq5.
    """

    def over(self, columns: Columns) -> tuple[Array, ...]:
        import numpy as np

        prices = prices_of(self.source, columns)
        made = np.full(len(prices), NAN)
        made[self.period :] = prices[self.period :] * 100.0 / prices[: -self.period]
        return (made,)

    def begin(self) -> Stepper:
        past = deque([NAN] * self.period, maxlen=self.period)

        def feed(price: float) -> float:
            before = past[0]
            past.append(price)
            return price * 100.0 / before

        return fed_by(self.source, feed)


@dataclass(frozen=True, slots=True)
class RateOfChange(_Change):
    """Rate of change in percent: 100 × (p[i] - p[i - period]) / p[i - period]. Prices must not be 0.

    Source: MetaQuotes' ROC.mq5 ("Rate of Change").
    """

    def over(self, columns: Columns) -> tuple[Array, ...]:
        import numpy as np

        prices = prices_of(self.source, columns)
        made = np.full(len(prices), NAN)
        before = prices[: -self.period]
        made[self.period :] = (prices[self.period :] - before) / before * 100.0
        return (made,)

    def begin(self) -> Stepper:
        past = deque([NAN] * self.period, maxlen=self.period)

        def feed(price: float) -> float:
            before = past[0]
            past.append(price)
            return (price - before) / before * 100.0

        return fed_by(self.source, feed)
