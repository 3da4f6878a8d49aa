"""Making a data folder out of a backup, and letting PostgreSQL recover in it."""

from __future__ import annotations

import io
import re
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from metafleet.cli.atomic import sync_folder
from metafleet.cli.backups import store
from metafleet.cli.backups.log import SEGMENT, log_of
from metafleet.cli.backups.sealing import BackupKey, Damaged, Opener, WrongKey
from metafleet.cli.backups.store import Backup
from metafleet.cli.data_folder import DataFolder, lock_holder, open_data_folder
from metafleet.cli.embedded import postgres, sockets
from metafleet.cli.embedded.postgres import Postgres
from metafleet.cli.preparation import Say
from metafleet.cli.refusal import Refused
from metafleet.cli.servers import embedded_postgres

LOG: Final = "log-to-replay"
"""In the database's folder: segments of the log that are newer than the base backup's own."""
FROM_LOG: Final = f'restore_command=cp "{LOG}/%f" "%p"'

PROMOTE: Final = "recovery_target_action=promote"

RECOVERY_LOG: Final = "recovery.log"
"""What PostgreSQL says while it recovers."""

Recover = Callable[[Sequence[str]], AbstractContextManager[Postgres]]
"""Let PostgreSQL recover, with more settings for this run alone, each `name=value`."""

_STOP_TIMEOUT_S: Final = 60.0
_POLL_S: Final = 0.02


class TargetTaken(Refused):
    """The folder to restore into is not empty, or in use."""


class RecoveryFailed(Refused):
    """PostgreSQL does not come up on what was restored."""


def unpack(backup: Backup, key: BackupKey, root: Path) -> DataFolder:
    """Check the backup and unpack it into a folder that does not exist yet; the database has not recovered.

    Raises WrongKey, Damaged, and DataFolderRefused for a backup of a newer metafleet.
    """
    backup.check_key(key)
    backup.check_files()
    root.mkdir(mode=0o700, parents=True)
    unpack_files(backup, key, root)
    folder = open_data_folder(root)
    folder.postgres.mkdir(mode=0o700)
    unpack_database(backup, key, folder.postgres)
    # Where it is restored it is an embedded database, whose socket is its user's alone: another
    # server's passwords are not asked for.
    (folder.postgres / "pg_hba.conf").write_text("local all all trust\nlocal replication all trust\n")
    return folder


def unpack_files(backup: Backup, key: BackupKey, root: Path) -> None:
    """Unpack what is kept beside the database; its folders are for their owner alone. Raises Damaged."""
    _extract(backup.folder / store.FILES, key, f"{backup.manifest.id}/{store.FILES}", root)
    for path in root.iterdir():
        if path.is_dir():
            path.chmod(0o700)


def unpack_database(backup: Backup, key: BackupKey, into: Path) -> None:
    """Unpack the copy of the database, which has not recovered. Raises Damaged."""
    _extract(backup.folder / store.DATABASE, key, f"{backup.manifest.id}/{store.DATABASE}", into)


@contextmanager
def recovering(folder: DataFolder, settings: Sequence[str] = ()) -> Iterator[Postgres]:
    """Let an embedded PostgreSQL recover; yield it while it serves, then stop it.

    settings: more of them for this run alone, each `name=value`. Raises RecoveryFailed.
    """
    try:
        with recovered(embedded_postgres(folder), folder.logs / RECOVERY_LOG, settings) as server:
            yield server
    finally:
        sockets.remove_short_folder(folder.sockets)


@contextmanager
def recovered(server: Postgres, log: Path, settings: Sequence[str]) -> Iterator[Postgres]:
    """Let the server recover to the end of the log that it has; yield it while it serves, then stop it.

    log: gets what PostgreSQL says. Raises RecoveryFailed with it.
    """
    (server.data / "recovery.signal").touch()
    # Also gives everything to the database's own user.
    postgres.ensure_cluster(server)
    more = [part for setting in ("hot_standby=off", FROM_LOG, *settings) for part in ("-c", setting)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*server.command(), *more],
            cwd=server.data,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    with _stopped_at_the_end(process):
        _wait(process, server, log)
        yield server


def _wait(process: subprocess.Popen[bytes], server: Postgres, log: Path) -> None:
    """Wait without an end while it works: how long the log takes is nobody's to say."""
    while not postgres.is_ready(server):
        if process.poll() is not None:
            raise RecoveryFailed(f"the database does not recover: {_fatal(log)}.")
        time.sleep(_POLL_S)


