"""What an acknowledged order outlives, and how tickets stay unique where a power cut took some back.

With "kill", a commit is handed to the operating system, which has it whatever becomes of the process; the
disk gets it within a second, with the market's place. A power cut may take that second back, and who was told
of its deals still knows their tickets. So tickets are reserved on the disk before they are given away,
and a start after the machine's own goes on behind them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from metafleet.engine.broker.book import Tickets

Outlives = Literal["power", "kill"]
"""power: the machine's end, for which each order waits for a flush of the disk. kill: the process's."""

RESERVED: Final = 1_000_000
"""More tickets than a broker gives away in a second, ten times over."""


@contextlib.contextmanager
def flushed(db: sqlite3.Connection) -> Iterator[None]:
    """Have what is committed inside, and all before it, on the disk. Not inside a transaction."""
    (before,) = db.execute("PRAGMA synchronous").fetchone()
    db.execute("PRAGMA synchronous = FULL")
    try:
        with db:
            yield
    finally:
        db.execute(f"PRAGMA synchronous = {before}")


def first_free(db: sqlite3.Connection) -> int:
    """Return the least ticket that no power cut can have taken back; called when a database is opened."""
    row = db.execute("SELECT boot, first, below FROM reserve").fetchone()
    if row is None:
        return 1
    boot, first, below = row
    if boot and boot == _boot():
        return int(first)
    with flushed(db):
        db.execute("UPDATE reserve SET boot = ?, first = below", (_boot(),))
    return int(below)


def reserve(db: sqlite3.Connection, first: int, known: Tickets) -> None:
    """See that half of a reserve is left beyond the known tickets; to be called where it is flushed."""
    highest = max(known.next_order, known.next_deal)
    row = db.execute("SELECT below FROM reserve").fetchone()
    if row is None or row[0] < highest + RESERVED // 2:
        db.execute("REPLACE INTO reserve VALUES (1, ?, ?, ?)", (_boot(), first, highest + RESERVED))


def _boot() -> str:
    """Return what tells one start of the machine from the next; "" where nothing says it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
