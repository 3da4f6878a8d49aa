"""Text files of bars or ticks into arrays, some megabytes at a time; and which fields cannot be read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import FLAG_VOLUME, RATES, TICKS, Array
from metafleet.engine.market.files.layouts import Layout
from metafleet.engine.market.files.times import Dates, Moments, Stamps, TimesOfDay

MOST_FAULTS: Final = 100_000
_MOST: Final = float(1 << 62)
_LOOKED_AT: Final = 100
_PRICES: Final = frozenset({"open", "high", "low", "close", "bid", "ask", "last"})
_FLOATS: Final = {
    "bars": ("open", "high", "low", "close", "tick_volume", "spread", "real_volume"),
    "ticks": ("bid", "ask", "last", "real_volume", "flags"),
}

Column = list[bytes]
Floats = NDArray[np.float64]


class Fault(msgspec.Struct, frozen=True):
    """What could not be read, and where: line (the first is 1), field, and why in words."""

    line: int
    field: str
    why: str


class Table(msgspec.Struct):
    """What a text file holds.

    rows: RATES or TICKS, times by the file's own clock. lines: the line of each row. digits: decimals of its
    prices. has: which columns it had.
    """

    rows: Array
    lines: NDArray[np.int64]
    digits: int
    has: frozenset[str]
    faults: list[Fault]


def read_table(layout: Layout, blocks: Iterable[list[bytes]]) -> Table:
    """Read lines that were split; rows that cannot be read are left out, and said."""
    reader = _Reader(layout)
    number = 1
    for lines in blocks:
        reader.take(lines, number)
        number += len(lines)
    return reader.table()


class _Reader:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._separator = layout.separator.encode()
        self._fields = [name for name in _FLOATS[layout.kind] if name in layout.columns]
        self._moment: Callable[[list[Column]], list[int]] | None = None
        self._parts: list[tuple[NDArray[np.int64], list[Floats], NDArray[np.int64]]] = []
        self._faults: list[Fault] = []
        self._digits = 0

    def take(self, lines: list[bytes], first: int) -> None:
        """Take some lines; the first one's number is `first`."""
        width, separator = self._layout.width - 1, self._separator
        skipped = 1 if self._layout.has_header and first == 1 else 0
        kept, numbers = [], []
        rest = lines[skipped:]
        if self._layout.is_quoted:
            rest = [line.replace(b'"', b"") for line in rest]
        for number, line in enumerate(rest, start=first + skipped):
            if line.count(separator) == width:
                kept.append(line)
                numbers.append(number)
            elif line.strip():
                found = line.count(separator) + 1
                self._fault(number, "row", f"{found} fields where there should be {width + 1}")
        if kept:
            flat = separator.join(kept).split(separator)
            self._read([flat[place :: width + 1] for place in range(width + 1)], numbers)

    def _read(self, cells: list[Column], numbers: list[int]) -> None:
        columns = self._layout.columns
        times = self._times(cells, numbers)
        values = [self._floats(name, cells[columns[name]], numbers) for name in self._fields]
        if not self._parts:
            self._digits = self._decimals(cells)
        sound = times >= 0
        for column in values:
            sound &= ~np.isinf(column)
        lines = np.array(numbers, np.int64)
        self._parts.append((times[sound], [column[sound] for column in values], lines[sound]))

    def _times(self, cells: list[Column], numbers: list[int]) -> NDArray[np.int64]:
        """Return Unix milliseconds by the file's clock, -1 for what is no time."""
        read = self._moment = self._moment or self._reading(cells)
        try:
            return np.array(read(cells), np.int64)
        except (ValueError, OverflowError):
            pass
        times = np.empty(len(numbers), np.int64)
        for place, number in enumerate(numbers):
            own = [column[place : place + 1] for column in cells]
            try:
                times[place] = read(own)[0]
            except (ValueError, OverflowError):
                text = b" ".join(own[self._layout.columns[name]][0] for name in self._moments())
                self._fault(number, "time", f"{_shown(text)} is not a time")
                times[place] = -1
        return times

    def _moments(self) -> list[str]:
        return [name for name in ("date", "time") if name in self._layout.columns]

    def _reading(self, cells: list[Column]) -> Callable[[list[Column]], list[int]]:
        columns = self._layout.columns
        place = columns["time"]
        if "date" in columns:
            date, dates, times = columns["date"], Dates(), TimesOfDay()
            return lambda own: [
                dates[day] + times[time] for day, time in zip(own[date], own[place], strict=True)
            ]
        # A date such as 20240102 is a number too; of seconds, one of 1970.
        some = cells[place][:_LOOKED_AT]
        are_stamps = 2 * sum(text.isdigit() and len(text) != 8 for text in some) > len(some)
        moments = Stamps() if are_stamps else Moments()
        return lambda own: [moments[text] for text in own[place]]

    def _floats(self, name: str, column: Column, numbers: list[int]) -> Floats:
        """Return numbers; NaN for a blank that may be one, infinity for what is no number, and say so."""
        try:
            values = np.fromiter(map(float, column), np.float64, len(column))
        except ValueError:
            values = np.array([_number(text) for text in column])
        wrong = ~(np.abs(values) < _MOST) & ~np.isnan(values)
        blank = np.isnan(values)
        if name in _PRICES and not self._layout.fills_blanks:
            wrong |= blank
        for place in np.flatnonzero(wrong).tolist():
            text = column[place]
            why = "is missing" if not text.strip() else f"{_shown(text)} is not a number"
            self._fault(numbers[place], name, why)
        values[wrong] = math.inf
        return values

    def _decimals(self, cells: list[Column]) -> int:
        """Return how many decimals prices have: trailing zeros of all of them do not count."""
        names = [name for name in self._fields if name in ("close", "bid", "ask")]
        texts = {text.strip() for name in names for text in cells[self._layout.columns[name]]}
        return max((len(text.partition(b".")[2].rstrip(b"0")) for text in texts), default=0)

    def _fault(self, number: int, field: str, why: str) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(number, field, why))

    def table(self) -> Table:
        """Return all that was taken."""
        parts = self._parts
        times = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, np.int64)
        lines = np.concatenate([part[2] for part in parts]) if parts else np.empty(0, np.int64)
        values = {
            name: np.concatenate([part[1][place] for part in parts]) if parts else np.empty(0)
            for place, name in enumerate(self._fields)
        }
        make = _bars if self._layout.kind == "bars" else _ticks
        has = frozenset(name for name, column in values.items() if not np.isnan(column).all())
        self._faults.sort(key=lambda fault: fault.line)
        rows = make(times, values)
        if self._layout.fills_blanks:
            # Before both sides were said once, there is no quote.
            known = np.logical_or.accumulate((rows["bid"] != 0) & (rows["ask"] != 0))
            rows, lines = rows[known], lines[known]
        return Table(rows, lines, self._digits, has, self._faults)


