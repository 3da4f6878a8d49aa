"""Following the database's log, so that a restore reaches the last commit, not the last backup."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from psycopg import sql

from metafleet.cli.backups import standing, store, taking
from metafleet.cli.backups.bucket import Bucket
from metafleet.cli.backups.checking import Checking, Command
from metafleet.cli.backups.log import Log, log_of, thin_out_all
from metafleet.cli.backups.sealing import BackupKey
from metafleet.cli.backups.sending import Sending
from metafleet.cli.backups.standing import SLOT
from metafleet.cli.backups.taking import BackupFailed, Server, Source, asked, connected, for_programs
from metafleet.cli.preparation import Say
from metafleet.cli.readiness import wait_until

_LOOK_EVERY_S: Final = 1.0
_TELL_EVERY_S: Final = 15.0
_START_TIMEOUT_S: Final = 30.0
_STOP_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Following:
    """What is followed, and how often a new backup is taken meanwhile.

    keep: how many of those stay. max_bytes: what they and the log may take, None for any. verify: how
    each is verified once it is there, None for not. bucket: what gets a copy of all of it.
    """

    source: Source
    backups: Path
    key: BackupKey
    every: timedelta
    keep: int
    commits_wait: bool
    max_bytes: int | None = None
    verify: Command | None = None
    bucket: Bucket | None = None


def follow(order: Following, ended: threading.Event, say: Say) -> None:
    """Receive and seal the log, take and verify backups, and tell how they stand, until it is ended.

    Raises BackupFailed when the log is not received any more.
    """
    server = order.source.server
    system = asked(server, "SELECT system_identifier::text FROM pg_control_system()")
    log = log_of(order.backups, system)
    is_due = keep_slot(server)
    if is_due:
        # Of a database that was restored since, or whose log went on without us.
        log.seal_open(order.key)
    store.remove_broken_off(order.backups)
    waiting = commits_wait(server) if order.commits_wait else nullcontext()
    output = order.source.folder.logs / "backup.log"
    checking = Checking(order.backups, order.verify) if order.verify else None
    sending = Sending(order.backups, order.bucket, order.keep) if order.bucket else None
    told_at = -_TELL_EVERY_S
    with _closing(checking), receiving(order.source, log, output) as process, waiting:
        say("Every commit waits for its copy." if order.commits_wait else "The log is followed.")
        while not ended.is_set():
            if process.poll() is not None:
                raise BackupFailed(f"the log is not received any more; see {output}.")
            log.seal_complete(order.key)
            is_news = False
            if is_due or _is_due(order, system):
                _take(order, system, say)
                is_due, is_news = False, True
            is_news |= checking is not None and checking.look()
            if sending:
                sending.look(server, is_news=is_news)
            if is_news or time.monotonic() - told_at >= _TELL_EVERY_S:
                problem = _keep_small(order, system, say) or (checking.problem if checking else "")
                problem = problem or (sending.problem if sending else "")
                standing.tell(server.url, order.backups, problem)
                told_at = time.monotonic()
            ended.wait(_LOOK_EVERY_S)


def _closing(checking: Checking | None) -> AbstractContextManager[object]:
    return closing(checking) if checking else nullcontext()


def _is_due(order: Following, system: str) -> bool:
    """By the clock, or because so much log has come since that a new copy is smaller."""
    newest = [b.manifest.began_at for b in store.backups_in(order.backups) if b.manifest.system == system]
    if not newest or newest[-1] + order.every <= datetime.now(UTC):
        return True
    if order.max_bytes is None:
        return False
    return standing.log_size(order.backups, newest[-1].timestamp()) > order.max_bytes / 2


def _take(order: Following, system: str, say: Say) -> None:
    backup = taking.take(order.source, order.backups, order.key, datetime.now(UTC))
    say(f"Backup {backup.manifest.id} is in {backup.folder}.")
    for removed in store.thin_out(order.backups, order.keep):
        say(f"Removed {removed}.")
    thin_out_all(order.backups, store.backups_in(order.backups), system)


def _keep_small(order: Following, system: str, say: Say) -> str:
    """Remove the oldest while all of it takes too much; return what is wrong where nothing can be spared."""
    if order.max_bytes is None:
        return ""
    while (size := standing.size_of(order.backups, store.backups_in(order.backups))) > order.max_bytes:
        removed = store.remove_oldest(order.backups)
        if not removed:
            limit = order.max_bytes / 1e9
            return f"{size / 1e9:,.1f} GB are kept, more than {limit:g}, and nothing of it can be spared"
        say(f"Removed {removed[0]}, to stay below {order.max_bytes / 1e9:g} GB.")
        thin_out_all(order.backups, store.backups_in(order.backups), system)
    return ""


def keep_slot(server: Server) -> bool:
    """See that the database keeps its log until we have it; return whether that begins only now.

    Then what was written before is in no log of ours, and a new backup is needed. Raises BackupFailed.
    """
    state = asked(
        server,
        "SELECT coalesce(max(wal_status), 'none') FROM pg_replication_slots WHERE slot_name = %s",
        SLOT,
    )
    if state == "lost":
        asked(server, "SELECT pg_drop_replication_slot(%s)::text", SLOT)
    if state in {"lost", "none"}:
        asked(server, "SELECT slot_name::text FROM pg_create_physical_replication_slot(%s, true)", SLOT)
        return True
    return False


@contextmanager
def receiving(source: Source, log: Log, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Receive the log while the block runs, each commit as it is made; yield the process that does.

    It comes back by itself when the database does. output: what it says.
    Raises BackupFailed when it does not begin.
    """
    log.open.mkdir(mode=0o700, parents=True, exist_ok=True)
    url, environment = for_programs(source.server)
    name = f"{url}{'&' if '?' in url else '?'}application_name={SLOT}"
    command = [str(source.server.binaries / "pg_receivewal"), f"--directory={log.open}", f"--dbname={name}"]
    command += [f"--slot={SLOT}", "--synchronous", "--status-interval=1", "--no-password"]
    with output.open("ab") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, umask=0o077
        )
    try:
        if not wait_until(
            lambda: process.poll() is not None or is_streaming(source.server), _START_TIMEOUT_S, 0.05
        ):
            raise BackupFailed(f"the log is not received within {_START_TIMEOUT_S:.0f} s; see {output}.")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_streaming(server: Server) -> bool:
    """Whether the log reaches us as it is written."""
    query = "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'"
    return asked(server, query, SLOT) != "0"


@contextmanager
def commits_wait(server: Server) -> Iterator[None]:
    """While the block runs, a commit is acknowledged only when our copy of the log has it on its disk.

    Where the copy is away, nothing is committed. Taken back at the end, and at the start of `metafleet up`.
    Raises BackupFailed.
    """
    _set_waiting(server, SLOT)
    try:
        if not wait_until(lambda: _is_waited_for(server), _START_TIMEOUT_S, 0.05):
            raise BackupFailed(f"the database does not wait for the log within {_START_TIMEOUT_S:.0f} s.")
        yield
    finally:
        # A database that is gone comes back without it.
        with suppress(BackupFailed):
            _set_waiting(server, "")


def _set_waiting(server: Server, names: str) -> None:
    with connected(server) as connection:
        connection.autocommit = True
        statement = sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}")
        connection.execute(statement.format(sql.Literal(names)))
        connection.execute("SELECT pg_reload_conf()")


def _is_waited_for(server: Server) -> bool:
    query = "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s AND sync_state = 'sync'"
    return asked(server, query, SLOT) != "0"
