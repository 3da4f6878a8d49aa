"""What an EA keeps and feeds by itself: one value in, the new value out, no history kept.

A restarted EA feeds the same bars again and stands where it stood. Declared series are the
other modules' affair; the results of EAs that ship are pinned to these.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candle:
    """One bar of any length. `time`: its open, epoch seconds UTC; prices are bids."""

    time: int
    open: float
    high: float
    low: float
    close: float


class Ema:
    """Exponential moving average, smoothing 2 / (period + 1), begun at its first value."""

    def __init__(self, period: int) -> None:
        self._weight = 2.0 / (period + 1)
        self.value: float | None = None

    def update(self, price: float) -> float:
        """Return the average with `price` in it."""
        if self.value is None:
            self.value = price
        else:
            self.value += self._weight * (price - self.value)
        return self.value


class Atr:
    """Average true range by Wilder's smoothing (1 / period), begun at its first range.

    Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.
    """

    def __init__(self, period: int) -> None:
        self._period = period
        self._last_close: float | None = None
        self.value: float | None = None

    def update(self, high: float, low: float, close: float) -> float:
        """Return the average range with this bar in it, in price units."""
        last = close if self._last_close is None else self._last_close
        true_range = max(high, last) - min(low, last)
        self._last_close = close
        if self.value is None:
            self.value = true_range
        else:
            self.value += (true_range - self.value) / self._period
        return self.value


class RollingMean:
    """Mean of the last `period` values."""

    def __init__(self, period: int) -> None:
        self._values: deque[float] = deque(maxlen=period)

    def update(self, value: float) -> float:
        """Return the mean with `value` in it."""
        self._values.append(value)
        return self.mean

    @property
    def is_full(self) -> bool:
        """Whether `period` values have been seen."""
        return len(self._values) == self._values.maxlen

    @property
    def mean(self) -> float:
        """The mean of what has been seen; needs one value at least."""
        return sum(self._values) / len(self._values)


class BarBuilder:
    """Join M1 bars into longer ones whose opens fall on multiples of their length."""

    def __init__(self, minutes: int) -> None:
        self._length_s = minutes * 60
        self._forming: Candle | None = None

    def update(self, time: int, open_: float, high: float, low: float, close: float) -> list[Candle]:
        """Take one closed M1 bar; return the long bars that are complete with it, oldest first.

        A long bar is complete with its last minute, or when a later one begins
        (minutes without a price are missing in real data).
        """
        start = time - time % self._length_s
        done: list[Candle] = []
        if self._forming is not None and self._forming.time != start:
            done.append(self._forming)
            self._forming = None
        begun = self._forming or Candle(start, open_, high, low, close)
        joined = Candle(start, begun.open, max(begun.high, high), min(begun.low, low), close)
        self._forming = joined
        if time + 60 - start == self._length_s:
            done.append(joined)
            self._forming = None
        return done
