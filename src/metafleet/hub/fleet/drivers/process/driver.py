"""The process driver: each runner is a process of this machine, in a session of its own.

It is forked from a warmed parent (`nursery`), or started by itself where that cannot be, and
outlives both that and the worker. Its pid file finds it again, and says what the worker may
not have come to write down.

An instance's folder: `state/` belongs to its runner, and to its user where it has one; the
rest (`pid.json`, `exit.json`, the log) is ours, so that no runner can forge it.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

import psutil
from django.conf import settings

from metafleet.hub.fleet.drivers import machine
from metafleet.hub.fleet.drivers.contract import (
    DriverError,
    LogSlice,
    Machine,
    RuntimeSpec,
    Sight,
    Started,
)
from metafleet.hub.fleet.drivers.process import (
    census,
    environment,
    identity,
    limits,
    nursery,
    reach,
    users,
)

LOG_LIMIT_BYTES = 5_000_000
"""A log beyond this is turned over at the next start; one older log is kept."""

EXIT_NOTE_WITHIN_S: Final = 0.2
"""A child that has ended stays in the system's list until the nursery has written how."""

logger = logging.getLogger(__name__)


@cache
def create() -> ProcessDriver:
    """One for the process: it remembers its children, whose exit codes only a parent learns."""
    broker = (settings.RUNNER_BROKER_HOST, settings.BROKER_PORT)
    return ProcessDriver(Path(settings.DATA_DIR) / "runners", broker)


