"""The whole product, started as a person starts it, for tests that kill parts of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote

import psutil

from metafleet.cli import leftovers
from metafleet.cli.data_folder import DataFolder
from metafleet.cli.readiness import answers_ready, wait_until
from metafleet.cli.settings import LOOPBACK
from metafleet.cli.shutdown import stop_installation, supervisor_of
from metafleet.cli.supervision.client import SupervisorUnavailable

PORT_SETTINGS = ("METAFLEET_WEB_PORT", "METAFLEET_GATEWAY_PORT", "METAFLEET_BROKER_PORT")
START_TIMEOUT_S = 300.0
RESTART_TIMEOUT_S = 300.0
STOP_TIMEOUT_S = 60.0

OUTER_SERVERS = ("DATABASE_URL", "REDIS_URL")
"""Servers of the surrounding test session; a stack brings its own unless they are given to it."""


class StackFailed(Exception):
    """The product did not start or did not come back; the message has what it said."""


class Stack:
    """One installation in a data folder of its own, on free ports.

    Use as a context manager: it is started by `start()` and taken down for certain at the end.
    """

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        """environment: settings such as METAFLEET_MARKET_SOURCE, beside a data folder and ports."""
        ports = dict(zip(PORT_SETTINGS, free_ports(len(PORT_SETTINGS)), strict=True))
        inherited = {name: value for name, value in os.environ.items() if name not in OUTER_SERVERS}
        chosen = {name: str(port) for name, port in ports.items()}
        self.environment = {
            **inherited,
            **chosen,
            # A test makes operators of people who sign in by password alone.
            "METAFLEET_OPERATORS_NEED_MFA": "false",
            # Its copies would slow down every test; those that are about them say so.
            "METAFLEET_BACKUPS": "false",
            # EAs on past bars, for advice: they would only slow down what a flow waits for.
            "METAFLEET_ADVISOR_PROCESSES": "0",
            **(environment or {}),
            "METAFLEET_DATA_DIR": str(data_dir),
        }
        self.folder = DataFolder(data_dir)
        self.web_port = int(self.environment["METAFLEET_WEB_PORT"])
        self.gateway_port = int(self.environment["METAFLEET_GATEWAY_PORT"])
        self.broker_port = int(self.environment["METAFLEET_BROKER_PORT"])
        self.web_url = f"http://{LOOPBACK}:{self.web_port}"
        self.gateway_url = f"http://{LOOPBACK}:{self.gateway_port}"
        self.output = data_dir.with_name(f"{data_dir.name}.up.log")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Stack:
        return self

    def __exit__(self, *_: object) -> None:
        """End it without its last words, which nobody reads any more; engines get theirs."""
        if self.process is not None and "METAFLEET_FLEET_DRIVER" not in self.environment:
            self.process.kill()
            # supervisord is the oldest of them, and starts none of the others again.
            for process in leftovers.marked_processes(self.folder.root):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self.stop()

    @property
    def database_url(self) -> str:
        """The embedded database, as its superuser."""
        given = self.environment.get("DATABASE_URL")
        sockets = quote(str(self.folder.sockets.resolve() / "postgres"), safe="")
        return given or f"postgresql://metafleet@/metafleet?host={sockets}"

    def start(self) -> None:
        """Run `metafleet up` and return when it is ready. Raises StackFailed."""
        self.spawn()
        self.wait_until_ready()

    def spawn(self) -> None:
        """Run `metafleet up` without waiting for anything."""
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "metafleet.cli", "up"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Wait for the product's own word that it is ready. Raises StackFailed."""
        process = self._process()
        wait_until(lambda: process.poll() is not None or "Ready after" in self.said(), START_TIMEOUT_S)
        if process.poll() is not None or "Ready after" not in self.said():
            raise StackFailed(f"`metafleet up` did not become ready:\n{self.said()}")

    def running(self) -> psutil.Process:
        """The `metafleet up` process."""
        return psutil.Process(self._process().pid)

    def said(self) -> str:
        """What `metafleet up` has printed."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def pid(self, name: str) -> int:
        """Process id of postgres, redis, broker, gateway, web, worker, judge or beat; 0 while it is down."""
        try:
            return supervisor_of(self.folder).states()[name].pid
        except SupervisorUnavailable:
            return 0

    def runner_pids(self) -> list[int]:
        """Process ids of the living EA runners."""
        return [process.pid for process in leftovers.runner_processes(self.folder.runners)]

    def kill(self, name: str) -> int:
        """Send SIGKILL to one program, as a crash does; return the process id that it had.

        One that is starting again, as after another's end, is waited for.
        """
        wait_until(lambda: self.pid(name) != 0, RESTART_TIMEOUT_S)
        pid = self.pid(name)
        if not pid:
            raise StackFailed(f"{name} is not running, so it cannot be killed.")
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until_back(self, name: str, killed_pid: int, timeout_s: float = RESTART_TIMEOUT_S) -> None:
        """Wait for a killed program to run and, where it serves HTTP, to answer. Raises StackFailed."""
        ports = {"web": self.web_port, "gateway": self.gateway_port}

        def is_back() -> bool:
            if self.pid(name) in {0, killed_pid}:
                return False
            return name not in ports or answers_ready(LOOPBACK, ports[name])

        if not wait_until(is_back, timeout_s, 0.05):
            log = (self.folder.logs / f"{name}.log").read_text(errors="replace")[-4000:]
            raise StackFailed(f"{name} was not back within {timeout_s} s; its log ends with:\n{log}")

    def stop(self) -> None:
        """Stop everything as Ctrl-C does, then whatever should be left."""
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        stop_installation(self.folder)

    def _process(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise StackFailed("This stack has not been started.")
        return self.process


def free_ports(count: int) -> list[int]:
    """Return that many different ports that nobody listens on at this moment."""
    with ExitStack() as probes:
        found = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in found:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in found]
