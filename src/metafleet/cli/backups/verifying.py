"""Whether a backup and the log after it can be restored: they are, in a scratch folder, and looked at."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from metafleet.cli.backups import examining, restoring
from metafleet.cli.backups.examining import Examined
from metafleet.cli.backups.log import SEGMENT, Laid, log_of
from metafleet.cli.backups.restoring import LOG
from metafleet.cli.backups.sealing import BackupKey
from metafleet.cli.backups.store import Backup, Verified
from metafleet.cli.embedded.postgres import Postgres
from metafleet.cli.refusal import Refused


class NotWhole(Refused):
    """It restores, but something in it or in the log after it is not as it must be."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a restore of the backup has.

    rows: of each table, by `schema.table`. reaches: when the newest commit in it was made, in PostgreSQL's
    words, "" for none after the backup. laid: the log that was replayed. examined: journal and record.
    """

    rows: Mapping[str, int]
    reaches: str
    laid: Laid
    examined: Examined

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    def check(self, backup: str) -> None:
        """Raises NotWhole, which says what is wrong and what that means."""
        if self.examined.troubles:
            more = f" (and {len(self.examined.troubles) - 1} more)" if len(self.examined.troubles) > 1 else ""
            raise NotWhole(
                f"backup {backup} restores, but {self.examined.troubles[0]}{more}. Verify an older backup to "
                "see since when, and keep a copy of the database as it is."
            )
        if self.laid.fault:
            until = f"the commit of {self.reaches}" if self.reaches else "the backup itself"
            raise NotWhole(
                f"{self.laid.fault}: a restore reaches {until}, and nothing after it. Take a new backup now "
                "by `metafleet backup`, which needs none of the log before it."
            )


def verify(backup: Backup, key: BackupKey, now: datetime, backups: Path | None = None) -> Found:
    """Restore it into a scratch folder, with the log that follows; count and examine; note that it was done.

    backups: the folder that has the log, None for the backup alone. PostgreSQL checks the checksum of
    each page that it reads. Raises WrongKey, Damaged, RecoveryFailed; what it returns may be not whole.
    """
    with tempfile.TemporaryDirectory(prefix="metafleet-verify-") as scratch:
        folder = restoring.unpack(backup, key, Path(scratch) / "data")
        data, laid = folder.postgres, Laid()
        log = log_of(backups, backup.manifest.system) if backups else None
        if log and log.folder.exists():
            own = [path.name for path in (data / "pg_wal").iterdir() if SEGMENT.fullmatch(path.name)]
            laid = log.lay_out(key, data / LOG, own, until_fault=True)
        with restoring.recovering(folder) as server:
            rows = count_rows(server)
            examined = examining.examine(server.url)
        found = Found(rows, restoring.newest_commit(folder.logs / restoring.RECOVERY_LOG), laid, examined)
    if not examined.troubles:
        backup.keep_verified(Verified(now, len(rows), found.total, found.reaches))
    return found


def count_rows(server: Postgres) -> dict[str, int]:
    """Return how many rows each table of a running server has."""
    tables = (
        "SELECT schemaname, relname FROM pg_stat_user_tables WHERE schemaname NOT LIKE 'pg_%' ORDER BY 1, 2"
    )
    with psycopg.connect(server.url) as connection:
        counts = {}
        for schema, table in connection.execute(tables).fetchall():
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            row = connection.execute(query).fetchone()
            counts[f"{schema}.{table}"] = row[0] if row else 0
    return counts
