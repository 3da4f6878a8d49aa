"""The version before this one works on this one's schema: its own tests of requests, on a database of ours.

What it is stands in infra/release/before. Its code comes out of the repository's history.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from metafleet.cli.servers import Servers

ROOT = Path(__file__).parents[2]
SETS_UP = "src/metafleet/hub/gateway/tests/test_ready.py"
"""Tests of a database: they make the schema, and --reuse-db leaves it."""
_OF_TERMINALS = ("server", "trades", "heartbeat", "snapshots", "commands", "assignment", "machine")
_OF_PEOPLE = (
    *("accounts", "fleet", "journal", "trades", "board", "commands", "incidents", "rules", "machines"),
    *("people", "receipts", "imports", "programmes", "terminals", "statistics"),
)
REQUESTS = (
    *(f"src/metafleet/hub/gateway/tests/test_{name}.py" for name in _OF_TERMINALS),
    *(f"src/metafleet/hub/console/tests/test_{name}.py" for name in _OF_PEOPLE),
)
"""Terminals' and people's requests, as the version before answers them."""

_OURS = ("METAFLEET_", "PYTEST_", "DJANGO_")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the version before."""
    commit = (ROOT / "infra/release/before").read_text().strip()
    if shutil.which("git") is None:
        pytest.skip("no git here: the version before is in the repository's history")
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", commit],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        pytest.skip(f"{commit} is not in this checkout's history: it is a shallow one")
    tree = tmp_path_factory.mktemp("before")
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive.stdout, check=True)  # noqa: S607
    return tree


def test_the_version_before_answers_on_this_versions_schema(servers: Servers, before: Path) -> None:
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS test_before")
        connection.execute("DROP DATABASE IF EXISTS before")
        connection.execute("CREATE DATABASE before")
    url = _named(servers.database_url, "before")
    _pytest(ROOT, url, [SETS_UP])
    _pytest(before, url, [name for name in REQUESTS if (before / name).exists()])


def _pytest(tree: Path, url: str, what: list[str]) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "--reuse-db", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "-k", "not fuzz", *what),
        ],
        cwd=tree,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
            "DATABASE_URL": url,
            "REDIS_URL": os.environ["REDIS_URL"],
            "PYTHONPATH": f"{tree / 'src'}{os.pathsep}{tree}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def _named(url: str, name: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    host = str(parts.get("host", ""))
    return f"postgresql://{parts.get('user', '')}@/{name}?host={host.replace('/', '%2F')}"
