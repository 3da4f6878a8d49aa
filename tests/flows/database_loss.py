"""Losing the database of one server, and bringing it back by the lines of the guide."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from tests.flows.one_server import OneServer, compose_command
from tests.waiting import wait_until

GUIDE = Path(__file__).parents[2] / "docs/guides/one-server.md"
_FOLDER = "/var/lib/postgresql/18/docker"
_FOLLOWED_S = 60


def deals(server: OneServer) -> set[str]:
    """Return the journal's deals, as `account|ticket`."""
    return set(_asked(server, "SELECT account_id, ticket FROM journal_deal").splitlines())


def wait_until_followed(server: OneServer) -> None:
    """Until all that was committed is in the copy of the log."""
    reached = _asked(server, "SELECT pg_current_wal_flush_lsn()").strip()
    query = f"SELECT count(*) FROM pg_stat_replication WHERE flush_lsn >= '{reached}'"  # noqa: S608
    assert wait_until(lambda: _asked(server, query).strip() == "1", _FOLLOWED_S, 0.1)


def lose(server: OneServer) -> float:
    """Kill PostgreSQL and remove its files; return when (monotonic seconds)."""
    lost_at = time.monotonic()
    server.api.kill(server.containers()["postgres"]["Id"])
    server.compose("run", "--rm", "-T", "postgres", "sh", "-c", f"rm -rf {_FOLDER}/*")
    return lost_at


def bring_back(server: OneServer) -> str:
    """Do what the guide says, as it says it; return what was said."""
    section = GUIDE.read_text().partition("### Restore\n")[2]
    [block] = re.findall(r"```sh\n(.*?)```", section.partition("On another machine")[0], flags=re.DOTALL)
    lines = [line for line in block.splitlines() if not line.startswith("cd ")]
    assert len(lines) == 4, lines
    return "".join(_done(server, line) for line in lines)


def _done(server: OneServer, line: str) -> str:
    compose = " ".join(compose_command())
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("sudo docker compose", compose)],
        cwd=server.folder,
        env=os.environ | {"DOCKER_HOST": server.engine, "COMPOSE_HTTP_TIMEOUT": "300"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"[-4000:]
    return done.stdout


def _asked(server: OneServer, query: str) -> str:
    psql = (
        'PGPASSWORD=$(cat /run/secrets/postgres_password) exec psql -h /run/postgresql -U metafleet -Atc "$0"'
    )
    # By the engine itself: docker-compose takes seconds where the machine is busy.
    made = server.api.exec_create(server.containers()["postgres"]["Id"], ["sh", "-c", psql, query])
    said = server.api.exec_start(made["Id"]).decode()
    assert server.api.exec_inspect(made["Id"])["ExitCode"] == 0, said
    return str(said)
