"""Orders to a running supervisord over its Unix socket."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BACKOFF = "BACKOFF"
SHUTDOWN_STATE, FAILED_TO_SPAWN, ALREADY_STARTED, NOT_RUNNING = 6, 50, 60, 70
"""Fault codes of supervisord's XML-RPC interface (supervisor.xmlrpc.Faults)."""


class SupervisorUnavailable(Exception):
    """No supervisord takes orders on the socket."""


class SupervisorStopping(SupervisorUnavailable):
    """It was ordered to shut down and is still at it."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One program as supervisord sees it. Times are epoch seconds, 0 for never."""

    name: str
    group: str
    state: str
    pid: int
    started_at: int
    stopped_at: int

    @property
    def is_running(self) -> bool:
        return self.state in {"STARTING", "RUNNING"}

    @property
    def is_stopped(self) -> bool:
        return self.pid == 0 and self.state in {"STOPPED", "EXITED", "FATAL"}


class Supervisor:
    """A supervisord, by its socket. Every method raises SupervisorUnavailable when it is gone."""

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path

    def is_alive(self) -> bool:
        try:
            self._call("supervisor.getPID")
        except SupervisorStopping:
            return True
        except SupervisorUnavailable:
            return False
        return True

    def states(self) -> dict[str, ProcessState]:
        """Return every program's state by its name."""
        return {info["name"]: _state(info) for info in self._call("supervisor.getAllProcessInfo")}

    def start(self, states: Iterable[ProcessState]) -> None:
        """Order programs to be started, without waiting for it."""
        for state in states:
            self._order("supervisor.startProcess", state)

    def stop(self, states: Iterable[ProcessState]) -> None:
        """Order programs to be stopped, without waiting for it."""
        for state in states:
            self._order("supervisor.stopProcess", state)

    def retry_now(self, state: ProcessState) -> None:
        """Start a program that waits for its next attempt."""
        self._order("supervisor.stopProcess", state)
        self._order("supervisor.startProcess", state)

    def shut_down(self) -> None:
        """Order supervisord to stop all programs, group by group, and itself."""
        self._call("supervisor.shutdown")

    def _order(self, method: str, state: ProcessState) -> None:
        try:
            self._call(method, f"{state.group}:{state.name}", False)
        except xmlrpc.client.Fault as fault:
            # Somebody or something else was quicker, or the attempt failed and is retried.
            if fault.faultCode not in {ALREADY_STARTED, NOT_RUNNING, FAILED_TO_SPAWN}:
                raise

    def _call(self, method: str, *arguments: object) -> Any:
        proxy = xmlrpc.client.ServerProxy("http://supervisor", transport=_UnixTransport(self._socket_path))
        with proxy:
            try:
                return getattr(proxy, method)(*arguments)
            except xmlrpc.client.Fault as fault:
                if fault.faultCode == SHUTDOWN_STATE:
                    raise SupervisorStopping("supervisord is shutting down") from fault
                raise
            except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
                raise SupervisorUnavailable(f"no supervisord on {self._socket_path}: {error}") from error


def _state(info: dict[str, Any]) -> ProcessState:
    return ProcessState(
        name=info["name"],
        group=info["group"],
        state=info["statename"],
        pid=info["pid"],
        started_at=info["start"],
        stopped_at=info["stop"],
    )


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("supervisor", timeout=10.0)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(str(self._path))
        except OSError:
            self.close()
            raise


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        # Remembered as the base class does it, which closes it.
        connection = _UnixConnection(self._path)
        self._connection = (host, connection)
        return connection
