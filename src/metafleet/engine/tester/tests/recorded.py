"""What other testers traded on bars of our own, as `python -m benchmarks.tester.record` wrote it down."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.tester.tests.averaged import POINTS

FOLDER: Final = Path(__file__).with_name("peers")
BARS: Final = FOLDER / "bars.csv.gz"
COLUMNS: Final = ("time", "open", "high", "low", "close")
"""Of the file of bars: Unix seconds, then whole points."""


class Trade(NamedTuple):
    """A position that was opened and closed. Times: opens of the bars, Unix seconds. side: 1 long, -1 short.
    profit: USD, whole cents."""

    entered_s: int
    exited_s: int
    side: int
    entry_price: float
    exit_price: float
    profit: float


class Recording(NamedTuple):
    """bars_sha256: of the very bars that it was recorded on."""

    peer: str
    version: str
    strategy: str
    bars_sha256: str
    trades: list[Trade]


def bars() -> Array:
    """Return the bars, as RATES."""
    with gzip.open(BARS, "rt", newline="") as file:
        rows = [tuple(map(int, row.values())) for row in csv.DictReader(file)]
    rates = np.zeros(len(rows), RATES)
    for place, name in enumerate(COLUMNS):
        column = np.array([row[place] for row in rows])
        rates[name] = column if name == "time" else column / POINTS
    return rates


def bars_sha256() -> str:
    """Return the digest of the bars' text, which another packing leaves as it is."""
    return hashlib.sha256(gzip.decompress(BARS.read_bytes())).hexdigest()


def recording_path(peer: str, strategy: str) -> Path:
    return FOLDER / f"{peer}-{strategy}.json"


def recording(peer: str, strategy: str) -> Recording:
    """Return what a peer traded, in the order of entries."""
    read = json.loads(recording_path(peer, strategy).read_text())
    return Recording(**{**read, "trades": [Trade(*row) for row in read["trades"]]})
