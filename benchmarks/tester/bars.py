"""Write the bars that all contestants get, in a process of its own: the harness stays small.

`python -m benchmarks.tester.bars FOLDER M1_BARS WALK_BARS`
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.tester.contest import Bars
from metafleet.engine.market.generator import Generator
from metafleet.engine.market.symbols import SYMBOLS

REAL: Final = Path(__file__).resolve().parents[3] / "shared/data/bars/EURUSD_M1_2018-2019.csv.gz"
H1_BARS: Final = 5_000
SEED: Final = 7
FORM: Final = np.dtype([("time", "<i8"), *((name, "<f8") for name in ("open", "high", "low", "close"))])


def main(folder: Path, m1_bars: int, walk_bars: int) -> None:
    enough = max(m1_bars, 75 * H1_BARS)
    if REAL.exists():
        long, origin = _array(islice(_read(REAL), enough)), f"real EURUSD, {REAL.name}"
    else:
        long, origin = _array(islice(_made(), enough)), f"generated EURUSD, as {REAL.name} is not here"
    np.save(folder / "m1.npy", long[:m1_bars])
    np.save(folder / "h1.npy", _hours(long)[:H1_BARS])
    if walk_bars:
        np.save(folder / "walk.npy", generated(walk_bars))
    print(origin)


def generated(count: int) -> Bars:
    """Return so many M1 bars of the generator's EURUSD."""
    return _array(islice(_made(), count))


def _read(path: Path) -> Iterator[tuple[float, ...]]:
    with gzip.open(path, "rt", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield (int(row[0]), *map(float, row[1:5]))


def _made() -> Iterator[tuple[float, ...]]:
    for bar in Generator(SYMBOLS["EURUSD"], SEED).bars():
        yield bar.time_s, bar.open, bar.high, bar.low, bar.close


def _array(rows: Iterable[tuple[float, ...]]) -> Bars:
    return np.fromiter(rows, FORM)


def _hours(bars: Bars) -> Bars:
    """Return H1 bars; the last hour may be cut short."""
    hours = bars["time"] // 3_600
    begins: NDArray[Any] = np.flatnonzero(np.concatenate(([True], hours[1:] != hours[:-1])))
    whole = np.empty(len(begins), FORM)
    whole["time"] = hours[begins] * 3_600
    whole["open"] = bars["open"][begins]
    whole["close"] = bars["close"][np.concatenate((begins[1:], [len(bars)])) - 1]
    whole["high"] = np.maximum.reduceat(bars["high"], begins)
    whole["low"] = np.minimum.reduceat(bars["low"], begins)
    return whole


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
