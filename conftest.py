"""Gives every test the embedded PostgreSQL and Redis, started when a test first needs them.

Tests run in three processes (`make test`), a file in one of them, each with servers of its own.
pytest-django reads the settings before any fixture runs, so where the servers will be is said here;
`DATABASE_URL` and `REDIS_URL` that are already set are used as they are.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from hypothesis import HealthCheck, settings

from metafleet.cli.data_folder import DataFolder, open_data_folder
from metafleet.cli.embedded import postgres
from metafleet.cli.embedded.sockets import remove_short_folder
from metafleet.cli.keys import ensure_keys
from metafleet.cli.servers import Servers, lay_out_servers
from metafleet.cli.temporary_servers import serving

pytest_plugins = ["tests.cast", "tests.engine"]

# How long an example takes is the machine's matter: a busy one must not fail a test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

LAYOUT = pytest.StashKey[tuple[DataFolder, Servers]]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if _only_distributes(config):
        return
    root = Path(tempfile.mkdtemp(prefix="mf-"))
    root.chmod(0o711)
    folder = open_data_folder(root / "data")
    ensure_keys(folder.root)
    servers = lay_out_servers(folder, os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL"))
    config.stash[LAYOUT] = (folder, servers)
    os.environ["METAFLEET_DATA_DIR"] = str(folder.root)
    os.environ["DATABASE_URL"] = servers.database_url
    os.environ["REDIS_URL"] = servers.redis_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "metafleet.hub.config.settings"
    django.setup()


def _only_distributes(config: pytest.Config) -> bool:
    """Whether the tests run in other processes, which inherit this one's environment."""
    return config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")


_OF_DRIVER = "src/metafleet/hub/fleet/drivers/docker/tests/test_"
ENGINE = (
    *("tests/flows/test_one_server.py", "tests/flows/test_containers.py"),
    *(f"{_OF_DRIVER}{name}.py" for name in ("driver", "isolation", "split_brain", "swarm", "two_nodes")),
)
"""Files that ask for `docker_engine`: one process has them all, for the others would wait for its engine."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file to one process, and ENGINE to one."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class OneEngine(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "engine" if file in ENGINE else file

    return OneEngine(config, log)


LONGEST = (
    *("test_one_server", "test_pauses", "test_kills", "test_start_and_stop", "test_simulation"),
    *("test_version_before", "test_aws", "test_planted_secrets"),
)
"""Flows that take minutes, the longest first: at the end of the run one would keep all others waiting."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that start the whole product evenly among the others, the longest first.

    At the end of the run two of them would share the processors for a long time, and the longest alone
    would have one process wait for the other.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    flows = [path for path in files if path.parent.name == "flows"]
    flows.sort(key=_place)
    others = [path for path in files if path.parent.name != "flows"]
    apart = len(others) / (len(flows) + 1)
    places = [(number * apart, path) for number, path in enumerate(flows)]
    places += [(number + 0.5, path) for number, path in enumerate(others)]
    items[:] = [item for _, path in sorted(places, key=lambda place: place[0]) for item in files[path]]


def _place(path: Path) -> int:
    return LONGEST.index(path.stem) if path.stem in LONGEST else len(LONGEST)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests were tried again: a fault that comes one time in fifty is seen here or nowhere."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_sep("_", f"{report.nodeid}, tried again for")
        terminalreporter.write_line(report.longreprtext)


def pytest_unconfigure(config: pytest.Config) -> None:
    if LAYOUT not in config.stash:
        return
    folder, _ = config.stash[LAYOUT]
    remove_short_folder(folder.sockets)
    shutil.rmtree(folder.root.parent)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Iterator[Servers]:
    """Running PostgreSQL and Redis; their URLs are in the environment too."""
    folder, laid_out = pytestconfig.stash[LAYOUT]
    with pytest.MonkeyPatch.context() as patch:
        # Nobody wants this database back after a power cut.
        patch.setitem(postgres.SETTINGS, "fsync", "off")
        with serving(laid_out, folder.logs):
            patch.undo()
            yield laid_out


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: Servers) -> None:
    """Start the servers before pytest-django makes its test database."""


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """URL of a running Redis."""
    return servers.redis_url
