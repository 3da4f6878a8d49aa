"""Market data as it is kept: an array that opens by mapping its file into memory, and what it is beside it.

`EURUSD_M1.npy` holds RATES or TICKS by the server's clock, in order; `EURUSD_M1.json` says of what. The
latter is written last, so that an array that was cut off is none.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import RATES, TICKS, Array
from metafleet.engine.market.files.checking import refuse_unsound
from metafleet.engine.market.files.layouts import SERVER, Kind
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.reading import MarketData, read_market_file
from metafleet.engine.market.servertime import SERVER_ZONE, Zone
from metafleet.engine.market.sessions import usual_spread_points
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import NAMES, opens_s, timeframe_of

VERSION: Final = 1
"""Of the form of what is kept; another one is made anew."""

_SPREAD_STEP_S: Final = 900
"""The usual spread changes on quarters of an hour."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What an array is of. timeframe: of bars, 0 of ticks. zone: the server's, by whose clock its times are.

    source, sha256: the file that it was made of. counts_ticks, knows_spread: whether that file said so; else
    each bar has one tick, and the spread that is usual for the symbol at that time of the day.
    """

    version: int = VERSION
    kind: Kind
    symbol: str
    timeframe: int
    digits: int
    zone: str
    rows: int
    first_s: int
    last_s: int
    source: str
    format: str
    sha256: str
    counts_ticks: bool
    knows_spread: bool


class Opened(msgspec.Struct, frozen=True):
    """An array that is kept: `rows` are read as they are touched, and cannot be written to."""

    about: Kept
    rows: Array


def open_kept(path: Path) -> Opened:
    """Open an array by its .npy or .json file. Raises MarketFileRefused."""
    array, about = path.with_suffix(".npy"), path.with_suffix(".json")
    try:
        kept = msgspec.json.decode(about.read_bytes(), type=Kept)
        rows: Array = np.load(array, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise MarketFileRefused(f"{path}: cannot be read: {error.strerror or error}") from error
    except (msgspec.MsgspecError, ValueError, EOFError) as error:
        raise MarketFileRefused(f"{path}: is no array that was kept: {error}") from error
    if kept.version != VERSION:
        raise MarketFileRefused(
            f"{path}: was kept in form {kept.version}, and {VERSION} is read; convert it again"
        )
    if rows.dtype != (RATES if kept.kind == "bars" else TICKS) or len(rows) != kept.rows:
        raise MarketFileRefused(f"{path}: the array is not what {about.name} says; convert it again")
    return Opened(kept, rows)


def keep(
    parts: Sequence[MarketData], folder: Path, spec: SymbolSpec, *, zone: str = SERVER_ZONE, name: str = ""
) -> Path:
    """Keep data in a folder, by the clock of a server in this zone, and return the .npy file's path.

    parts: files of one symbol and timeframe, in any order, that do not overlap. name: without ending; "" for
    SYMBOL_TIMEFRAME. A crash leaves no array. Raises MarketFileRefused for data that is not sound.
    """
    for part in parts:
        refuse_unsound(part)
    first, timeframe = parts[0], _timeframe(parts[0])
    rows = _joined([(part, _by_server(part, spec, zone, timeframe)) for part in parts])
    begin = "time" if first.kind == "bars" else "time_msc"
    unit = 1 if first.kind == "bars" else 1000
    about = Kept(
        kind=first.kind,
        symbol=spec.name,
        timeframe=timeframe,
        digits=min(spec.digits, max(part.digits for part in parts)),
        zone=zone,
        rows=len(rows),
        first_s=int(rows[begin][0]) // unit,
        last_s=int(rows[begin][-1]) // unit,
        source=", ".join(part.path.name for part in parts),
        format=first.format,
        sha256=_sha256_of_all([part.path for part in parts]),
        counts_ticks=all(part.kind == "ticks" or _counts_ticks(part) for part in parts),
        knows_spread=all(part.kind == "ticks" or "spread" in part.has for part in parts),
    )
    stem = name or f"{spec.name}_{NAMES[timeframe] if timeframe else 'ticks'}"
    return keep_rows(rows, about, folder / f"{stem}.npy")


def keep_rows(rows: Array, about: Kept, path: Path) -> Path:
    """Keep an array as what `about` says, and return its .npy file's path. A crash leaves no array.

    Raises MarketFileRefused.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        _write(path, lambda file: np.save(file, rows, allow_pickle=False))
        text = msgspec.json.format(msgspec.json.encode(about), indent=2)
        _write(path.with_suffix(".json"), lambda file: file.write(text + b"\n"))
    except OSError as error:
        raise MarketFileRefused(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def _joined(parts: list[tuple[MarketData, Array]]) -> Array:
    """Return the rows of all parts in order of time. Raises MarketFileRefused where two overlap."""
    parts = sorted(parts, key=lambda part: int(part[1]["time"][0]))
    for (data, rows), (after, later) in pairwise(parts):
        if later["time"][0] <= rows["time"][-1]:
            raise MarketFileRefused(f"{after.path}: begins before {data.path.name} ends; take one of the two")
    return parts[0][1] if len(parts) == 1 else np.concatenate([rows for _, rows in parts])


def _sha256_of_all(paths: list[Path]) -> str:
    hashes = [sha256_of(path) for path in paths]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def kept_once(
    path: Path, cache: Path, spec: SymbolSpec, *, zone: str = SERVER_ZONE, source_zone: str | None = None
) -> Opened:
    """Return a file's data, read the first time and opened from the cache folder ever after.

    It is found there by the file's content, the symbol's terms and the zones. Raises MarketFileRefused.
    """
    of = (VERSION, sha256_of(path), spec.name, spec.digits, spec.spread_points, zone, source_zone)
    key = hashlib.sha256(repr(of).encode()).hexdigest()
    kept = cache / f"{spec.name}_{key[:24]}.npy"
    if kept.with_suffix(".json").exists():
        try:
            return open_kept(kept)
        except MarketFileRefused:
            pass
    data = read_market_file(path, spec.name, source_zone)
    return open_kept(keep([data], cache, spec, zone=zone, name=kept.stem))


def sha256_of(path: Path) -> str:
    """Return the hash of a file's content. Raises MarketFileRefused."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MarketFileRefused(f"{path}: cannot be read: {error.strerror or error}") from error


def _timeframe(data: MarketData) -> int:
    if data.kind == "ticks":
        return 0
    timeframe = timeframe_of(data.period_s)
    if timeframe is None:
        raise MarketFileRefused(f"{data.path}: bars of {data.period_s} s are none of MetaTrader's timeframes")
    return timeframe


def _by_server(data: MarketData, spec: SymbolSpec, zone: str, timeframe: int) -> Array:
    """Return the rows by the server's clock, prices rounded to the symbol's digits, and none that goes back:
    neither a row that is there twice, nor the second of the hours that a clock shows twice in autumn.
    """
    rows, server = data.rows.copy(), Zone(zone)
    if data.digits > spec.digits:
        for name in ("open", "high", "low", "close") if data.kind == "bars" else ("bid", "ask", "last"):
            rows[name] = rows[name].round(spec.digits)
    utc = (server if data.zone == SERVER else Zone(data.zone)).utcs_s(rows["time"])
    walls = rows["time"] if data.zone == SERVER else server.walls_s(utc)
    if data.kind == "ticks":
        rows["time_msc"] += (walls - rows["time"]) * 1000
        rows["time"] = walls
        rows["flags"][:1] |= 6
        newest = np.maximum.accumulate(rows["time_msc"])
        return np.ascontiguousarray(rows[rows["time_msc"] == newest])
    rows["time"] = opens_s(timeframe, walls)
    if not _counts_ticks(data):
        rows["tick_volume"] = 1
    rows["tick_volume"] = np.maximum(rows["tick_volume"], 1)
    if "spread" not in data.has:
        rows["spread"] = _usual_spreads(spec, utc)
    times = rows["time"]
    newest = np.maximum.accumulate(times)
    forward = np.concatenate(([True], times[1:] > newest[:-1]))
    return np.ascontiguousarray(rows[forward])


def _counts_ticks(data: MarketData) -> bool:
    return "tick_volume" in data.has and bool(data.rows["tick_volume"].any())


def _usual_spreads(spec: SymbolSpec, utc_s: NDArray[np.int64]) -> NDArray[np.int64]:
    steps, places = np.unique(utc_s // _SPREAD_STEP_S, return_inverse=True)
    usual = [usual_spread_points(spec, step * _SPREAD_STEP_S) for step in steps.tolist()]
    return np.array(usual, np.int64)[places]


def _write(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all, durable when this returns."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
