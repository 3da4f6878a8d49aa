"""The command line as a person runs it, against a platform: real HTTP, real sign-in."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis
from pytest_django.live_server_helper import LiveServer

from metafleet.cli.backups.taking import Source
from metafleet.cli.data_folder import open_data_folder
from metafleet.cli.embedded import postgres, sockets
from metafleet.cli.keys import ensure_keys
from metafleet.cli.main import main
from metafleet.cli.readiness import wait_until
from metafleet.cli.servers import embedded_postgres
from tests.cast import PASSWORD, Person, sign_up

WORD = "a-word-that-nobody-may-read"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def alice(transactional_db: None) -> Person:
    return sign_up("alice@example.com")


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command as somebody who has set nothing; give (exit code, output, errors)."""
    for name in ("METAFLEET_URL", "METAFLEET_EMAIL", "METAFLEET_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("METAFLEET_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["metafleet", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def run(
    nobody: Run, alice: Person, live_server: LiveServer, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run the command as Alice, from whose address nobody has guessed lately."""
    with redis.Redis.from_url(redis_url) as counted:
        counted.flushdb()
    monkeypatch.setenv("METAFLEET_URL", live_server.url)
    monkeypatch.setenv("METAFLEET_EMAIL", alice.email)
    monkeypatch.setenv("METAFLEET_PASSWORD", PASSWORD)
    return nobody


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A running database with 1,000 rows, and a paper broker's book that is open for writing."""
    folder = open_data_folder(tmp_path_factory.mktemp("installation") / "data")
    ensure_keys(folder.root)
    server = embedded_postgres(folder)
    postgres.ensure_cluster(server)
    process = subprocess.Popen(
        server.command(), cwd=server.data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert wait_until(lambda: postgres.is_ready(server), 20.0)
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept (n int, word text)")
            connection.execute(
                "INSERT INTO kept SELECT n, %s FROM generate_series(1, 1000) n",
                (WORD,),
            )
        with closing(sqlite3.connect(folder.broker / "broker.sqlite3")) as book:
            book.execute("PRAGMA journal_mode=wal")
            book.execute("CREATE TABLE deals (n)")
            book.execute("INSERT INTO deals VALUES (42)")
            book.commit()
            yield Source(folder, server)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        sockets.remove_short_folder(folder.sockets)
