"""The database and Redis of an installation: the given ones by URL, else the embedded ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from metafleet.cli.data_folder import DataFolder
from metafleet.cli.embedded import postgres, redis, sockets, system_user
from metafleet.cli.given_servers import check_database, check_redis
from metafleet.cli.readiness import wait_until
from metafleet.cli.refusal import Refused

READY_TIMEOUT_S = 180.0
"""Recovery after a power cut reads back at most max_wal_size."""


class ServerNotReady(Refused):
    """An embedded server did not become ready."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where database and Redis are; a server of None is not ours to run."""

    sockets: Path
    postgres: postgres.Postgres | None
    redis: redis.Redis | None
    database_url: str
    redis_url: str

    def wait_until_ready(self, logs: Path) -> None:
        """Raises ServerNotReady naming the log file, GivenServerRefused naming the setting."""
        if self.postgres:
            _wait("PostgreSQL", partial(postgres.is_ready, self.postgres), logs / "postgres.log")
        else:
            check_database(self.database_url)
        if self.redis:
            _wait("Redis", partial(redis.is_ready, self.redis), logs / "redis.log")
        else:
            check_redis(self.redis_url)


def lay_out_servers(folder: DataFolder, database_url: str | None, redis_url: str | None) -> Servers:
    """Find the programs and make the folders of the servers that are not given by URL.

    Raises Refused when a server is not installed or its folder cannot be made.
    """
    user = None if database_url else system_user.database_user(folder.postgres)
    socket_folder = sockets.make_socket_folder(folder.sockets, user)
    database = None if database_url else _postgres(folder, socket_folder, user)
    cache = (
        None if redis_url else redis.Redis(folder.redis, socket_folder / "redis.sock", redis.find_program())
    )
    return Servers(
        sockets=socket_folder,
        postgres=database,
        redis=cache,
        database_url=database_url or (database.url if database else ""),
        redis_url=redis_url or (cache.url if cache else ""),
    )


def embedded_postgres(folder: DataFolder) -> postgres.Postgres:
    """Find the program and make the folder for sockets of the database alone. Raises Refused."""
    user = system_user.database_user(folder.postgres)
    return _postgres(folder, sockets.make_socket_folder(folder.sockets, user), user)


def _postgres(
    folder: DataFolder, socket_folder: Path, user: system_user.SystemUser | None
) -> postgres.Postgres:
    return postgres.Postgres(
        data=folder.postgres,
        sockets=socket_folder / "postgres",
        binaries=postgres.find_binaries(user),
        user=user,
    )


def _wait(name: str, is_ready: Callable[[], bool], log: Path) -> None:
    if not wait_until(is_ready, READY_TIMEOUT_S):
        raise ServerNotReady(f"{name} did not become ready within {READY_TIMEOUT_S:.0f} s; see {log}.")
