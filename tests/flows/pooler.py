"""A real PgBouncer in transaction mode, with fewer connections to the database than it has clients."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from metafleet.cli.settings import LOOPBACK
from tests.flows.stack import free_ports
from tests.waiting import PATIENCE_S, wait_until

CONNECTIONS = 3
"""To the database, for all processes together: each is handed around between tenants all the time."""

_CONFIGURATION = """
[databases]
{name} = host={sockets} port=5432 dbname={name}
[pgbouncer]
listen_addr = {address}
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
logfile = {folder}/pgbouncer.log
"""


def find_pooler() -> str | None:
    return shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


@contextmanager
def pooler(program: str, database_url: str, login: str) -> Iterator[str]:
    """Run PgBouncer before the database; yield the URL of the login through it."""
    parts = urlsplit(database_url)
    name, [sockets] = parts.path.lstrip("/"), parse_qs(parts.query)["host"]
    [port] = free_ports(1)
    folder = Path(tempfile.mkdtemp(prefix="mf-pool-"))
    chosen = {"name": name, "sockets": sockets, "address": LOOPBACK, "port": port, "folder": folder}
    (folder / "pgbouncer.ini").write_text(_CONFIGURATION.format(**chosen, connections=CONNECTIONS))
    (folder / "users").write_text(f'"{login}" ""\n')
    process = subprocess.Popen([program, *_as_owner_of(Path(sockets), folder), str(folder / "pgbouncer.ini")])
    try:
        assert wait_until(lambda: _listens(port), PATIENCE_S), (folder / "pgbouncer.log").read_text()
        yield f"postgresql://{login}@{LOOPBACK}:{port}/{name}"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _as_owner_of(sockets: Path, folder: Path) -> list[str]:
    """Return the option that lets root start it, which it refuses to serve as: whom the sockets are for."""
    if os.geteuid() != 0:
        return []
    owner = sockets.stat()
    for path in (folder, *folder.iterdir()):
        os.chown(path, owner.st_uid, owner.st_gid)
    return ["-u", pwd.getpwuid(owner.st_uid).pw_name]


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), 1):
        return True
    return False
