"""A database as the first start leaves it: made once for a run's flows, and copied for each product.

Making a cluster and migrating it costs more processor time than all that a start does afterwards. That a
start makes its own is proved where starts are (`test_start_and_stop`).
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from metafleet.cli.data_folder import DataFolder
from metafleet.cli.embedded.sockets import remove_short_folder

_OUTER_SERVERS = ("DATABASE_URL", "REDIS_URL")


def migrated_database(factory: pytest.TempPathFactory) -> Path:
    """Return the cluster's folder, which nobody serves; the run's workers share one."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    made = shared / "migrated"
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make(shared / "migrating").rename(made)
    return DataFolder(made).postgres


def copy_database(cluster: Path, data_dir: Path) -> None:
    """Give it to a product that has not been started yet. Owners stay: root's database is another user's."""
    data_dir.mkdir(mode=0o711, parents=True)
    copied = DataFolder(data_dir).postgres
    subprocess.run(["cp", "-a", str(cluster), str(copied)], check=True)  # noqa: S607


def _make(data_dir: Path) -> Path:
    inherited = {name: value for name, value in os.environ.items() if name not in _OUTER_SERVERS}
    subprocess.run(
        [sys.executable, "-m", "metafleet.cli", "migrate"],
        env={**inherited, "METAFLEET_DATA_DIR": str(data_dir), "METAFLEET_DEMO": "false"},
        check=True,
        capture_output=True,
    )
    remove_short_folder(DataFolder(data_dir).sockets)
    return data_dir
