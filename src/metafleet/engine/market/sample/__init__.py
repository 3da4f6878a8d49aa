"""The sample market that ships with the package: two weeks of M1 bars of four symbols, made by our generator.

`python -m metafleet.engine.market.sample` writes the files again, the same to the byte.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from metafleet.engine.market.generator import FIRST_WEEK, Generator
from metafleet.engine.market.records import Bar
from metafleet.engine.market.symbols import SYMBOLS, SymbolSpec

SEED: Final = 7
WEEKS: Final = 2
"""Ten trading days."""


def sample_csv(spec: SymbolSpec) -> str:
    """Return the text of one symbol's sample file."""
    rows = (_row(bar, spec.digits) for bar in _bars(spec))
    return "time,open,high,low,close,tick_volume,spread\n" + "".join(rows)


def write_sample(folder: Path) -> list[Path]:
    """Write SYMBOL_M1.csv.gz of every symbol and return the paths."""
    paths = []
    for spec in SYMBOLS.values():
        path = folder / f"{spec.name}_M1.csv.gz"
        path.write_bytes(_zipped(sample_csv(spec)))
        paths.append(path)
    return paths


def _bars(spec: SymbolSpec) -> Iterator[Bar]:
    generator = Generator(spec, SEED)
    for week in range(FIRST_WEEK, FIRST_WEEK + WEEKS):
        yield from generator.week(week)


def _row(bar: Bar, digits: int) -> str:
    prices = ",".join(f"{price:.{digits}f}" for price in (bar.open, bar.high, bar.low, bar.close))
    return f"{bar.time_s},{prices},{bar.tick_volume},{bar.spread}\n"


def _zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as stream:
        stream.write(text.encode())
    return buffer.getvalue()
