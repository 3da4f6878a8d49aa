"""A copy of a file with what is safe to repair repaired: rows are put in order or left out, none is made up.

Rows keep their very text. What was done is said row by row.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array
from metafleet.engine.market.files.checking import repeats, scaled, stretches, unusable
from metafleet.engine.market.files.opening import MarketFileRefused, blocks, opened
from metafleet.engine.market.files.reading import MarketData


class Change(msgspec.Struct, frozen=True):
    """What was done to a line of the file that was read."""

    line: int
    what: str


class Repair(msgspec.Struct, frozen=True):
    """lines: of the file that was read, those that the copy has, in its order. left: rows that stay wrong."""

    lines: list[int]
    changes: list[Change]
    left: int


def plan(data: MarketData, *, drop: bool = False) -> Repair:
    """Return what a repair would do: equal rows once, all in order of time.

    drop: also leave out what cannot be used: lines that cannot be read, impossible prices, lost decimal
    points, bars of another length, and all rows of a time that has several which differ.
    """
    rows, lines, changes = data.rows, data.lines, list[Change]()
    same, equal = repeats(rows, data.kind)
    kept = ~equal
    _note(changes, lines[equal], "left out: the same row is there before")
    differs = _differing(rows, same & ~equal, data.kind)
    other = np.zeros(len(rows), bool)
    for stretch in stretches(data):
        other[stretch.begin : stretch.end] = True
    wrong = unusable(rows, data.kind) | (scaled(rows, data.kind) != 1.0)
    if drop:
        _note(changes, lines[kept & differs], "left out: rows of this time differ")
        _note(changes, lines[kept & wrong & ~differs], "left out: its prices cannot be")
        _note(changes, lines[kept & other & ~wrong & ~differs], "left out: a bar of another length")
        changes += [Change(fault.line, f"left out: {fault.field} {fault.why}") for fault in data.faults]
        kept &= ~(differs | wrong | other)
    times = (rows["time"] if data.kind == "bars" else rows["time_msc"])[kept]
    order = np.argsort(times, kind="stable")
    newest = np.maximum.accumulate(times) if len(times) else times
    _note(changes, lines[kept][times < newest], "moved to where its time belongs")
    left = 0 if drop else int((differs | wrong | other).sum()) + len(data.faults)
    changes.sort(key=lambda change: change.line)
    return Repair(lines[kept][order].tolist(), changes, left)


def write_repaired(data: MarketData, repair: Repair, to: Path) -> None:
    """Write the copy as text, with the header; packed if its name ends in .gz. Nothing is overwritten.

    Lines that could not be read and are not to be left out stay where they are. Raises MarketFileRefused for
    what is no text, or cannot be written.
    """
    if data.format.endswith(("bi5", "hst")):
        raise MarketFileRefused(
            f"{data.path}: only text files are repaired; convert it, which says what is wrong"
        )
    if data.format == "MetaTrader 5 ticks" and repair.changes:
        raise MarketFileRefused(
            f"{data.path}: rows say what changed since the row before, so none can be moved"
        )
    with opened(data.path) as stream:
        lines = [line for block in blocks(stream) for line in block]
    faulty = {fault.line for fault in data.faults}
    unread = faulty if repair.left else set[int]()
    head = lines[: min([*data.lines.tolist(), *faulty], default=1) - 1]
    body = _with_unread(repair.lines, unread)
    text = b"\n".join([*head, *(lines[line - 1] for line in body)]) + b"\n"
    try:
        with to.open("xb") as file:
            file.write(gzip.compress(text, mtime=0) if to.suffix == ".gz" else text)
    except FileExistsError as error:
        raise MarketFileRefused(f"{to}: exists already, and nothing is overwritten") from error
    except OSError as error:
        raise MarketFileRefused(f"{to}: cannot be written: {error.strerror or error}") from error


def _with_unread(kept: list[int], unread: set[int]) -> list[int]:
    """Put lines that could not be read, and so have no time, behind the line before them."""
    body = list(kept)
    for line in sorted(unread):
        place = next((at for at, other in enumerate(body) if other > line), len(body))
        body.insert(place, line)
    return body


def _differing(rows: Array, later: NDArray[np.bool_], kind: str) -> NDArray[np.bool_]:
    """Say of each row whether its time is one that rows which differ have."""
    time = rows["time"] if kind == "bars" else rows["time_msc"]
    found: NDArray[np.bool_] = np.isin(time, time[later])
    return found


def _note(changes: list[Change], lines: NDArray[np.int64], what: str) -> None:
    changes += [Change(line, what) for line in lines.tolist()]
