"""The pooler that stands beside each of the product's programs at AWS, started as its image starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from metafleet.cli.servers import Servers
from tests.flows.pooler import find_pooler
from tests.waiting import PATIENCE_S, wait_until

ENTRY = Path(__file__).resolve().parents[2] / "infra/docker/pooler/entry"
PASSWORD = 'quo"ted & /spaced'


@pytest.fixture
def login(servers: Servers) -> Iterator[str]:
    name = f"pooled_{uuid4().hex[:8]}"
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(PASSWORD))
        )
        yield name
        owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def folders(owner: os.stat_result) -> dict[str, str]:
    made = {}
    for what in ("sockets", "private"):
        folder = Path(f"/tmp/mf-{what[:3]}-{uuid4().hex[:8]}")  # noqa: S108 - a socket's path has to be short
        folder.mkdir()
        os.chown(folder, owner.st_uid, owner.st_gid)
        made[f"POOLER_{what.upper()}"] = str(folder)
    return made


@pytest.fixture
def pooled(servers: Servers, login: str) -> Iterator[str]:
    """The login's URL by the pooler's socket; two connections to the database."""
    program = find_pooler()
    if program is None:
        assert not os.environ.get("CI"), "The test of the pooler must run here, and there is no PgBouncer."
        pytest.skip("NO PGBOUNCER: the pooler's image was not tried. Install pgbouncer and repeat.")
    parts = urlsplit(servers.database_url)
    database = parts.path.lstrip("/")
    [host] = parse_qs(parts.query)["host"]
    owner = Path(host).stat()
    places = folders(owner)
    said = "quo%22ted%20%26%20%2Fspaced"
    url = f"postgresql://{login}:{said}@/{database}?host={host}"
    is_root = os.geteuid() == 0
    process = subprocess.Popen(
        ["/usr/bin/python3", str(ENTRY)],
        env={
            "METAFLEET_APP_DATABASE_URL": url,
            "DATABASE_AUTHORITIES": "a certificate",
            "POOLER_CONNECTIONS": "2",
            "POOLER_PROGRAM": program,
            **places,
        },
        user=owner.st_uid if is_root else None,
        group=owner.st_gid if is_root else None,
    )
    sockets = Path(places["POOLER_SOCKETS"])
    try:
        assert wait_until((sockets / ".s.PGSQL.5432").exists, PATIENCE_S)
        yield f"postgresql://{login}@/{database}?host={sockets}"
    finally:
        process.terminate()
        process.wait(20)
        for folder in places.values():
            shutil.rmtree(folder)


def test_many_clients_share_two_connections_under_the_login(pooled: str, login: str) -> None:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(psycopg.connect(pooled, autocommit=True, prepare_threshold=None))
            for _ in range(12)
        ]
        backends = set()
        for client in clients:
            row = client.execute("SELECT current_user, pg_backend_pid()").fetchone()
            assert row is not None
            assert row[0] == login
            backends.add(row[1])
        assert 1 <= len(backends) <= 2


def test_authorities_are_laid_beside_the_socket_and_the_password_is_not(pooled: str) -> None:
    [sockets] = parse_qs(urlsplit(pooled).query)["host"]
    assert (Path(sockets) / "authorities.pem").read_text() == "a certificate"
    assert {file.name for file in Path(sockets).iterdir()} >= {".s.PGSQL.5432", "authorities.pem"}
    assert not any("users" in file.name or file.suffix == ".ini" for file in Path(sockets).iterdir())


def test_a_database_elsewhere_is_reached_by_verified_tls_only(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ENTRY],
        env={
            "METAFLEET_APP_DATABASE_URL": "postgresql://a:b@db.example.com/metafleet",
            "DATABASE_AUTHORITIES": "a certificate",
            "POOLER_SOCKETS": str(tmp_path),
            "POOLER_PRIVATE": str(tmp_path),
            "POOLER_PROGRAM": "/bin/cat",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "metafleet = host=db.example.com port=5432 dbname=metafleet" in done.stdout
    assert "server_tls_sslmode = verify-full" in done.stdout
    assert f"server_tls_ca_file = {tmp_path}/authorities.pem" in done.stdout
    assert (tmp_path / "users").stat().st_mode & 0o077 == 0
