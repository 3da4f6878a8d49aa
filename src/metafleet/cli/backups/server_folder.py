"""Restoring into the data folder of a given PostgreSQL, which keeps its configuration and passwords."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from psycopg import conninfo, pq

from metafleet.cli.atomic import create_atomically, sync_folder
from metafleet.cli.backups import restoring
from metafleet.cli.backups.restoring import RECOVERY_LOG, Order, TargetTaken
from metafleet.cli.backups.taking import KEPT_FILES
from metafleet.cli.data_folder import DataFolder, lock_holder
from metafleet.cli.embedded import postgres, sockets
from metafleet.cli.embedded.postgres import Postgres
from metafleet.cli.embedded.system_user import SystemUser
from metafleet.cli.preparation import Say
from metafleet.cli.refusal import Refused

_OTHERS: Final = (
    # What the server was told by ALTER SYSTEM may name libraries, archives and logs that are not here.
    *("shared_preload_libraries=", "session_preload_libraries=", "archive_mode=off", "ssl=off"),
    *("logging_collector=off", "log_destination=stderr", "lc_messages=C", "external_pid_file="),
    # Nothing but the recovery, in a bounded container: the server's own sort orders may differ from ours.
    *("autovacuum=off", "shared_buffers=128MB"),
)


class OwnerRefused(Refused):
    """Nobody of that name, or one whom PostgreSQL does not run as."""


@dataclass(frozen=True, slots=True)
class Into:
    """Where a restore goes.

    cluster: the server's data folder. owner: whom it is given to, None for whoever restores. files: the
    installation's folder that gets books and mirrors back, None for none. keys: the sealed file of its keys.
    """

    cluster: Path
    owner: SystemUser | None
    files: Path | None = None
    keys: Path | None = None


def owner_of(cluster: Path, said: str | None) -> SystemUser | None:
    """Return whom a folder that root restores is given to; None where it is not root who does.

    said: a name or UID:GID; None for the owner of the folder, or of the one that it will be in.
    Raises OwnerRefused.
    """
    if os.geteuid() != 0:
        if said:
            raise OwnerRefused("only root gives files to somebody; run it by root, or leave --owner out.")
        return None
    found = _named(said) if said else _owner(cluster)
    if found.uid == 0:
        raise OwnerRefused(
            f"{cluster} would belong to root, whom PostgreSQL does not run as; say by --owner who runs it."
        )
    return found


def check_nobody_serves(url: str) -> None:
    """Raises TargetTaken where a server answers there, whoever it lets in."""
    asked = conninfo.make_conninfo(url, connect_timeout=3).encode()
    if pq.PGconn.ping(asked) in {pq.Ping.OK, pq.Ping.REJECT}:
        raise TargetTaken(
            "a server answers at DATABASE_URL; stop it first, or unset DATABASE_URL to restore beside it."
        )


def check(into: Into) -> None:
    """Raises TargetTaken unless nothing is there of what will be put."""
    cluster = into.cluster
    try:
        if cluster.is_mount():
            raise TargetTaken(f"{cluster} is a disk's own folder; name one within it, such as 18/docker.")
        if (cluster / "postmaster.pid").exists():
            raise TargetTaken(
                f"{cluster} is a server's that may be running; stop it and move the folder away."
            )
        if cluster.exists() and any(cluster.iterdir()):
            raise TargetTaken(f"{cluster} holds files; move the folder away, or name another.")
        if into.files:
            _check_files(into.files)
    except OSError as error:
        raise _unusable(error, cluster) from error


def restore(order: Order, into: Into, say: Say) -> str:
    """Make the cluster what was backed up, recovered; it appears when all of it is there.

    Its configuration, rules and passwords are those that it had. What is kept beside the database is put
    back just before, each part whole. Returns the newest commit as `restoring.restore` does.
    Raises TargetTaken, WrongKey, Damaged, LogMissing, RecoveryFailed.
    """
    check(into)
    restoring.check_reach(order)
    order.backup.check_key(order.key)
    order.backup.check_files()
    fresh = restoring.beside(into.cluster)
    beside = into.files / ".restoring" if into.files else None
    try:
        _make_empty(fresh, into.owner)
        say(f"Unpacking backup {order.backup.manifest.id} …")
        if beside:
            _unpack_beside(order, into, beside)
        restoring.unpack_database(order.backup, order.key, fresh)
        with tempfile.TemporaryDirectory(prefix="metafleet-recovery-") as scratch:
            recover = partial(_recovering, fresh, into.owner, Path(scratch))
            restoring.replay(order, fresh, recover, say)
            newest = restoring.newest_commit(Path(scratch) / RECOVERY_LOG)
        if into.files and beside:
            _put(beside, into.files)
        fresh.rename(into.cluster)
        sync_folder(into.cluster.parent)
    except OSError as error:
        raise _unusable(error, into.cluster) from error
    finally:
        for folder in (fresh, beside):
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
    return newest


@contextmanager
def _recovering(
    data: Path, owner: SystemUser | None, scratch: Path, settings: Sequence[str] = ()
) -> Iterator[Postgres]:
    """Recover by our own PostgreSQL and configuration: where the server's lies is the server's to know."""
    scratch.chmod(0o711)
    files = {
        "config_file": scratch / "postgresql.conf",
        "hba_file": scratch / "pg_hba.conf",
        "ident_file": scratch / "pg_ident.conf",
    }
    for path in files.values():
        # Nobody needs to come in.
        path.write_text("local all all reject\n" if path == files["hba_file"] else "")
        path.chmod(0o644)
    link = scratch / "run"
    server = Postgres(
        data=data,
        sockets=sockets.make_socket_folder(link, owner) / "postgres",
        binaries=postgres.find_binaries(owner),
        user=owner,
    )
    ours = (*_OTHERS, *(f"{name}={path}" for name, path in files.items()))
    try:
        with restoring.recovered(server, scratch / RECOVERY_LOG, (*ours, *settings)):
            yield server
    finally:
        sockets.remove_short_folder(link)


def _unpack_beside(order: Order, into: Into, beside: Path) -> None:
    owner = _owner(beside) if os.geteuid() == 0 else None
    _make_empty(beside, owner)
    restoring.unpack_files(order.backup, order.key, beside)
    if into.keys:
        restoring.open_keys(into.keys, order.key, beside)
        taken = [
            path.name for path in (beside / "keys").iterdir() if (beside.parent / "keys" / path.name).exists()
        ]
        if taken:
            raise TargetTaken(f"{beside.parent / 'keys'} has a {taken[0]} already; move it away.")
    if owner:
        for path in beside.rglob("*"):
            os.chown(path, owner.uid, owner.gid, follow_symlinks=False)


def _put(beside: Path, files: Path) -> None:
    """Move the parts to where they belong, over nothing; keys one by one, as they may be on another disk."""
    for part in KEPT_FILES:
        if (beside / part).exists():
            (beside / part).rename(files / part)
    keys = beside / "keys"
    for key in sorted(keys.iterdir()) if keys.exists() else ():
        (files / "keys").mkdir(mode=0o700, exist_ok=True)
        to = files / "keys" / key.name
        if not create_atomically(to, key.read_bytes()):
            raise TargetTaken(f"{to} came meanwhile; move it away.")
        if os.geteuid() == 0:
            shutil.chown(to, key.stat().st_uid, key.stat().st_gid)


def _check_files(files: Path) -> None:
    if lock_holder(DataFolder(files)):
        raise TargetTaken(f"{files} is in use; stop it by `metafleet down`, and name an empty folder.")
    for part in KEPT_FILES:
        path = files / part
        if path.is_file() or (path.is_dir() and any(path.iterdir())):
            raise TargetTaken(f"{files} has a {part} already; move it away, or leave --data-dir out.")


def _make_empty(folder: Path, owner: SystemUser | None) -> None:
    """Make the folder, and those above it, which are given to the owner; what a kill left there goes."""
    shutil.rmtree(folder, ignore_errors=True)
    for above in reversed([each for each in folder.parents if not each.exists()]):
        above.mkdir(mode=0o755)
        if owner:
            os.chown(above, owner.uid, owner.gid)
    folder.mkdir(mode=0o700)


def _owner(path: Path) -> SystemUser:
    there = next(each for each in (path, *path.parents) if each.exists()).stat()
    return SystemUser(str(there.st_uid), there.st_uid, there.st_gid)


def _named(said: str) -> SystemUser:
    uid, _, gid = said.partition(":")
    if uid.isdigit() and gid.isdigit():
        return SystemUser(said, int(uid), int(gid))
    try:
        entry = pwd.getpwnam(said)
    except KeyError:
        raise OwnerRefused(f"{said!r} is nobody here; say a name, or numbers as 999:999.") from None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _unusable(error: OSError, cluster: Path) -> TargetTaken:
    # A rename names what was to be replaced second.
    where = error.filename2 or error.filename or cluster
    return TargetTaken(f"{where} cannot be used ({error.strerror}); name another, or see why.")
