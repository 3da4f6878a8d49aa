"""A test's prices as the kernel takes them: whole points, bar by bar, and where days begin."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.tester.tape import Span, Tape

DAY_S: Final = 86_400

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


def reel_of(kernel: Any, tape: Tape, span: Span, begin: int, first: int, *, is_open_only: bool) -> Reel:
    """Lay out a test. begin: its first place in the tape; first: its first stride. Raises Unfit."""
    rates, spec = tape.rates[begin:], tape.spec
    if len(rates) == len(span.rates) - first:
        begins = np.arange(len(rates))
    else:
        begins = np.concatenate(([0], np.searchsorted(rates["time"], span.ends[first:-1])))
    if is_open_only:
        rates = rates[begins]
        begins = np.arange(len(rates))
    times = rates["time"].astype(np.int64)
    if (times % tape.period_s).any():
        raise Unfit("its bars do not begin where bars of their length do")
    opens, lowest, highest = _points_of(kernel, rates["open"], spec)
    highs = lows = closes = opens
    if not is_open_only:
        highs, _, highest = _points_of(kernel, rates["high"], spec)
        lows, lowest, _ = _points_of(kernel, rates["low"], spec)
        closes, _, _ = _points_of(kernel, rates["close"], spec)
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
        lowest=lowest,
        highest=highest + int(spreads.max()),
    )


def _points_of(kernel: Any, prices: NDArray[np.float64], spec: SymbolSpec) -> tuple[Points, int, int]:
    """Return prices as whole points, the lowest and the highest. Raises Unfit where one is none."""
    points = np.empty(len(prices), np.int32)
    lowest, highest = kernel.points(prices, 10.0**spec.digits, points)
    if lowest > highest:
        raise Unfit("it has prices between the points of its digits")
    return points, lowest, highest
