"""A test's prices as the kernel takes them: whole points, bar by bar, and where days begin."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array
from metafleet.engine.tester.tape import Span, Tape

DAY_S: Final = 86_400

_WORDS: Final = {
    2: "its bars do not begin where bars of their length do",
    3: "it has spreads below 0",
    4: "it has prices between the points of its digits",
}
"""By the kernel's status."""

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


class Laid(msgspec.Struct, frozen=True):
    """Bars by column. columns: (5, n), as of `Columns`; spreads: points."""

    columns: NDArray[np.float64]
    times: NDArray[np.int64]
    spreads: Points
    status: int


def laid(kernel: Any, rates: Array, period_s: int) -> Laid:
    """Return bars by column; what is wrong with them for the kernel is in the status."""
    count = len(rates)
    columns, times, spreads = np.empty((5, count)), np.empty(count, np.int64), np.empty(count, np.int32)
    status = kernel.in_columns(rates, period_s, columns, times, spreads)
    return Laid(columns, times, spreads, status)


def reel_of(
    kernel: Any, tape: Tape, span: Span, own: Laid, begin: int, first: int, *, is_open_only: bool
) -> Reel:
    """Lay out a test. begin: its first place in the tape; first: its first stride. Raises Unfit.

    own: the span's bars by column.
    """
    rates, scale = tape.rates[begin:], 10.0**tape.spec.digits
    begins, bars, start = np.arange(len(rates)), own, first
    if len(rates) != len(span.rates) - first:
        begins = np.concatenate(([0], np.searchsorted(rates["time"], span.ends[first:-1])))
        if is_open_only:
            rates, begins = rates[begins], np.arange(len(begins))
        bars, start = laid(kernel, rates, tape.period_s), 0
    if bars.status:
        raise Unfit(_WORDS[bars.status])
    times, spreads = bars.times[start:], bars.spreads[start:]
    made = []
    for row in range(1 if is_open_only else 4):
        points = np.empty(len(times), np.int32)
        status, lowest, highest = kernel.as_points(bars.columns[row, start:], scale, points)
        if status:
            raise Unfit(_WORDS[status])
        made.append((points, lowest, highest))
    if is_open_only:
        made *= 4
    (opens, _, _), (highs, _, highest), (lows, lowest, _), (closes, _, _) = made
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
