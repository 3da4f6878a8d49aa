"""A year of M1 bars of eight symbols: how long opening takes, what it holds in memory, and what asking costs.

Prices are made up and kept as `metafleet market convert` keeps them. Opening is measured in a process of its
own, whose memory beyond what Python with NumPy holds is counted; asking stands beside a bare Python call.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from metafleet.engine.market.arrays import RATES
from metafleet.engine.market.files.layouts import SERVER
from metafleet.engine.market.files.reading import MarketData
from metafleet.engine.market.files.store import keep
from metafleet.engine.market.history import History
from metafleet.engine.market.modes import Making, TickMode, ticks_of
from metafleet.engine.market.supplies import Supply, open_supplies
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.timeframes import H1, M1, NAMES

NAMES_OF_EIGHT = ("EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "USDCAD", "USDCHF", "NZDUSD", "EURJPY")
BARS = 372_000
"""A year of M1 of a pair."""
AIM_OPEN_S, AIM_OPEN_MB, AIM_ASK_US = 0.3, 150, 10
TIMES = 2_000
TICKS = 400_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for place, name in enumerate(NAMES_OF_EIGHT):
            _keep_year(Path(folder), name, place)
        size_mb = sum(file.stat().st_size for file in Path(folder).glob("*.npy")) / 1e6
        print(f"a year of M1 of {len(NAMES_OF_EIGHT)} symbols: {BARS:,} bars each, {size_mb:.0f} MB of files")
        spent = [_opened(folder) for _ in range(5)]
        seconds, megabytes = (median(column) for column in zip(*spent, strict=True))
        print(f"  opening, with the first 1,000 bars of each: {seconds:.3f} s (aim {AIM_OPEN_S})")
        print(f"  memory that it added: {megabytes:.0f} MB (aim {AIM_OPEN_MB})")
        _ask(folder)
        _replay(folder)


def _keep_year(folder: Path, name: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    minutes = np.arange(BARS * 7 // 5 + 10_080)
    server_s = 1_704_067_200 + minutes * 60
    times = server_s[(server_s // 86_400 + 4) % 7 % 6 != 0][:BARS]
    spec = known_symbols()[name]
    closes = (1.1 + np.cumsum(chance.integers(-3, 4, BARS)) * spec.point).round(spec.digits)
    rows = np.zeros(BARS, RATES)
    rows["time"], rows["close"] = times, closes
    rows["open"] = np.concatenate((closes[:1], closes[:-1]))
    rows["high"] = np.maximum(rows["open"], closes)
    rows["low"] = np.minimum(rows["open"], closes)
    rows["tick_volume"], rows["spread"] = 50, spec.spread_points
    path = folder / f"{name}.source"
    path.touch()
    has = frozenset({"tick_volume", "spread"})
    data = MarketData(path, "made up", "bars", name, SERVER, rows, np.arange(BARS), spec.digits, has, [])
    keep([data], folder, spec)


def _opened(folder: str) -> tuple[float, float]:
    """Open all of it in a process of its own; return seconds and megabytes."""
    done = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, "-m", "benchmarks.market", folder], capture_output=True, text=True, check=True
    )
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def _open_here(folder: str) -> None:
    known_symbols()
    process = psutil.Process(os.getpid())
    before = process.memory_info().rss
    began_s = time.perf_counter()
    histories = [_whole(supply) for supply in _supplies(folder).values()]
    for history in histories:
        assert len(history.rates_from_pos(M1, 0, 1_000)) == 1_000
    spent_s = time.perf_counter() - began_s
    print(spent_s, (process.memory_info().rss - before) / 1e6)


def _supplies(folder: str) -> dict[str, Supply]:
    symbols = {name: known_symbols()[name] for name in NAMES_OF_EIGHT}
    return open_supplies(folder, symbols, cache=Path(folder))


def _whole(supply: Supply) -> History:
    return History(supply.spec, supply.between(0, 1 << 40))


def _ask(folder: str) -> None:
    history = _whole(_supplies(folder)["EURUSD"])
    last_s = int(history.rates_from_pos(M1, 0, 1)["time"][0])
    for place in range(20_000):
        history.add((last_s + 60 + place) * 1000, 1.1, 1.10008)
    unit_us = _each_us(_nothing)
    print(f"  a bare Python call: {unit_us:.3f} µs")
    for timeframe in (M1, H1):
        began_s = time.perf_counter()
        history.rates_from_pos(timeframe, 0, 1_000)
        first_ms = 1e3 * (time.perf_counter() - began_s)
        each_us = _each_us(partial(history.rates_from_pos, timeframe, 0, 1_000))
        print(
            f"  1,000 bars of {NAMES[timeframe]} from the forming one: {each_us:.1f} µs (aim {AIM_ASK_US}), "
            f"{each_us / unit_us:.0f} bare calls; the first time {first_ms:.1f} ms"
        )


def _replay(folder: str) -> None:
    modes: tuple[TickMode, ...] = ("ohlc", "generated")
    for mode in modes:
        supplies, making = _supplies(folder), Making(mode=mode)
        began_s = time.perf_counter()
        count = sum(1 for _ in islice(ticks_of(supplies, making), TICKS))
        made_s = time.perf_counter() - began_s
        histories = {name: History(supply.spec) for name, supply in supplies.items()}
        began_s = time.perf_counter()
        for tick in islice(ticks_of(supplies, making), TICKS):
            histories[tick.symbol].add(tick.time_msc, tick.bid, tick.ask)
        lived_s = time.perf_counter() - began_s
        print(
            f"  {mode}: {count / made_s:,.0f} ticks/s made, {count / lived_s:,.0f} ticks/s made and taken in"
        )


def _each_us(call: Callable[[], object]) -> float:
    """Return the median of a call, in microseconds."""
    spent = []
    for _ in range(TIMES):
        began_ns = time.perf_counter_ns()
        call()
        spent.append(time.perf_counter_ns() - began_ns)
    return median(spent) / 1e3


def _nothing() -> None:
    return None


if __name__ == "__main__":
    _open_here(sys.argv[1]) if len(sys.argv) > 1 else main()
