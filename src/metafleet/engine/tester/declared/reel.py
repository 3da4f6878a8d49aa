"""A test's prices as the kernel takes them: whole points, bar by bar, and where days begin."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.tester.tape import Span, Tape

DAY_S: Final = 86_400

_MOST_POINTS: Final = 1_000_000_000
"""Prices, and sums of two of them, fit 32 bits."""

Points = NDArray[np.int32]


class Unfit(Exception):
    """This is not for the kernel; the text says what."""


class Reel(msgspec.Struct, frozen=True):
    """opens to spreads: points, shape (n,), of the bars whose ticks there are: the tape's finest, from the
    test's begin on, or, where there is one tick a stride, of the strides. times: their opens, seconds.

    begins: of each stride from the first lived through on, its first bar; strides are bars of the own chart.
    tick_ms: milliseconds from one tick of a bar to the next. nights_at, days: bars with the first tick of
    another day, the very first bar first, and days since 1970.
    """

    opens: Points
    highs: Points
    lows: Points
    closes: Points
    spreads: Points
    times: NDArray[np.int64]
    begins: NDArray[np.int64]
    tick_ms: int
    nights_at: NDArray[np.int64]
    days: NDArray[np.int64]
    lowest: int
    highest: int


def reel_of(tape: Tape, span: Span, begin: int, first: int, *, is_open_only: bool) -> Reel:
    """Lay out a test. begin: its first place in the tape; first: its first stride. Raises Unfit."""
    rates, spec = tape.rates[begin:], tape.spec
    last_ends = span.ends[first:-1]
    begins = np.concatenate(([0], np.searchsorted(rates["time"], last_ends)))
    if is_open_only:
        rates = rates[begins]
        begins = np.arange(len(rates))
    times = rates["time"].astype(np.int64)
    if (times % tape.period_s).any():
        raise Unfit("its bars do not begin where bars of their length do")
    opens = points_of(rates["open"], spec)
    if is_open_only:
        highs = lows = closes = opens
    else:
        highs, lows, closes = (points_of(rates[name], spec) for name in ("high", "low", "close"))
    spreads = rates["spread"].astype(np.int32)
    if (spreads < 0).any():
        raise Unfit("it has spreads below 0")
    days = times // DAY_S
    nights_at = np.concatenate(([0], np.flatnonzero(np.diff(days)) + 1)).astype(np.int64)
    return Reel(
        opens=opens,
        highs=highs,
        lows=lows,
        closes=closes,
        spreads=spreads,
        times=times,
        begins=begins.astype(np.int64),
        tick_ms=tape.period_s * 250,
        nights_at=nights_at,
        days=days[nights_at],
        lowest=int(lows.min()),
        highest=int(highs.max()) + int(spreads.max()),
    )


def points_of(prices: NDArray[np.float64], spec: SymbolSpec) -> Points:
    """Return prices as whole points. Raises Unfit where one is none."""
    scale = 10.0**spec.digits
    points = np.rint(prices * scale)
    if not (points / scale == prices).all() or points.min() <= 0 or points.max() > _MOST_POINTS:
        raise Unfit("it has prices between the points of its digits")
    return points.astype(np.int32)
