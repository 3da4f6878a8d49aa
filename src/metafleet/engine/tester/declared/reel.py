"""A test's prices as the kernel takes them: bar by bar, where strides begin, and where days do."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array
from metafleet.engine.tester.tape import Span, Tape

DAY_S: Final = 86_400

_BETWEEN: Final = "it has prices between the points of its digits"

STATUS_WORDS: Final = {
    2: "its bars do not begin where bars of their length do",
    3: "it has spreads below 0",
    4: _BETWEEN,
    5: "it has prices beyond their bars' high and low",
}
"""By the kernel's status."""


class Unfit(Exception):
    """This is not for the kernel; the text says what."""


class Reel(msgspec.Struct, frozen=True):
    """rates: the bars whose ticks there are: the tape's finest, from the test's begin on, or, where there is
    one tick a stride, those that strides begin with. starts: of each stride from the first lived through on,
    its first bar; strides are bars of the own chart; None where each bar is one.

    tick_ms: milliseconds from one tick of a bar to the next. nights_at, days: bars with the first tick of
    another day, the very first bar first, and days since 1970. lowest, highest: points, the spread in it.
    scale: points in 1.0.
    """

    rates: Array
    starts: NDArray[np.int64] | None
    is_open_only: bool
    tick_ms: int
    nights_at: NDArray[np.int64]
    days: NDArray[np.int64]
    lowest: int
    highest: int
    scale: float

    @property
    def strides(self) -> int:
        """How many there are."""
        return len(self.rates) if self.starts is None else len(self.starts)

    def begins(self, strides: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.int64]:
        """Return the first bars of these strides."""
        if self.starts is not None:
            return self.starts[strides]
        return np.arange(len(self.rates))[strides] if isinstance(strides, slice) else strides

    def strides_of(self, bars: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return in which strides these bars are."""
        return bars if self.starts is None else np.searchsorted(self.starts, bars, "right") - 1

    def times(self, bars: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return when these bars open, seconds."""
        times: NDArray[np.int64] = self.rates["time"][bars]
        return times

    def time(self, bar: int) -> int:
        """Return when a bar opens, seconds."""
        return int(self.rates["time"][bar])

    def opens(self, bars: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what is bid first in these bars, points. Raises Unfit where it is between two."""
        prices = self.rates["open"][bars]
        whole = np.rint(prices * self.scale)
        if (whole / self.scale != prices).any():
            raise Unfit(_BETWEEN)
        points: NDArray[np.int64] = whole.astype(np.int64)
        return points

    def asks(self, bars: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what is asked first in these bars, points. Raises Unfit."""
        asks: NDArray[np.int64] = self.opens(bars) + self.rates["spread"][bars]
        return asks


def reel_of(kernel: Any, tape: Tape, span: Span, begin: int, first: int, *, is_open_only: bool) -> Reel:
    """Lay out a test. begin: its first place in the tape; first: its first stride. Raises Unfit."""
    rates, scale = tape.rates[begin:], 10.0**tape.spec.digits
    starts = None
    if len(rates) != len(span.rates) - first:
        starts = np.concatenate(([0], np.searchsorted(rates["time"], span.ends[first:-1]))).astype(np.int64)
        if is_open_only:
            rates, starts = rates[starts], None
    most_days = int(rates["time"][-1] - rates["time"][0]) // DAY_S + 2
    nights_at = np.empty(min(most_days, len(rates)), np.int64)
    status, lowest, highest, widest, nights = kernel.lay(rates, tape.period_s, scale, is_open_only, nights_at)
    if status:
        raise Unfit(STATUS_WORDS[status])
    nights_at = nights_at[:nights].copy()
    return Reel(
        rates=rates,
        starts=starts,
        is_open_only=is_open_only,
        tick_ms=tape.period_s * 250,
        nights_at=nights_at,
        days=rates["time"][nights_at] // DAY_S,
        lowest=round(lowest * scale),
        highest=round(highest * scale) + widest,
        scale=scale,
    )
