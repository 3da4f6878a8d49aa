"""A study's bars out of files: those of its timeframe, else shorter ones added up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from metafleet.brain.training.study import StudyRefused
from metafleet.engine.market.arrays import Array, count_before
from metafleet.engine.market.files.reading import symbol_in
from metafleet.engine.market.files.store import Opened, kept_once, open_kept
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.sources import fineness
from metafleet.engine.market.supplies import is_market_file, is_of_ticks
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME, NAMES, PERIODS_S


def read_bars(
    source: Path,
    specs: Mapping[str, SymbolSpec],
    timeframe: str,
    *,
    cache: Path,
    begin_s: int | None = None,
    end_s: int | None = None,
) -> dict[str, Array]:
    """Return the bars of each of these symbols that a file or a folder has, by name, in their order.

    source: files of any format that `metafleet market` reads, named after their symbols. Of several of a
    symbol that of the timeframe is taken, else the longest shorter one. begin_s, end_s: by the server's
    clock, the latter not included. cache: where text is kept once it was read. Raises StudyRefused,
    MarketFileRefused.
    """
    if not source.exists():
        raise StudyRefused(f"there is no file or folder {source}")
    found: dict[str, list[Path]] = {}
    for file in sorted(source.iterdir()) if source.is_dir() else [source]:
        name = symbol_in(file, specs) if is_market_file(file) and not is_of_ticks(file) else None
        if name in specs:
            found.setdefault(str(name), []).append(file)
    made = {}
    for name, spec in specs.items():
        bars = _longest(found.get(name, []), spec, BY_NAME[timeframe], cache)
        if bars is not None:
            first = 0 if begin_s is None else count_before(bars["time"], begin_s)
            last = len(bars) if end_s is None else count_before(bars["time"], end_s)
            made[name] = np.ascontiguousarray(bars[first:last])
    return made


def _longest(files: Sequence[Path], spec: SymbolSpec, timeframe: int, cache: Path) -> Array | None:
    """Return the bars of the longest timeframe that is not longer; names are asked before contents."""
    wanted = fineness(Path(f"{spec.name}_{NAMES[timeframe]}.csv"))
    likely = sorted(files, key=lambda file: (fineness(file) > wanted, -fineness(file), file.name))
    for file in likely:
        opened = _opened(file, spec, cache)
        if opened.about.kind != "bars" or PERIODS_S[opened.about.timeframe] > PERIODS_S[timeframe]:
            continue
        rows = opened.rows
        return rows if opened.about.timeframe == timeframe else aggregated(rows, timeframe)
    return None


def _opened(file: Path, spec: SymbolSpec, cache: Path) -> Opened:
    return open_kept(file) if file.suffix == ".npy" else kept_once(file, cache, spec)
