"""Files that are no text: Dukascopy's .bi5 and MetaTrader 4's .hst.

Source: Dukascopy's data feed, big-endian records of 20 bytes for ticks and 24 for candles, times from the
hour or the day that the path names (its months begin with 00); MetaTrader 4's history, versions 400 and 401.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Final

import numpy as np

from metafleet.engine.market.arrays import RATES, TICKS, Array
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.tables import Table, changes

_TICK: Final = np.dtype(
    [("ms", ">u4"), ("ask", ">u4"), ("bid", ">u4"), ("ask_lots", ">f4"), ("bid_lots", ">f4")]
)
_CANDLE: Final = np.dtype(
    [("s", ">u4"), ("open", ">u4"), ("close", ">u4"), ("low", ">u4"), ("high", ">u4"), ("volume", ">f4")]
)
_OLD_BAR: Final = np.dtype(
    [("time", "<i4"), ("open", "<f8"), ("low", "<f8"), ("high", "<f8"), ("close", "<f8"), ("volume", "<f8")]
)
_HEADER: Final = 148
_FEED_PATH: Final = re.compile(r"(\d{4})[/\\](\d\d)[/\\](\d\d)[/\\](?:(\d\d)h_ticks|\w*candles)\w*\.bi5$")
_OWN_NAME: Final = re.compile(r"(\d{4})[-_]?(\d\d)[-_]?(\d\d)[-_ T]?(?:(\d\d)h?)?[^/\\]*\.bi5$")
_THOUSANDTHS: Final = ("JPY", "XAU", "XAG", "IDX", "US30", "US500")


def is_hst(first: bytes) -> bool:
    """Say whether a file that begins so is MetaTrader 4's history."""
    return len(first) >= _HEADER and first[:4] in (b"\x91\x01\0\0", b"\x90\x01\0\0")


def read_hst(path: Path, content: bytes) -> tuple[Table, str]:
    """Return the bars of a .hst file, and its symbol. Raises MarketFileRefused."""
    symbol = content[68:80].split(b"\0")[0].decode("ascii", "replace")
    digits = int.from_bytes(content[84:88], "little")
    dtype = RATES if content[0] == 0x91 else _OLD_BAR
    body = content[_HEADER:]
    if len(body) % dtype.itemsize:
        raise MarketFileRefused(f"{path}: is cut off: {len(body)} bytes are no whole number of bars")
    read = np.frombuffer(body, dtype)
    rows = np.zeros(len(read), RATES)
    for name in ("time", "open", "high", "low", "close"):
        rows[name] = read[name]
    for name in ("tick_volume", "spread", "real_volume") if dtype is RATES else ():
        rows[name] = read[name]
    if dtype is _OLD_BAR:
        rows["tick_volume"] = read["volume"]
    has = frozenset({"tick_volume", "spread"} if dtype is RATES and rows["spread"].any() else {"tick_volume"})
    return _table(rows, min(digits, 8), has), symbol


def read_bi5(path: Path, content: bytes, symbol: str | None) -> Table:
    """Return the ticks or bars of a .bi5 file that is unpacked. Raises MarketFileRefused."""
    digits = 3 if any(part in (symbol or "") for part in _THOUSANDTHS) else 5
    begin = _begin(path)
    is_candles = "candle" in path.name.lower() or len(content) % _TICK.itemsize != 0
    dtype = _CANDLE if is_candles else _TICK
    if len(content) % dtype.itemsize:
        raise MarketFileRefused(f"{path}: is cut off: {len(content)} bytes are no whole number of records")
    read = np.frombuffer(content, dtype)
    rows = _candles(read, begin, digits) if is_candles else _ticks(read, begin, digits)
    return _table(rows, digits, frozenset({"bid", "ask"}))


def _begin(path: Path) -> dt.datetime:
    found = _FEED_PATH.search(str(path))
    own = found or _OWN_NAME.search(path.name)
    if own is None:
        raise MarketFileRefused(f"{path}: whose hour it is must be in its path: 2024/00/31/13h_ticks.bi5")
    year, month, day, hour = (int(part or 0) for part in own.groups())
    try:
        return dt.datetime(year, month + 1 if found else month, day, hour, tzinfo=dt.UTC)
    except ValueError as error:
        raise MarketFileRefused(f"{path}: its path names no hour: {error}") from error


def _ticks(read: Array, begin: dt.datetime, digits: int) -> Array:
    rows = np.zeros(len(read), TICKS)
    rows["time_msc"] = int(begin.timestamp()) * 1000 + read["ms"].astype(np.int64)
    rows["time"] = rows["time_msc"] // 1000
    for name in ("bid", "ask"):
        rows[name] = np.round(read[name] / 10.0**digits, digits)
    rows["flags"] = changes(rows)
    return rows


def _candles(read: Array, begin: dt.datetime, digits: int) -> Array:
    traded = read[read["volume"] > 0]
    rows = np.zeros(len(traded), RATES)
    rows["time"] = int(begin.timestamp()) + traded["s"].astype(np.int64)
    for name in ("open", "high", "low", "close"):
        rows[name] = np.round(traded[name] / 10.0**digits, digits)
    rows["tick_volume"] = np.ceil(traded["volume"])
    return rows


def _table(rows: Array, digits: int, has: frozenset[str]) -> Table:
    """Of a file without lines, a row's number takes a line's place."""
    return Table(rows, np.arange(1, len(rows) + 1), digits, has, [])