class ProcessDriver:
    name = "process"

    def __init__(self, home: Path, broker: reach.Address | None = None) -> None:
        """broker: what an uploaded EA may reach beside its gateway; without it none is started."""
        self._home = home
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._nursery = nursery.Nursery(home)
        self._users = users.Users(home)
        self._reach = reach.Reach(broker, home)

    def start(self, spec: RuntimeSpec) -> Started:
        folder = self._folder(spec.instance_id)
        if identity.living(_read_pid(folder)) is not None:
            raise DriverError("A runner of this instance is still alive.", permanent=False)
        user = self._prepare(folder)
        if not spec.is_shipped:
            self._reach.bound(user, spec.gateway_url)
        ticket, handed = os.pipe()
        with os.fdopen(handed, "wb") as hand:
            try:
                child = self._bear(folder, spec, ticket, user)
            finally:
                os.close(ticket)
            started = self._take_in(child, folder, spec, user)
            _hand_over(hand, spec)
        return started

    def close(self) -> None:
        """End the nursery, if this driver started it; its children live on."""
        self._nursery.close()

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        pid = handle or _read_pid(self._folder(instance_id))
        try:
            sight = _observe(identity.living(pid))
        except psutil.NoSuchProcess:  # it went between two looks
            sight = Sight(alive=False)
        if not sight.alive:
            limits.release(instance_id)
            return replace(sight, exit_code=self._exit_code(instance_id, pid))
        return sight if handle else replace(sight, started=_started(pid))

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        return census.living(handles)

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:
        process = identity.living(handle or _read_pid(self._folder(instance_id)))
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL if force else signal.SIGTERM)

    def isolation_gap(self) -> str:
        return self._reach.gap()

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

    def hosts(self) -> Sequence[Machine]:
        return [machine.this_machine()]

    def _folder(self, instance_id: UUID) -> Path:
        return self._home / str(instance_id)

    def _prepare(self, folder: Path) -> int | None:
        """Make the folder's two halves and return the runner's own user, where it has one."""
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        (folder / "exit.json").unlink(missing_ok=True)
        state = folder / "state"
        state.mkdir(exist_ok=True, mode=0o700)
        for earlier in folder.glob("outbox-*"):  # earlier releases kept them here
            earlier.replace(state / earlier.name)
        return self._users.settle(state)

    def _bear(self, folder: Path, spec: RuntimeSpec, ticket: int, user: int | None) -> int:
        """Return the pid of a new runner that waits for its ticket."""
        data_mb = limits.data_limit_mb(spec.memory_mb)
        with _open_log(folder) as log:
            if spec.is_shipped and nursery.is_possible():
                try:
                    return self._fork(folder, spec.instance_id, data_mb, user, (ticket, log.fileno()))
                except nursery.NurseryUnavailable as absent:
                    logger.warning("no nursery, so a runner is started by itself: %s", absent)
            return self._spawn(folder, spec, user, (ticket, log.fileno()))

    def _fork(
        self, folder: Path, instance_id: UUID, data_mb: int, user: int | None, pipes: tuple[int, int]
    ) -> int:
        state = os.open(folder / "state", os.O_RDONLY | os.O_DIRECTORY)
        try:
            request = {
                "name": f"ea-{instance_id.hex[:12]}",
                "folder": str(folder.absolute()),
                "dataMb": data_mb,
                "user": user,
            }
            return self._nursery.fork(request, [*pipes, state])
        finally:
            os.close(state)

    def _spawn(self, folder: Path, spec: RuntimeSpec, user: int | None, pipes: tuple[int, int]) -> int:
        ticket, log = pipes
        uploaded = [] if spec.is_shipped else ["--uploaded"]
        own_user = [] if user is None else ["--user", str(user)]
        child = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [
                sys.executable,
                "-m",
                "metafleet.runner",
                "--state-dir",
                ".",
                "--data-mb",
                str(limits.data_limit_mb(spec.memory_mb)),
                *own_user,
                *uploaded,
            ],
            stdin=ticket,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            close_fds=True,
            cwd=folder / "state",
            env=environment.of_runner(),
        )
        self._children[child.pid] = child
        return child.pid

    def _take_in(self, child: int, folder: Path, spec: RuntimeSpec, user: int | None) -> Started:
        """Write down who it is and limit it. Raises DriverError when it is gone already."""
        try:
            pid = identity.record_of(child)
        except psutil.Error as gone:
            raise DriverError("The runner ended before it took its work.", permanent=False) from gone
        _write_pid(folder, pid)
        enforced = limits.enforce(child, spec.instance_id, cpu=spec.cpu, memory_mb=spec.memory_mb)
        if user is not None:
            enforced += f"; its own user {user}"
        if not spec.is_shipped:
            enforced += f"; {reach.IN_WORDS}"
        started = Started(handle=pid, host=socket.gethostname(), limits=enforced)
        # Before the work is handed over: a runner that has work never lacks its whole record.
        _write_pid(folder, pid | {"host": started.host, "limits": started.limits})
        return started

    def _exit_code(self, instance_id: UUID, pid: dict[str, Any]) -> int | None:
        """How it ended: our own children tell us, the nursery's are written down."""
        child = self._children.get(pid.get("pid", -1))
        if child is None:
            return _noted_exit(self._folder(instance_id), pid)
        return None if child.poll() is None else self._children.pop(child.pid).returncode


def _hand_over(hand: BinaryIO, spec: RuntimeSpec) -> None:
    """Give the one-start token by the pipe: no command line, environment or file shows it."""
    work = {"gatewayUrl": spec.gateway_url, "assignmentToken": spec.assignment_token.reveal()}
    try:
        hand.write(json.dumps(work).encode() + b"\n")
        hand.close()
    except BrokenPipeError as error:
        raise DriverError("The runner ended before it took its work.", permanent=False) from error


def _open_log(folder: Path) -> BinaryIO:
    log = folder / "log.txt"
    if log.is_file() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(folder / "log.1.txt")
    return log.open("ab")


def _noted_exit(folder: Path, pid: dict[str, Any]) -> int | None:
    """What the nursery wrote of this process, waiting for it while that is still being written."""
    deadline_s = time.monotonic() + EXIT_NOTE_WITHIN_S
    while True:
        note = _read(folder / "exit.json")
        if note.get("pid") == pid.get("pid", -1):
            return int(note["exitCode"])
        if not identity.is_zombie(pid) or time.monotonic() > deadline_s:
            return None
        time.sleep(0.005)


def _read_pid(folder: Path) -> dict[str, Any]:
    return _read(folder / "pid.json")


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
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
