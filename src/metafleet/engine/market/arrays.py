"""Bars and ticks as NumPy arrays, laid out as MetaTrader's Python module gives them.

Everything that is kept, read and asked for in bulk has these two forms; `records` has one bar and one tick.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RATES: Final = np.dtype(
    [
        ("time", "<i8"),
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("tick_volume", "<u8"),
        ("spread", "<i4"),
        ("real_volume", "<u8"),
    ]
)
"""A bar of `copy_rates_*`: 60 bytes. time: Unix seconds of the server's clock. spread: points."""

TICKS: Final = np.dtype(
    [
        ("time", "<i8"),
        ("bid", "<f8"),
        ("ask", "<f8"),
        ("last", "<f8"),
        ("volume", "<u8"),
        ("time_msc", "<i8"),
        ("flags", "<u4"),
        ("volume_real", "<f8"),
    ]
)
"""A tick of `copy_ticks_*`: 60 bytes. flags: TICK_FLAG bits of what changed."""

Array = NDArray[Any]
"""A one-dimensional array of RATES or TICKS, oldest first."""

_RAW: Final = np.dtype("V60")
"""Both forms as bytes: NumPy copies structured elements field by field, and these at once."""

FLAG_BID: Final = 2
FLAG_ASK: Final = 4
FLAG_LAST: Final = 8
FLAG_VOLUME: Final = 16
FLAG_BUY: Final = 32
FLAG_SELL: Final = 64
"""TICK_FLAG bits."""

DEAL_FLAGS: Final = FLAG_LAST | FLAG_VOLUME | FLAG_BUY | FLAG_SELL
"""Those of which a deal on an exchange has some, and a mere quote none."""

COPY_TICKS_ALL: Final = -1
COPY_TICKS_INFO: Final = 1
COPY_TICKS_TRADE: Final = 2


def joined(parts: list[Array], dtype: np.dtype[Any]) -> Array:
    """Return a fresh, packed, read-only array of these parts, one after the other."""
    whole = np.empty(sum(map(len, parts)), dtype)
    raw, begin = whole.view(_RAW), 0
    for part in parts:
        end = begin + len(part)
        raw[begin:end] = part.view(_RAW)
        begin = end
    whole.flags.writeable = False
    return whole


def empty(dtype: np.dtype[Any]) -> Array:
    """Return an array of nothing."""
    return joined([], dtype)


def count_before(times: Array, value: int) -> int:
    """Return how many of these times, which ascend, are before a value.

    Times are spread evenly, weeks being alike, so the place is sought around where it should be: of a file
    that is mapped into memory, a few pages are read.
    """
    size = len(times)
    if not size or value <= times[0]:
        return 0
    first, last = int(times[0]), int(times[-1])
    if value > last:
        return size
    low = high = (value - first) * (size - 1) // (last - first)
    step = 64
    while low > 0 and times[low] >= value:
        high, low, step = low, max(0, low - step), 4 * step
    while high < size and times[high] < value:
        low, high, step = high, min(size, high + step), 4 * step
    return bisect_left(times, value, low, high)


_MANY: Final = 100_000
"""From so many times on, halving the way of some hundred values takes less than copying all times."""


def counts_before(times: Array, values: Array) -> NDArray[np.int64]:
    """Return `count_before` of each of many values, as `np.searchsorted` does."""
    if len(times) < _MANY:
        return np.searchsorted(times, values)
    # It copies times that lie between prices, all of them; so all values halve their ways together.
    low = np.zeros(len(values), np.int64)
    high = np.full(len(values), len(times))
    for _ in range(len(times).bit_length()):
        middle = (low + high) // 2
        is_before = (low < high) & (times[np.minimum(middle, len(times) - 1)] < values)
        low = np.where(is_before, middle + 1, low)
        high = np.where(is_before, high, middle)
    return low


class Growing:
    """An array that grows at its end, a doubling at a time.

    keep: how many of the newest elements are kept at least; None for all. Older ones go once there are
    twice as many, so that an element costs O(1) and its place is not for long.
    """

    def __init__(self, dtype: np.dtype[Any], keep: int | None = None, room: int = 256) -> None:
        self.array: Array = np.empty(room, dtype)
        self.size = 0
        self._keep = keep

    def append(self, row: tuple[Any, ...]) -> None:
        """Add one element."""
        if self.size == len(self.array):
            self._make_room(1)
        self.array[self.size] = row
        self.size += 1

    def put(self, place: int, row: tuple[Any, ...]) -> None:
        """Write an element so many places after the last one; the next append replaces it."""
        if self.size + place >= len(self.array):
            self._make_room(place + 1, put=place)
        self.array[self.size + place] = row

    def extend(self, rows: Array) -> None:
        """Add these elements."""
        if self.size + len(rows) > len(self.array):
            self._make_room(len(rows))
        self.array.view(_RAW)[self.size : self.size + len(rows)] = rows.view(_RAW)
        self.size += len(rows)

    def _make_room(self, count: int, put: int = 0) -> None:
        """Move to a larger array. put: how many elements stand after the last one that are to come along."""
        held, room = self.array[: self.size + put], 2 * (self.size + count)
        if self._keep is not None and self.size >= 2 * self._keep:
            held, room = held[-self._keep - put :], 2 * self._keep + count
        grown = np.empty(room, held.dtype)
        grown.view(_RAW)[: len(held)] = held.view(_RAW)
        self.array, self.size = grown, len(held) - put