def _bars(times_msc: NDArray[np.int64], values: dict[str, Floats]) -> Array:
    rows: Array = np.zeros(len(times_msc), RATES)
    rows["time"] = times_msc // 1000
    for name in ("open", "high", "low", "close"):
        rows[name] = values[name]
    for name in ("tick_volume", "spread", "real_volume"):
        if name in values:
            # Dukascopy's volumes are fractions of a million; what was traded at all is at least 1.
            rows[name] = np.ceil(np.clip(np.nan_to_num(values[name]), 0, (1 << 31) - 1))
    return rows


def _ticks(times_msc: NDArray[np.int64], values: dict[str, Floats]) -> Array:
    rows: Array = np.zeros(len(times_msc), TICKS)
    rows["time_msc"] = times_msc
    rows["time"] = times_msc // 1000
    for name in ("bid", "ask", "last"):
        if name in values:
            rows[name] = filled(values[name])
    deals = np.zeros(len(times_msc), np.uint32)
    if "real_volume" in values:
        volumes = values["real_volume"]
        deals[volumes > 0] = FLAG_VOLUME
        # Beside a last price it is the last deal's, which a quote does not change.
        rows["volume_real"] = filled(volumes) if "last" in values else np.nan_to_num(volumes)
        rows["volume"] = rows["volume_real"]
    rows["flags"] = np.nan_to_num(values["flags"]) if "flags" in values else changes(rows) | deals
    return rows


def filled(values: Floats) -> Floats:
    """Return values with each NaN replaced by the one before it; 0 where there is none."""
    known = np.where(np.isnan(values), 0, np.arange(len(values)))
    return np.nan_to_num(values[np.maximum.accumulate(known)]) if len(values) else values


def changes(ticks: Array) -> NDArray[Any]:
    """Return TICK_FLAG bits: which of bid, ask and last differ from the tick before."""
    flags = np.zeros(len(ticks), np.uint32)
    for name, bit in (("bid", 2), ("ask", 4), ("last", 8)):
        values = ticks[name]
        changed = np.concatenate(([True], values[1:] != values[:-1]))[: len(ticks)]
        flags |= np.where(changed & (values != 0), bit, 0).astype(np.uint32)
    return flags


def _number(text: bytes) -> float:
    if not text.strip():
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return math.inf
    return math.inf if math.isnan(value) else value


def _shown(text: bytes) -> str:
    return repr(text[:40].decode(errors="replace"))
