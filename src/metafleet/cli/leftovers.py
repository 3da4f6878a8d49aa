"""Processes of an installation, found without the help of a supervisor that may be dead."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import psutil

from metafleet.hub.fleet.drivers.process import identity

MARK = "METAFLEET_INSTALLATION"
"""Environment variable of every process that is started for an installation: its data folder."""


def marked_processes(data_dir: Path) -> list[psutil.Process]:
    """Return the living processes that were started for this data folder, EA runners included."""
    wanted = str(data_dir)
    return [process for process in psutil.process_iter() if _environment(process).get(MARK) == wanted]


def server_processes(names: Collection[str], data: Path) -> list[psutil.Process]:
    """Return the living servers of one of these names that work in this folder.

    Their environment cannot be asked: PostgreSQL and Redis write their titles over it.
    """
    return [
        process
        for process in psutil.process_iter(["name"])
        if process.info["name"] in names and _folder(process) == str(data)
    ]


def runner_processes(runners: Path) -> list[psutil.Process]:
    """Return the living EA runners by their pid files `<instance>/pid.json`.

    A process id alone may by now be somebody else's: the files hold what tells them apart.
    """
    return list(_living_runners(runners))


def stop(processes: Iterable[psutil.Process], patience_s: float) -> int:
    """End processes: SIGTERM, and SIGKILL for those that live on; return how many there were."""
    victims = list(processes)
    for process in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in _still_alive(victims, patience_s):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _still_alive(victims, 5.0)
    return len(victims)


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a process that has ended but was not waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _still_alive(processes: list[psutil.Process], patience_s: float) -> list[psutil.Process]:
    deadline = time.monotonic() + patience_s
    alive = [process for process in processes if is_alive(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(0.02)
        alive = [process for process in alive if is_alive(process)]
    return alive


def _living_runners(runners: Path) -> Iterator[psutil.Process]:
    for path in sorted(runners.glob("*/pid.json")):
        try:
            process = identity.living(json.loads(path.read_text()))
        except (OSError, ValueError):
            continue  # half-written or gone: no runner to stop
        if process is not None:
            yield process


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ() if is_alive(process) else {}
    except (psutil.Error, OSError):
        return {}


def _folder(process: psutil.Process) -> str:
    try:
        return process.cwd() if is_alive(process) else ""
    except (psutil.Error, OSError):
        return ""
