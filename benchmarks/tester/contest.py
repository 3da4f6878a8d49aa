"""What a contestant does in its process: take the bars, run one strategy once, print what it took as JSON.

Needs nothing but NumPy, so that it is at home in the peers' environment too.

`python -m benchmarks.tester.peers.NAME STRATEGY BARS.npy TRADES.csv`
"""

from __future__ import annotations

import argparse
import csv
import gc
import importlib.metadata
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.tester.rules import VOLUME_UNITS

Bars = NDArray[Any]
"""Structured: time (Unix seconds of the bar's open), open, high, low, close; oldest first."""

WARM_BARS: Final = 3_000
"""Run once before the clock starts, so that what compiles itself has done so."""


class Trade(NamedTuple):
    """A position that was opened and closed. Times: opens of the bars, Unix seconds. side: 1 long, -1 short.
    profit: account currency, USD."""

    entered_s: int
    exited_s: int
    side: int
    entry_price: float
    exit_price: float
    profit: float


class Entry(NamedTuple):
    """How a contestant runs one strategy. prepare: from bars to what it wants to be given, its own form of
    them. run: what is timed, up to where its own records of all trades are there. trades: those records, in
    our form, which is not timed."""

    prepare: Callable[[Bars], Any]
    run: Callable[[Any], Any]
    trades: Callable[[Any, Bars], Iterable[Trade]]


def enter(package: str, entries: Mapping[str, Entry]) -> None:
    """Run the strategy that the command line names, and print the measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("strategy", choices=sorted(entries))
    parser.add_argument("bars", type=Path)
    parser.add_argument("trades", type=Path)
    wanted = parser.parse_args()
    entry = entries[wanted.strategy]
    bars = np.load(wanted.bars)
    baseline_mb = _peak_mb()
    began_s = time.perf_counter()
    entry.run(entry.prepare(bars[:WARM_BARS]))
    warm_up_s = time.perf_counter() - began_s
    warm_mb = _peak_mb()
    gc.collect()
    began_s = time.perf_counter()
    prepared = entry.prepare(bars)
    prepared_s, prepared_cpu_s = time.perf_counter(), time.process_time()
    done = entry.run(prepared)
    ended_s, ended_cpu_s = time.perf_counter(), time.process_time()
    peak_mb = _peak_mb()
    trades = list(entry.trades(done, bars))
    write_trades(wanted.trades, trades)
    measured = {
        "version": importlib.metadata.version(package),
        "bars": len(bars),
        "prepare_s": prepared_s - began_s,
        "seconds": ended_s - prepared_s,
        "cpu_s": ended_cpu_s - prepared_cpu_s,
        "warm_up_s": warm_up_s,
        "trades": len(trades),
        "profit": round(sum(trade.profit for trade in trades), 2),
        "baseline_mb": baseline_mb,
        "warm_mb": warm_mb,
        "peak_mb": peak_mb,
    }
    print(json.dumps(measured))


def write_trades(path: Path, trades: Iterable[Trade]) -> None:
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(Trade._fields)
        table.writerows(trades)


def closed_trade(bars: Bars, places: tuple[int, int], side: int, prices: tuple[float, float]) -> Trade:
    """Return the trade that was opened and closed at these places of the bars, at these prices."""
    entered, left = places
    profit = side * (prices[1] - prices[0]) * VOLUME_UNITS
    times = bars["time"]
    return Trade(
        int(times[entered]), int(times[left]), side, round(prices[0], 5), round(prices[1], 5), profit
    )


def _peak_mb() -> float:
    """Return the most memory that this process has held so far, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
