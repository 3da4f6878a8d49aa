"""How the backups stand, told to the installation, whose screens, metrics and rules show it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg
from psycopg.rows import class_row

from metafleet.cli.backups import store
from metafleet.cli.backups.store import Backup

SLOT: Final = "metafleet_backup"
_PROBLEM_CHARACTERS: Final = 300

_TELL: Final = """
INSERT INTO monitor_backupstanding AS told (
    id, created_at, updated_at, slot, place, newest, newest_at, verified_of, verified_at, followed_at,
    kept, bytes, problem, seen_at)
SELECT gen_random_uuid(), clock_timestamp(), clock_timestamp(), %(slot)s::text, %(place)s, %(newest)s,
    %(newest_at)s, %(verified_of)s, %(verified_at)s,
    (SELECT clock_timestamp() - coalesce(flush_lag, interval '0') FROM pg_stat_replication
     WHERE application_name = %(slot)s::text AND state = 'streaming' LIMIT 1),
    %(kept)s, %(bytes)s, %(problem)s, clock_timestamp()
ON CONFLICT (slot) DO UPDATE SET updated_at = excluded.updated_at, place = excluded.place,
    newest = excluded.newest, newest_at = excluded.newest_at, verified_of = excluded.verified_of,
    verified_at = excluded.verified_at, followed_at = coalesce(excluded.followed_at, told.followed_at),
    kept = excluded.kept, bytes = excluded.bytes, problem = excluded.problem, seen_at = excluded.seen_at
"""
# Of the copy itself, which reports what it has on its disk: the lag is its newest, none while nothing is new.

_AWAY: Final = (psycopg.OperationalError, psycopg.errors.UndefinedTable)
_READ: Final = """
SELECT place, newest, newest_at, verified_of, followed_at, kept, bytes, problem
FROM monitor_backupstanding ORDER BY seen_at DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was last told. verified_of: when the newest that was verified was complete."""

    place: str
    newest: str
    newest_at: datetime | None
    verified_of: datetime | None
    followed_at: datetime | None
    kept: int
    bytes: int
    problem: str


def tell(url: str, folder: Path, problem: str = "", place: str = "") -> None:
    """Write how the backups in the folder stand into the database that they are of; best effort.

    place: as people call it; the folder where nobody says. A database that is away, or that has no
    schema of ours yet, is told another time.
    """
    kept = store.backups_in(folder)
    verified = [(backup, backup.verified) for backup in kept if backup.verified]
    newest = kept[-1].manifest if kept else None
    values = {
        "slot": SLOT,
        "place": (place or str(folder))[:300],
        "newest": newest.id if newest else "",
        "newest_at": newest.ended_at if newest else None,
        "verified_of": verified[-1][0].manifest.ended_at if verified else None,
        "verified_at": verified[-1][1].at if verified and verified[-1][1] else None,
        "kept": len(kept),
        "bytes": size_of(folder, kept),
        "problem": problem[:_PROBLEM_CHARACTERS],
    }
    with suppress(*_AWAY), psycopg.connect(url, connect_timeout=3, autocommit=True) as connection:
        connection.execute(_TELL, values)


def read(url: str) -> Standing | None:
    """Return what was last told; None where nothing was, or nobody answers."""
    with suppress(*_AWAY), psycopg.connect(url, connect_timeout=3) as connection:
        return connection.cursor(row_factory=class_row(Standing)).execute(_READ).fetchone()
    return None


def size_of(folder: Path, backups: Sequence[Backup]) -> int:
    """Bytes on the disk, of these backups and the log beside them."""
    return sum(backup.size for backup in backups) + log_size(folder)


def log_size(folder: Path, since: float = 0.0) -> int:
    """Bytes of the log that is kept. since: only of what was written from then on, in epoch seconds."""
    total = 0
    for path in (folder / "log").rglob("*"):
        # Segments are sealed and removed while we look.
        with suppress(OSError):
            found = path.stat()
            total += found.st_size if path.is_file() and found.st_mtime >= since else 0
    return total


def sentence(found: Standing) -> str:
    """Say it in a line, as `metafleet status` does."""
    newest = f"{found.newest_at:%F %H:%M} UTC" if found.newest_at else "none yet"
    verified = f"verified {found.verified_of:%F %H:%M}" if found.verified_of else "none verified"
    followed = f"the log to {found.followed_at:%F %T}" if found.followed_at else "no log"
    trouble = f"; {found.problem}" if found.problem else ""
    size = f"{found.bytes / 2**20:,.1f} MiB"
    return f"{newest}, {verified}, {followed}, {found.kept} kept, {size} in {found.place}{trouble}"
