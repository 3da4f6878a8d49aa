"""Rehearsing the loss of the database, in scratch folders: nothing of an installation is touched."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg

from metafleet.cli import migrate
from metafleet.cli.backups import drill_load, examining, following, restoring, sealing, store
from metafleet.cli.backups.drill_kinds import Embedded, Kind, OwnServer, kill
from metafleet.cli.backups.drill_load import Acknowledged
from metafleet.cli.backups.taking import BackupFailed, Source
from metafleet.cli.data_folder import locked, open_data_folder
from metafleet.cli.embedded import sockets
from metafleet.cli.environment import process_environment
from metafleet.cli.keys import ensure_keys
from metafleet.cli.preparation import Preparation, Say
from metafleet.cli.readiness import wait_until
from metafleet.cli.settings import read_settings

NO_REDIS: Final = "unix:///none"
"""What is nudged would be swept later, and there is nobody who does either."""

_PATIENCE_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was acknowledged before the loss, and what the restored database has of it.

    rpo_s: how long before the loss the oldest deal that is gone was acknowledged; 0 where none is.
    rto_s: from the loss until the restored servers answer.
    """

    deals: int
    lost_deals: int
    trades: int
    lost_trades: int
    rpo_s: float
    rto_s: float
    database: str = "embedded"


def run_drill(positions: int, say: Say, *, commits_wait: bool, own_server: bool = False) -> Outcome:
    """Write, back up, kill, remove, restore, compare. positions: at least so many after the backup.

    own_server: of a PostgreSQL that is given by URL, in place of the embedded one.
    This process joins the scratch installation and is of no use for another one afterwards.
    Raises Refused where one of the steps is.
    """
    with tempfile.TemporaryDirectory(prefix="metafleet-drill-") as scratch:
        root = Path(scratch)
        if os.geteuid() == 0:
            # PostgreSQL's own user passes through.
            root.chmod(0o711)
        kind: Kind = OwnServer(root) if own_server else Embedded(root)
        say("Making an installation in a scratch folder …")
        _join(kind, say)
        key_file = root / "backup.key"
        sealing.make_key(key_file)
        key, backups = sealing.read_key(key_file), root / "backups"
        known, lost_at = _live_and_die(kind, backups, key, positions, say, commits_wait=commits_wait)
        say("Restoring …")
        kind.restore(restoring.Order(store.find(backups, None), backups, key), say)
        return replace(_compare(kind, known, lost_at), database=kind.name)


def _join(kind: Kind, say: Say) -> None:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("METAFLEET_", "DATABASE_URL", "REDIS_URL"))
    }
    folder = open_data_folder(kind.folder.root)
    ensure_keys(folder.root)
    given = {"DATABASE_URL": kind.given_url} if kind.given_url else {}
    environ: Mapping[str, str] = (
        kept | given | {"METAFLEET_DATA_DIR": str(folder.root), "METAFLEET_DEMO": "false"}
    )
    settings = read_settings(environ, folder.root.parent)
    environment = process_environment(environ, settings, folder, kind.server.url, NO_REDIS)
    with kind.made(), locked(folder) as lock:
        migrate.prepare(Preparation(environment, folder.logs / "prepare.log", lock), say)
    os.environ.clear()
    os.environ.update(environment)
    import django

    django.setup()


def _live_and_die(
    kind: Kind,
    backups: Path,
    key: sealing.BackupKey,
    positions: int,
    say: Say,
    *,
    commits_wait: bool,
) -> tuple[Acknowledged, float]:
    """Return what was acknowledged until the database was lost, and when that was (monotonic seconds)."""
    process = kind.start()
    try:
        source = Source(kind.folder, kind.server)
        order = following.Following(source, backups, key, timedelta(days=1), 1, commits_wait=commits_wait)
        with drill_load.writing(source.server.url) as known, _followed(order, say) as failed:
            _await(lambda: bool(store.backups_in(backups) or failed), "there is no backup")
            wanted = len(known.positions) + positions
            _await(lambda: bool(len(known.positions) >= wanted or failed), "too little is acknowledged")
            lost_at = time.monotonic()
            kill(process)
            shutil.rmtree(kind.data)
            say("The database was killed and its files were removed.")
    finally:
        kill(process)
        sockets.remove_short_folder(kind.sockets)
    for failure in [*failed, *known.failures]:
        raise BackupFailed(f"the drill broke off: {failure}")
    return known, lost_at


@contextmanager
def _followed(order: following.Following, say: Say) -> Iterator[list[str]]:
    """Follow the log while the block runs; yield what went wrong before its end."""
    ended, failed = threading.Event(), list[str]()

    def run() -> None:
        try:
            following.follow(order, ended, say)
        except Exception as error:  # noqa: BLE001 - told to who waits for it
            failed.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield failed
    finally:
        ended.set()
        thread.join()


def _compare(kind: Kind, known: Acknowledged, lost_at: float) -> Outcome:
    with kind.restored() as url, psycopg.connect(url) as connection:
        deals = set(connection.execute("SELECT account_id, ticket FROM journal_deal").fetchall())
        rto_s = time.monotonic() - lost_at
        examined = examining.examine(url)
        trades = set(
            connection.execute(
                "SELECT account_id, position_id FROM journal_trade WHERE state = 'closed'"
            ).fetchall()
        )
    if examined.troubles:
        raise BackupFailed(f"what was restored is not whole: {examined.troubles[0]}.")
    return outcome(known, deals, trades, lost_at=lost_at, rto_s=rto_s)


def outcome(
    known: Acknowledged,
    deals: Set[tuple[UUID, int]],
    trades: Set[tuple[UUID, int]],
    *,
    lost_at: float,
    rto_s: float,
) -> Outcome:
    """Hold what was acknowledged against the restored deals, by account and ticket, and closed trades."""
    gone = [at for position, at in known.positions.items() if not _deals_of(position) <= deals]
    return Outcome(
        deals=2 * len(known.positions),
        lost_deals=sum(len(_deals_of(position) - deals) for position in known.positions),
        trades=len(known.positions),
        lost_trades=len(known.positions.keys() - trades),
        rpo_s=lost_at - min(gone) if gone else 0.0,
        rto_s=rto_s,
    )


def _deals_of(position: tuple[UUID, int]) -> set[tuple[UUID, int]]:
    account, ticket = position
    return {(account, ticket), (account, ticket + 1)}


def _await(is_so: Callable[[], bool], complaint: str) -> None:
    if not wait_until(is_so, _PATIENCE_S, 0.02):
        raise BackupFailed(f"the drill broke off: {complaint} within {_PATIENCE_S:.0f} s.")
