"""The process driver: each runner is a process of this machine, in a session of its own.

It outlives the worker that started it. Its pid file, written beside its state, finds
it again, and says what the worker may not have come to write down.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
from django.conf import settings

from metafleet.hub.fleet.drivers.contract import DriverError, LogSlice, RuntimeSpec, Sight, Started
from metafleet.hub.fleet.drivers.process import identity, limits

LOG_LIMIT_BYTES = 5_000_000
"""A log beyond this is turned over at the next start; one older log is kept."""


@cache
def create() -> ProcessDriver:
    """One for the process: it remembers its children, whose exit codes only a parent learns."""
    return ProcessDriver(Path(settings.DATA_DIR) / "runners")


class ProcessDriver:
    name = "process"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, spec: RuntimeSpec) -> Started:
        folder = self._folder(spec.instance_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if identity.living(_read_pid(folder)) is not None:
            raise DriverError("A runner of this instance is still alive.", permanent=False)
        child = self._spawn(folder, spec)
        pid = identity.record_of(child.pid)
        _write_pid(folder, pid)
        enforced = limits.enforce(child.pid, spec.instance_id, cpu=spec.cpu, memory_mb=spec.memory_mb)
        started = Started(handle=pid, host=socket.gethostname(), limits=enforced)
        # Before the work is handed over: a runner that has work never lacks its whole record.
        _write_pid(folder, pid | {"host": started.host, "limits": started.limits})
        self._hand_over(child, spec)
        return started

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        pid = handle or _read_pid(self._folder(instance_id))
        try:
            sight = _observe(identity.living(pid))
        except psutil.NoSuchProcess:  # it went between two looks
            sight = Sight(alive=False)
        if not sight.alive:
            limits.release(instance_id)
            return replace(sight, exit_code=self._exit_code(pid))
        return sight if handle else replace(sight, started=_started(pid))

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:
        process = identity.living(handle or _read_pid(self._folder(instance_id)))
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL if force else signal.SIGTERM)

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        file = self._folder(instance_id) / "log.txt"
        if not file.is_file():
            return LogSlice([], 0)
        size = file.stat().st_size
        start = max(0, size - most_bytes) if offset is None else offset
        if start > size:  # the log was turned over since
            start = 0
        with file.open("rb") as log:
            log.seek(start)
            chunk = log.read(most_bytes)
        whole = chunk[: chunk.rfind(b"\n") + 1]
        lines = whole.decode(errors="replace").splitlines()
        cut_first_line = offset is None and start > 0
        return LogSlice(lines[1:] if cut_first_line else lines, start + len(whole))

    def _folder(self, instance_id: UUID) -> Path:
        return self._home / str(instance_id)

    def _spawn(self, folder: Path, spec: RuntimeSpec) -> subprocess.Popen[bytes]:
        log_file = folder / "log.txt"
        if log_file.is_file() and log_file.stat().st_size > LOG_LIMIT_BYTES:
            log_file.replace(folder / "log.1.txt")
        with log_file.open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", "metafleet.runner", "--state-dir", str(folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                close_fds=True,
                cwd=folder,
                env=_environment(),
                preexec_fn=limits.before_exec(spec.memory_mb),  # noqa: PLW1509 - rlimits only
            )
        self._children[child.pid] = child
        return child

    def _hand_over(self, child: subprocess.Popen[bytes], spec: RuntimeSpec) -> None:
        """Give the one-start token by the pipe: no command line, environment or file shows it."""
        work = {"gatewayUrl": spec.gateway_url, "assignmentToken": spec.assignment_token.reveal()}
        assert child.stdin is not None  # noqa: S101 - asked for by Popen
        try:
            child.stdin.write(json.dumps(work).encode() + b"\n")
            child.stdin.close()
        except BrokenPipeError as error:
            raise DriverError("The runner ended before it took its work.", permanent=False) from error

    def _exit_code(self, pid: dict[str, Any]) -> int | None:
        child = self._children.get(pid.get("pid", -1))
        if child is None or child.poll() is None:
            return None
        return self._children.pop(child.pid).returncode


def _environment() -> dict[str, str]:
    """Only what a Python program needs: the hub's own settings and secrets stay behind."""
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": "1",
        "MALLOC_ARENA_MAX": "2",
        "METAFLEET_RUNNER": "1",
    }


def _read_pid(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "pid.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _write_pid(folder: Path, record: dict[str, Any]) -> None:
    fresh = folder / "pid.new"
    fresh.write_text(json.dumps(record), encoding="utf-8")
    fresh.replace(folder / "pid.json")


def _observe(process: psutil.Process | None) -> Sight:
    """Raises psutil.NoSuchProcess for one that ends meanwhile."""
    if process is None:
        return Sight(alive=False)
    with process.oneshot():
        times = process.cpu_times()
        age = max(time.time() - process.create_time(), 0.001)
        return Sight(
            alive=True,
            cpu_percent=round(100 * (times.user + times.system) / age, 1),
            memory_mb=round(process.memory_info().rss / 1e6, 1),
        )


def _started(record: dict[str, Any]) -> Started | None:
    """What the start returned, from the pid file; None while it is in the middle of it."""
    if "limits" not in record:
        return None
    handle = {name: value for name, value in record.items() if name not in {"host", "limits"}}
    return Started(handle=handle, host=record["host"], limits=record["limits"])
