"""One file of bars or ticks, of whatever maker: what it is, is seen from its content."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from pathlib import Path
from typing import IO, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array
from metafleet.engine.market.files.binary import is_hst, read_bi5, read_hst
from metafleet.engine.market.files.layouts import SERVER, Kind, recognised
from metafleet.engine.market.files.opening import MarketFileRefused, blocks, opened
from metafleet.engine.market.files.tables import Fault, Table, read_table
from metafleet.engine.market.symbolfile import known_symbols

_PACKED: Final = (".gz", ".bz2", ".xz", ".zip")
_HEAD: Final = 4096
_PAIR: Final = re.compile(r"[A-Z]{6}")
_KNOWN_FORMATS: Final = (
    "expected bars or ticks of MetaTrader 5 or 4, HistData, Dukascopy, or a table with a header such as "
    "time,open,high,low,close,tick_volume,spread or time_ms,bid,ask"
)


class MarketData(msgspec.Struct):
    """What one file holds, as it is written there: not sorted, not checked.

    rows: RATES or TICKS; times by the clock of `zone`, which "server" says is a server's own. lines: the line
    of each row. digits: the decimals of its prices. has: the columns that it has beside prices.
    """

    path: Path
    format: str
    kind: Kind
    symbol: str | None
    zone: str
    rows: Array
    lines: NDArray[np.int64]
    digits: int
    has: frozenset[str]
    faults: list[Fault]

    @property
    def period_s(self) -> int:
        """The most usual step between bars, in seconds; 60 of a single bar, 0 of ticks."""
        if self.kind == "ticks":
            return 0
        steps = np.diff(self.rows["time"])
        steps = steps[steps > 0]
        if not len(steps):
            return 60
        values, counts = np.unique(steps, return_counts=True)
        return int(values[np.argmax(counts)])


def read_market_file(
    path: Path,
    symbol: str | None = None,
    zone: str | None = None,
    symbols: Collection[str] | None = None,
) -> MarketData:
    """Read a file. symbol, zone: in place of what its name and its format say. symbols: see symbol_in.

    Raises MarketFileRefused for a file that is damaged or of no known format; what is wrong with single rows
    is in `faults`.
    """
    own = symbol or symbol_in(path, symbols)
    with opened(path) as stream:
        if path.name.lower().removesuffix(".xz").endswith(".bi5"):
            table = read_bi5(path, stream.read(), own)
            is_ticks = "bid" in (table.rows.dtype.names or ())
            return _data(path, "Dukascopy bi5", "ticks" if is_ticks else "bars", own, zone or "UTC", table)
        head = stream.read(_HEAD)
        if is_hst(head):
            table, named = read_hst(path, head + stream.read())
            return _data(path, "MetaTrader 4 hst", "bars", symbol or named or own, zone or SERVER, table)
        return _read_text(path, _Again(head, stream), own, zone)


class _Again:
    """A stream whose beginning was read already, and is read once more."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        """Return up to so many bytes, but the head at least."""
        head, self._head = self._head, b""
        return head + self._rest.read(size - len(head))


def _read_text(path: Path, stream: _Again, symbol: str | None, zone: str | None) -> MarketData:
    parts, line, begin = blocks(stream), b"", list[list[bytes]]()
    while not line and (part := next(parts, None)) is not None:
        begin.append(part)
        line = next((line for line in part if line.strip()), b"")
    if not line:
        raise MarketFileRefused(f"{path}: the file is empty")
    if b"\0" in line:
        raise MarketFileRefused(f"{path}: is not a text file; {_KNOWN_FORMATS}")
    layout = recognised(line.decode("utf-8", "replace"), path.name)
    if layout is None:
        shown = line[:60].decode("utf-8", "replace")
        raise MarketFileRefused(f"{path}, line 1: {shown!r} begins no known format; {_KNOWN_FORMATS}")
    table = read_table(layout, itertools.chain(begin, parts))
    return _data(path, layout.name, layout.kind, symbol, zone or layout.zone, table)


def _data(path: Path, name: str, kind: Kind, symbol: str | None, zone: str, table: Table) -> MarketData:
    return MarketData(
        path, name, kind, symbol, zone, table.rows, table.lines, table.digits, table.has, table.faults
    )


def symbol_in(path: Path, symbols: Collection[str] | None = None) -> str | None:
    """Return the symbol that a file's name has, else its folder's; None where there is none.

    symbols: those that are looked for; None for all that ship. Any pair of six capitals is taken, too.
    """
    known = {name.upper(): name for name in (known_symbols() if symbols is None else symbols)}
    name = _plain_name(path).upper()
    begins = [one for one in known if name.startswith(one) and not name[len(one) : len(one) + 1].isalnum()]
    if begins:
        return known[max(begins, key=len)]
    for part in (name, *(folder.upper() for folder in reversed(path.parent.parts))):
        words = re.split(r"[^A-Z0-9]+", part)
        # MetaTrader 4 puts the minutes of a bar behind the symbol: EURUSD60.csv.
        found = [word for word in [*words, *(word.rstrip("0123456789") for word in words)] if word in known]
        if found:
            return known[found[0]]
    words = re.split(r"[^A-Za-z0-9]+", _plain_name(path))
    return next((word for word in words if _PAIR.fullmatch(word)), None)


def _plain_name(path: Path) -> str:
    name = path.name
    while Path(name).suffix.lower() in _PACKED:
        name = Path(name).stem
    return Path(name).stem
