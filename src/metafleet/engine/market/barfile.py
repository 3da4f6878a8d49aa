"""Bar files: CSV, plain or gzip, with the columns time,open,high,low,close,tick_volume,spread.

time: open time, Unix seconds UTC, strictly increasing. Prices: bid. tick_volume and spread
(points) may be empty, or their columns missing. Rows are read one by one: a file of any size
costs a few kilobytes of memory and starts at once.
"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from metafleet.engine.market.records import Bar

REQUIRED: Final = ("time", "open", "high", "low", "close")
OPTIONAL: Final = ("tick_volume", "spread")

_PERIODS_S: Final = (60, 300, 900, 1_800, 3_600, 14_400, 86_400)
_ROWS_FOR_PERIOD: Final = 500
_GZIP_MAGIC: Final = b"\x1f\x8b"
_LATEST_S: Final = 1 << 33
"""The year 2242; times beyond it are milliseconds or nonsense."""


class BarFileRefused(ValueError):
    """A bar file cannot be used; the text names the file and, where there is one, the line and the field."""


class Span(msgspec.Struct, frozen=True):
    """Where a file begins and ends. Times in Unix seconds; last_s is the last bar's open."""

    first_s: int
    last_s: int
    first_open: float
    last_close: float


class _Columns(NamedTuple):
    """The place of each column; -1 for an optional one that the file lacks."""

    time: int
    open: int
    high: int
    low: int
    close: int
    tick_volume: int
    spread: int
    width: int


class BarFile:
    """One symbol's bar file.

    Nothing is read before the first call; every method raises BarFileRefused for what it finds wrong.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def bars(self, from_s: int | None = None) -> Iterator[Bar]:
        """Yield the bars whose time is not before from_s, oldest first.

        Rows before from_s are passed over by their time alone, without looking at their prices.
        """
        lines = _lines(self.path)
        columns = self._header(next(lines, ""))
        last_s = -1
        for number, line in enumerate(lines, start=2):
            row = line.rstrip("\r\n").split(",")
            if row == [""]:
                continue
            time_s = last_s = self._time(row, columns, number, last_s)
            if from_s is None or time_s >= from_s:
                yield self._bar(row, columns, number, time_s)

    def period_s(self) -> int:
        """Return the length of a bar: the smallest step among the first rows, rounded down to a usual one."""
        times = [bar.time_s for bar in islice(self.bars(), _ROWS_FOR_PERIOD)]
        step = min((b - a for a, b in pairwise(times)), default=60)
        return max((period for period in _PERIODS_S if period <= step), default=60)

    def span(self) -> Span:
        """Return where the file begins and ends; reads it all, so ask only when that is needed.

        Raises BarFileRefused when there are no bars.
        """
        first: Bar | None = None
        last: Bar | None = None
        for last in self.bars():
            first = first or last
        if first is None or last is None:
            raise BarFileRefused(f"{self.path}: the file has no bars")
        return Span(first.time_s, last.time_s, first.open, last.close)

    def _header(self, line: str) -> _Columns:
        names = [name.strip().lower() for name in line.lstrip("\ufeff").split(",")]
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            expected = ",".join(REQUIRED + OPTIONAL)
            raise BarFileRefused(
                f"{self.path}, line 1: the column {missing[0]!r} is missing; expected {expected}"
            )
        places = [names.index(name) if name in names else -1 for name in REQUIRED + OPTIONAL]
        return _Columns._make([*places, len(names)])

    def _refuse(self, number: int, field: str, why: str) -> BarFileRefused:
        return BarFileRefused(f"{self.path}, line {number}, {field}: {why}")

    def _time(self, row: list[str], columns: _Columns, number: int, last_s: int) -> int:
        if len(row) != columns.width:
            raise self._refuse(number, "row", f"{len(row)} fields where the header has {columns.width}")
        try:
            time_s = int(row[columns.time])
        except ValueError:
            raise self._refuse(
                number, "time", f"{row[columns.time]!r} is not a whole number of Unix seconds"
            ) from None
        if not 0 <= time_s < _LATEST_S:
            raise self._refuse(number, "time", f"{time_s} is not a time in Unix seconds")
        if time_s <= last_s:
            raise self._refuse(number, "time", f"{time_s} does not come after {last_s} of the line before")
        return time_s

    def _bar(self, row: list[str], columns: _Columns, number: int, time_s: int) -> Bar:
        try:
            bar = Bar(
                time_s,
                float(row[columns.open]),
                float(row[columns.high]),
                float(row[columns.low]),
                float(row[columns.close]),
                self._count(row, columns.tick_volume),
                self._count(row, columns.spread),
            )
        except ValueError:
            raise self._unreadable(row, columns, number) from None
        if not (0 < bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high < math.inf):
            raise self._inconsistent(bar, number)
        return bar

    @staticmethod
    def _count(row: list[str], place: int) -> int | None:
        text = row[place] if place >= 0 else ""
        if not text:
            return None
        count = int(text)
        if not 0 <= count < 1 << 31:
            raise ValueError(text)
        return count

    def _unreadable(self, row: list[str], columns: _Columns, number: int) -> BarFileRefused:
        """Find the field that could not be read."""
        for name, place in zip(REQUIRED[1:], columns[1:5], strict=True):
            try:
                float(row[place])
            except ValueError:
                return self._refuse(number, name, f"{row[place]!r} is not a number")
        for name, place in zip(OPTIONAL, columns[5:7], strict=True):
            try:
                self._count(row, place)
            except ValueError:
                return self._refuse(number, name, f"{row[place]!r} is not a whole number from 0 to 2^31")
        raise AssertionError("every field could be read")

    def _inconsistent(self, bar: Bar, number: int) -> BarFileRefused:
        """Find the field that contradicts the others."""
        for name in REQUIRED[1:]:
            price = getattr(bar, name)
            if not 0 < price < math.inf:
                return self._refuse(number, name, f"{price} is not a price above 0")
        if bar.high < bar.low:
            return self._refuse(number, "high", f"{bar.high} is below the low {bar.low}")
        name = "close" if bar.low <= bar.open <= bar.high else "open"
        price = getattr(bar, name)
        return self._refuse(number, name, f"{price} is outside low {bar.low} to high {bar.high}")


def _lines(path: Path) -> Iterator[str]:
    """Yield a plain or gzip file's lines. Raises BarFileRefused for what cannot be read."""
    try:
        with path.open("rb") as raw, _text(raw) as stream:
            yield from stream
    except UnicodeDecodeError as error:
        raise BarFileRefused(f"{path}: not a text file in UTF-8") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BarFileRefused(f"{path}: the file is damaged: {error}") from error
    except OSError as error:
        raise BarFileRefused(f"{path}: cannot be read: {error.strerror or error}") from error


def _text(raw: io.BufferedReader) -> io.TextIOWrapper:
    zipped = raw.peek(2)[:2] == _GZIP_MAGIC
    binary = gzip.GzipFile(fileobj=raw, mode="rb") if zipped else raw
    return io.TextIOWrapper(binary, encoding="utf-8", newline="\n")
