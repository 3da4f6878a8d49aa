"""Starting supervisord itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from metafleet.cli.readiness import wait_until
from metafleet.cli.refusal import Refused
from metafleet.cli.supervision.client import Supervisor

START_TIMEOUT_S = 20.0


class SupervisorRefused(Refused):
    """supervisord ended right after it was started."""


def start_supervisor(
    config: Path, environment: Mapping[str, str], log: Path, supervisor: Supervisor
) -> subprocess.Popen[bytes]:
    """Start supervisord and wait until it takes orders.

    It gets a session of its own, so that a terminal's Ctrl-C does not reach it and its programs
    before they are stopped in order.
    Raises SupervisorRefused.
    """
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=config.parent,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
        )
    if not wait_until(lambda: supervisor.is_alive() or process.poll() is not None, START_TIMEOUT_S):
        raise SupervisorRefused(f"supervisord did not answer within {START_TIMEOUT_S:.0f} s; see {log}.")
    if process.poll() is not None:
        raise SupervisorRefused(f"supervisord ended with code {process.returncode}; see {log}.")
    return process
