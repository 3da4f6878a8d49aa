"""Stopping an installation: workers first, then EA runners, then what both talk to."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from metafleet.cli import containers, leftovers
from metafleet.cli.data_folder import DataFolder
from metafleet.cli.embedded import postgres, redis, sockets
from metafleet.cli.readiness import wait_until
from metafleet.cli.supervision.client import Supervisor, SupervisorUnavailable

WORKER_PATIENCE_S = 6.0
RUNNER_PATIENCE_S = 5.0
SUPERVISOR_PATIENCE_S = 30.0
LEFTOVER_PATIENCE_S = 3.0


def supervisor_of(folder: DataFolder) -> Supervisor:
    """Return the way to talk to the folder's supervisord, alive or not."""
    # The real path, since the one through the data folder may be too long for a socket.
    return Supervisor(folder.sockets.resolve() / "supervisor.sock")


def stop_installation(folder: DataFolder) -> int:
    """Stop every process of the installation and return how many had to be found and ended.

    1. The worker and beat, which would start EA runners again.
    2. The EA runners, while gateway and broker still take their last words.
    3. supervisord, which stops our programs and then Redis and PostgreSQL.
    4. Whatever is left of a supervisord that was killed.
    """
    supervisor = supervisor_of(folder)
    with contextlib.suppress(SupervisorUnavailable):
        _stop_workers(supervisor)
    _stop_runners(folder)
    with contextlib.suppress(SupervisorUnavailable):
        _stop_supervisor(supervisor)
    count = stop_leftovers(folder)
    sockets.remove_short_folder(folder.sockets)
    return count


def stop_leftovers(folder: DataFolder) -> int:
    """End processes that no supervisor looks after, the database last and in its own way."""
    count = _stop_runners(folder)
    databases = leftovers.server_processes(postgres.PROCESS_NAMES, folder.postgres)
    marked = [process for process in leftovers.marked_processes(folder.root) if process not in databases]
    count += leftovers.stop(marked, LEFTOVER_PATIENCE_S)
    for names, data in ((redis.PROCESS_NAMES, folder.redis), (postgres.PROCESS_NAMES, folder.postgres)):
        count += leftovers.stop(leftovers.server_processes(names, data), LEFTOVER_PATIENCE_S)
    return count


def _stop_runners(folder: DataFolder) -> int:
    count = leftovers.stop(leftovers.runner_processes(folder.runners), RUNNER_PATIENCE_S)
    return count + containers.stop(folder, RUNNER_PATIENCE_S)


def _stop_workers(supervisor: Supervisor) -> None:
    states = supervisor.states()
    workers = [states[name] for name in ("beat", "worker") if name in states]
    supervisor.stop(workers)
    wait_until(_all_stopped(supervisor, [worker.name for worker in workers]), WORKER_PATIENCE_S, 0.05)


def _all_stopped(supervisor: Supervisor, names: list[str]) -> Callable[[], bool]:
    return lambda: all(state.is_stopped for name, state in supervisor.states().items() if name in names)


def _stop_supervisor(supervisor: Supervisor) -> None:
    supervisor.shut_down()
    deadline = time.monotonic() + SUPERVISOR_PATIENCE_S
    while supervisor.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
