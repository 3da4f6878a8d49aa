"""The embedded servers without a supervisor, for as long as a block runs: tests and `migrate`."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from metafleet.cli.embedded import postgres
from metafleet.cli.servers import Servers

STOP_TIMEOUT_S = 20.0


@contextmanager
def serving(servers: Servers, logs: Path) -> Iterator[None]:
    """Start the servers that are ours to run, wait until they are ready, stop them after the block.

    servers: as laid out in a data folder that nobody else uses.
    Raises Refused when a cluster cannot be made or a server does not become ready.
    """
    with ExitStack() as stack:
        if servers.postgres:
            postgres.ensure_cluster(servers.postgres)
            command, log = servers.postgres.command(), logs / "postgres.log"
            stack.enter_context(running(command, servers.postgres.data, log, signal.SIGINT))
        if servers.redis:
            command, log = servers.redis.command(), logs / "redis.log"
            stack.enter_context(running(command, servers.redis.data, log, signal.SIGTERM))
        servers.wait_until_ready(logs)
        yield


@contextmanager
def running(
    command: Sequence[str], work_folder: Path, log: Path, stop_signal: signal.Signals
) -> Iterator[None]:
    """Run a server while the block does, and then stop it; log: gets what it says."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=work_folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(stop_signal)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
