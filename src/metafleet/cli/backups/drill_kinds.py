"""The kinds of database that a drill loses: the embedded one, and one that is given by URL."""

from __future__ import annotations

import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

import psutil
import psycopg

from metafleet.cli.backups import restoring, server_folder
from metafleet.cli.backups.restoring import Order
from metafleet.cli.backups.server_folder import Into
from metafleet.cli.backups.taking import BackupFailed, Given, Server
from metafleet.cli.data_folder import DataFolder
from metafleet.cli.embedded import postgres, sockets, system_user
from metafleet.cli.embedded.postgres import Postgres
from metafleet.cli.preparation import Say
from metafleet.cli.readiness import wait_until
from metafleet.cli.servers import READY_TIMEOUT_S, embedded_postgres, lay_out_servers
from metafleet.cli.temporary_servers import running, serving

RULES: Final = "local all all scram-sha-256\nlocal replication all scram-sha-256\n"
"""Whoever has a password, as on one server."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The database of `metafleet up`. root: of all that the drill makes."""

    root: Path
    name: ClassVar[str] = "embedded"
    given_url: ClassVar[str | None] = None

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.root / "data")

    @property
    def data(self) -> Path:
        return self.folder.postgres

    @property
    def sockets(self) -> Path:
        return self.folder.sockets

    @property
    def server(self) -> Server:
        return replace(self._server, binaries=postgres.find_binaries(None))

    @contextmanager
    def made(self) -> Iterator[None]:
        """Make its cluster, and let it serve while the block runs."""
        server, log = self._server, self.folder.logs / "postgres.log"
        postgres.ensure_cluster(server)
        with running(server.command(), server.data, log, signal.SIGINT):
            await_ready(server)
            yield

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait until it is ready. Raises BackupFailed."""
        postgres.ensure_cluster(self._server)
        return started(self._server, self._server.command(), self.folder)

    def restore(self, order: Order, say: Say) -> None:
        restoring.restore(order, self.root / "restored", say)

    @contextmanager
    def restored(self) -> Iterator[str]:
        """Yield where the restored database is, while it and its Redis serve."""
        folder = DataFolder(self.root / "restored")
        servers = lay_out_servers(folder, None, None)
        try:
            with serving(servers, folder.logs):
                yield servers.database_url
        finally:
            sockets.remove_short_folder(folder.sockets)

    @property
    def _server(self) -> Postgres:
        return embedded_postgres(self.folder)


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A PostgreSQL with a configuration, rules and a password of its own, which DATABASE_URL names."""

    root: Path
    password: str = field(default_factory=secrets.token_urlsafe)
    name: ClassVar[str] = "given"

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.root / "data")

    @property
    def data(self) -> Path:
        return self.root / "server" / "18" / "docker"

    @property
    def sockets(self) -> Path:
        return self.root / "run"

    @property
    def server(self) -> Server:
        return Given(self.given_url, postgres.find_binaries(None))

    @property
    def given_url(self) -> str:
        parts = urlsplit(self._server.url)
        return parts._replace(netloc=f"{postgres.ROLE}:{self.password}@").geturl()

    @contextmanager
    def made(self) -> Iterator[None]:
        """Make its cluster, and let it serve while the block runs."""
        self.data.parent.mkdir(parents=True)
        server = self._server
        postgres.ensure_cluster(server)
        word = self.password.replace("'", "''")
        postgres.run_alone(server, self.data, f"ALTER ROLE {postgres.ROLE} PASSWORD '{word}';\n")
        (self.data / "pg_hba.conf").write_text(RULES)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(
                f"listen_addresses = ''\nunix_socket_directories = '{server.sockets}'\n"
                "max_connections = 60\nshared_buffers = 32MB\njit = off\n"
            )
        with self._running():
            yield

    def start(self) -> subprocess.Popen[bytes]:
        """Start it by its own configuration and wait until it is ready. Raises BackupFailed."""
        return started(self._server, self._command(), self.folder)

    def restore(self, order: Order, say: Say) -> None:
        """To where it was; the installation's folder is not lost with it."""
        server_folder.restore(order, Into(self.data, self._server.user), say)

    @contextmanager
    def restored(self) -> Iterator[str]:
        """Yield where the restored database is, while it serves.

        Raises BackupFailed where it lets in whoever comes.
        """
        try:
            with self._running():
                self._check_rules()
                yield self.given_url
        finally:
            sockets.remove_short_folder(self.sockets)

    @contextmanager
    def _running(self) -> Iterator[None]:
        server, log = self._server, self.folder.logs / "postgres.log"
        with running(self._command(), server.data, log, signal.SIGINT):
            await_ready(server)
            yield

    def _command(self) -> list[str]:
        """By its own configuration alone."""
        server = self._server
        program = str(server.binaries / "postgres")
        command = [program, "-D", postgres.data_argument(self.data, server.user)]
        return system_user.command_as(server.user, command)

    def _check_rules(self) -> None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(replace(self, password="").given_url).close()
            raise BackupFailed("what was restored lets in whoever comes: its rules did not come back.")

    @property
    def _server(self) -> Postgres:
        user = system_user.database_user(self.data)
        folder = sockets.make_socket_folder(self.sockets, user)
        return Postgres(self.data, folder / "postgres", postgres.find_binaries(user), user)


Kind = Embedded | OwnServer


def started(server: Postgres, command: list[str], folder: DataFolder) -> subprocess.Popen[bytes]:
    """Start a server and wait until it is ready; folder: gets what it says. Raises BackupFailed."""
    with (folder.logs / "postgres.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=server.data, stdout=log, stderr=log)
    try:
        await_ready(server)
    except BackupFailed:
        kill(process)
        raise
    return process


def await_ready(server: Postgres) -> None:
    if not wait_until(lambda: postgres.is_ready(server), READY_TIMEOUT_S, 0.02):
        raise BackupFailed("the drill broke off: the database does not become ready.")


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the server and all its children: none of them may write anything in order."""
    if process.poll() is not None:
        return
    for victim in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
        # They end by themselves once the first of them is gone.
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    process.wait()
