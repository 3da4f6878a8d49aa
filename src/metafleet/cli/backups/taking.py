"""Taking a backup while everything runs."""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, Final, LiteralString, Protocol
from urllib.parse import unquote, urlsplit

import psycopg

from metafleet.cli.backups import store
from metafleet.cli.backups.sealing import BackupKey, Sealer
from metafleet.cli.backups.store import Backup, File, Manifest
from metafleet.cli.data_folder import DataFolder
from metafleet.cli.refusal import Refused

KEPT_FILES: Final = ("VERSION", "installation", "broker", "mirrors")
"""Of the data folder, beside the database. Screenshots, imports and EAs' packages are in the database."""
_SQLITE: Final = b"SQLite format 3\0"
_COPIED_AT_ONCE: Final = 1 << 20


class BackupFailed(Refused):
    """The database does not answer, or the disk does not take the backup."""


class Server(Protocol):
    """A running PostgreSQL, embedded or given by URL. binaries: PostgreSQL's own programs, of its version."""

    @property
    def url(self) -> str: ...

    @property
    def binaries(self) -> Path: ...


@dataclass(frozen=True, slots=True)
class Given:
    """A database that DATABASE_URL names; the URL may hold a password."""

    url: str
    binaries: Path


@dataclass(frozen=True, slots=True)
class Source:
    """A running installation. server: as its client needs it."""

    folder: DataFolder
    server: Server


def take(source: Source, into: Path, key: BackupKey, now: datetime) -> Backup:
    """Take a backup into a folder of its own below `into`; what breaks off leaves nothing.

    Raises BackupFailed.
    """
    name = store.new_id(now)
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    target, fresh = into / name, into / f".{name}.part"
    if target.exists():
        raise BackupFailed(f"{target} exists already; wait a second and try again.")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    try:
        system, first_segment = _where_the_log_is(source.server)
        files = [
            _seal(fresh / store.DATABASE, key, name, lambda out: _base_backup(source.server, out)),
            _seal(fresh / store.FILES, key, name, lambda out: write_files(source.folder, out)),
        ]
        manifest = Manifest(
            format=store.FORMAT,
            id=name,
            version=version("metafleet"),
            began_at=now,
            ended_at=datetime.now(UTC),
            key_id=key.id,
            system=system,
            first_segment=first_segment,
            end_lsn=asked(source.server, "SELECT pg_current_wal_flush_lsn()::text"),
            files=files,
        )
        store.write_manifest(fresh, manifest)
        fresh.rename(target)
    except OSError as error:
        raise BackupFailed(f"{fresh} cannot be written ({error.strerror}); see that it has space.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Backup(target, manifest)


def seal_keys(folder: DataFolder, into: Path, key: BackupKey, key_file: Path) -> None:
    """Write the installation's keys, but not the backup's own, into one sealed file. Raises BackupFailed."""
    fresh = into.with_name(f".{into.name}.part")
    fresh.unlink(missing_ok=True)
    try:
        with Sealer(fresh, key, "keys") as sealer, _packing(sealer) as archive:
            for path in sorted(folder.keys.iterdir()):
                if path.is_file() and path.resolve() != key_file.resolve():
                    archive.add(path, path.relative_to(folder.root).as_posix())
        fresh.replace(into)
    except OSError as error:
        raise BackupFailed(f"{into} cannot be written ({error.strerror}); name another file.") from error
    finally:
        fresh.unlink(missing_ok=True)


def write_files(folder: DataFolder, out: Sealer) -> None:
    """Pack what is kept beside the database; books that are written meanwhile are copied as of one moment."""
    with _packing(out) as archive, tempfile.TemporaryDirectory() as scratch:
        for part in KEPT_FILES:
            root = folder.root / part
            for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
                if path.is_file() and not path.name.endswith(("-wal", "-shm", "-journal")):
                    name = path.relative_to(folder.root).as_posix()
                    archive.add(_settled(path, Path(scratch)), name)


def _seal(path: Path, key: BackupKey, backup: str, write: Callable[[Sealer], None]) -> File:
    with Sealer(path, key, f"{backup}/{path.name}") as sealer:
        write(sealer)
    return File(name=path.name, bytes=sealer.size, sha256=sealer.sha256)


@contextmanager
def _packing(out: Sealer) -> Iterator[tarfile.TarFile]:
    with gzip.GzipFile(None, "wb", 1, out) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        yield archive


def _settled(path: Path, scratch: Path) -> Path:
    with path.open("rb") as opened:
        if opened.read(len(_SQLITE)) != _SQLITE:
            return path
    copy = scratch / "book"
    copy.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as book,
        closing(sqlite3.connect(copy)) as to,
    ):
        book.backup(to)
    return copy


def _base_backup(server: Server, out: Sealer) -> None:
    """Stream a base backup with the log that it needs: nothing of it touches the disk unsealed."""
    command = [str(server.binaries / "pg_basebackup"), "--pgdata=-", "--format=tar", "--wal-method=fetch"]
    url, environment = for_programs(server)
    command += ["--checkpoint=fast", "--no-password", f"--dbname={url}"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment)
        try:
            with process.stdout or BytesIO() as stream, gzip.GzipFile(None, "wb", 1, out) as packed:
                shutil.copyfileobj(stream, packed, _COPIED_AT_ONCE)
        finally:
            code = process.wait()
        if code != 0:
            raise BackupFailed(f"the database could not be copied ({_last_line(said)}).")


def _last_line(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("pg_basebackup: ").rstrip(".") if lines else "no message"


def for_programs(server: Server) -> tuple[str, dict[str, str]]:
    """Return the URL and the environment that PostgreSQL's programs are given.

    A password is in the second: anybody on the machine may read a command line. What would send the
    programs elsewhere is in neither.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment = plain | {"LC_ALL": "C"}
    parts = urlsplit(server.url)
    if parts.password is None:
        return server.url, environment
    user, _, place = parts.netloc.rpartition("@")
    url = parts._replace(netloc=f"{user.partition(':')[0]}@{place}").geturl()
    return url, environment | {"PGPASSWORD": unquote(parts.password)}


def _where_the_log_is(server: Server) -> tuple[str, str]:
    """Return the system's identifier, and a segment that no restore needs anything before."""
    system = asked(server, "SELECT system_identifier::text FROM pg_control_system()")
    return system, asked(server, "SELECT redo_wal_file FROM pg_control_checkpoint()")


def asked(server: Server, query: LiteralString, *values: str) -> str:
    """Return the first value of the first row that the database answers. Raises BackupFailed."""
    with connected(server) as connection:
        row = connection.execute(query, values).fetchone()
    return str(row[0]) if row else ""


@contextmanager
def connected(server: Server) -> Iterator[psycopg.Connection]:
    """Raises BackupFailed where the database does not answer."""
    try:
        with psycopg.connect(server.url, connect_timeout=3) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise BackupFailed(
            "the database does not answer; start the installation with `metafleet up`."
        ) from error
