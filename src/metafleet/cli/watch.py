"""Staying beside a running installation: telling of crashes, and shortening long waits."""

from __future__ import annotations

import subprocess
import time

from metafleet.cli.preparation import Say
from metafleet.cli.supervision.client import BACKOFF, ProcessState, Supervisor, SupervisorUnavailable

POLL_S = 1.0
MAX_WAIT_S = 5.0
"""supervisord waits a second longer after every failed start; a cause may have gone long before."""


def watch(supervisor: Supervisor, process: subprocess.Popen[bytes], say: Say) -> None:
    """Look after the programs until supervisord ends.

    say receives a line when a program had to be started again.
    """
    pids: dict[str, int] = {}
    while process.poll() is None:
        try:
            for state in supervisor.states().values():
                _look_after(supervisor, state, pids, say)
        except SupervisorUnavailable:
            # It ends, which the loop's condition tells, or is busy for a moment.
            pass
        time.sleep(POLL_S)


def _look_after(supervisor: Supervisor, state: ProcessState, pids: dict[str, int], say: Say) -> None:
    if state.state == BACKOFF and time.time() - state.stopped_at > MAX_WAIT_S:
        supervisor.retry_now(state)
    if state.pid:
        if pids.get(state.name, state.pid) != state.pid:
            say(f"The {state.name} process ended unexpectedly and was started again (logs/{state.name}.log).")
        pids[state.name] = state.pid