@contextmanager
def _stopped_at_the_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True, slots=True)
class Order:
    """What to restore, and how far. to: None for all that there is, else an instant in UTC.

    with_log: whether what was written after the backup is replayed.
    """

    backup: Backup
    backups: Path
    key: BackupKey
    to: datetime | None = None
    with_log: bool = True


def restore(order: Order, target: Path, say: Say) -> str:
    """Make target the installation's data folder, recovered; it appears when all of it is there.

    Returns when the newest commit in it was made, in PostgreSQL's words, "" for none after the backup.
    Raises TargetTaken, WrongKey, Damaged, LogMissing, RecoveryFailed.
    """
    check_target(target)
    check_reach(order)
    fresh = beside(target)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        say(f"Unpacking backup {order.backup.manifest.id} …")
        folder = unpack(order.backup, order.key, fresh)
        replay(order, folder.postgres, partial(recovering, folder), say)
        newest = newest_commit(folder.logs / RECOVERY_LOG)
        if target.exists():
            target.rmdir()
        fresh.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return newest


def beside(target: Path) -> Path:
    """Return where it is made, to be renamed when all of it is there."""
    return target.with_name(f".{target.name}.restoring")


def check_reach(order: Order) -> None:
    """Raises RecoveryFailed where the backup is younger than the time to go back to."""
    if order.to and order.to < order.backup.manifest.ended_at:
        raise RecoveryFailed(
            f"backup {order.backup.manifest.id} was complete at {order.backup.manifest.ended_at:%F %T} UTC, "
            "after that time; name an older backup, or a later time by --to."
        )


def check_target(target: Path) -> None:
    """Raises TargetTaken unless nothing is there."""
    if lock_holder(DataFolder(target)):
        raise TargetTaken(f"{target} is in use; stop it by `metafleet down`, and name an empty folder.")
    if target.exists() and any(target.iterdir()):
        raise TargetTaken(f"{target} holds files; name an empty folder by --data-dir, or move it away.")


def open_keys(file: Path, key: BackupKey, into: Path) -> None:
    """Put the keys that `metafleet backup --keys` wrote into a folder, as `keys/`. Raises WrongKey."""
    try:
        _extract(file, key, "keys", into)
    except Damaged as error:
        raise WrongKey(f"{file} does not open by this key, or is damaged; name its key by --key.") from error


def replay(order: Order, data: Path, recover: Recover, say: Say) -> None:
    """Let the unpacked database in `data` recover, as far as it was ordered.

    Raises LogMissing, Damaged, RecoveryFailed.
    """
    log = log_of(order.backups, order.backup.manifest.system)
    if order.with_log and log.folder.exists():
        own = [path.name for path in (data / "pg_wal").iterdir() if SEGMENT.fullmatch(path.name)]
        laid = log.lay_out(order.key, data / LOG, own)
        say(f"Replaying {laid.count} segments of the log …")
    with recover([f"recovery_target_time={order.to.isoformat()}", PROMOTE] if order.to else []):
        pass
    shutil.rmtree(data / LOG, ignore_errors=True)


def newest_commit(log: Path) -> str:
    """Return when the newest commit that was replayed was made, in PostgreSQL's words; "" for none.

    log: what it said while it recovered.
    """
    said = log.read_text(errors="replace")
    found = re.findall(r"last completed transaction was at log time (\S+ \S+)", said)
    return found[-1] if found else ""


def _fatal(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    if any("before configured recovery target" in line for line in fatal):
        return "the log that was kept ends before that time; leave --to out to restore all of it"
    return fatal[0] if fatal else "no message"


def _unpack_all(archive: tarfile.TarFile, into: Path) -> None:
    """Unpack what we sealed ourselves. Debian 12's Python 3.11.2 has no filters; 3.11.4 brought them."""
    if hasattr(tarfile, "tar_filter"):
        archive.extractall(into, filter="tar")
    else:
        archive.extractall(into)  # noqa: S202 - whoever holds the key wrote it


def _extract(path: Path, key: BackupKey, name: str, into: Path) -> None:
    with Opener(path, key, name) as opener, io.BufferedReader(opener) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|gz") as archive:
                _unpack_all(archive, into)
        except (tarfile.TarError, EOFError) as error:
            raise Damaged(f"{path} cannot be unpacked ({error}); restore another backup.") from error
