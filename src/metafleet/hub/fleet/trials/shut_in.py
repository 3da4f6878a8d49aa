"""A process of ours that runs an EA's code: started, given its work, listened to, ended and measured.

It shuts itself in before it loads anything (`metafleet.runner.cell`); here are the limits that it could
not lift if it wanted to: the cgroup where there is one, the clock, and how much is listened to.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from metafleet.hub.fleet.drivers.process import environment, limits
from metafleet.hub.fleet.drivers.process.users import Users

NUL: Final = b"\\u0000"
HEED_EVERY_S: Final = 0.5


class SandboxFailed(Exception):
    """The sandbox could not be had; nothing is said of the EA."""


class Unbelievable(Exception):
    """What was said is not what such a process says, or too much, or came too late."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """memory_mb: used memory. cpu: cores. cpu_s: processor time, wall_s: time by the clock, both in seconds.
    most_said: bytes on standard output."""

    memory_mb: int
    cpu: float
    cpu_s: int
    wall_s: float
    most_said: int


@dataclass(frozen=True, slots=True)
class End:
    """How the process ended, measured here. code: below zero is a signal."""

    code: int
    wall_s: float
    cpu_s: float
    memory_mb: float


class ShutIn:
    """One such process. Whoever starts it ends it, whatever comes between."""

    def __init__(
        self, module: str, root: Path, users: Users, allowance: Allowance, *, in_cell: bool = True
    ) -> None:
        """Start `python -m module`. root: the folder that becomes all there is in a cell; it is made.

        in_cell: shut in wholly; else only limited, for code of ours. Raises SandboxFailed.
        """
        self._id: UUID = uuid4()
        self._allowance = allowance
        try:
            if in_cell:
                root.mkdir(parents=True, exist_ok=True, mode=0o700)
                root.chmod(0o555)
            user = users.spare() if in_cell else None
            cell = ["--root", str(root)] if in_cell else []
            own_user = [] if user is None else ["--user", str(user)]
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [
                    *(sys.executable, "-m", module, *cell, *own_user),
                    *("--data-mb", str(limits.data_limit_mb(allowance.memory_mb))),
                    *("--cpu-s", str(allowance.cpu_s)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd=root if in_cell else tempfile.gettempdir(),
                # Its one process may have no threads to reckon with.
                env={**environment.of_runner(), "OPENBLAS_NUM_THREADS": "1"},
            )
        except OSError as refused:
            raise SandboxFailed(f"The sandbox could not be started: {refused}.") from refused
        self._began_s = time.monotonic()
        words = limits.enforce(self._process.pid, self._id, cpu=allowance.cpu, memory_mb=allowance.memory_mb)
        self.words = f"{words}; {allowance.cpu_s} s of CPU"
        if in_cell:
            alone = "its own user" if user is not None else "a user namespace"
            self.words += f"; {alone}, no files, no network, no other process"

    @property
    def pid(self) -> int:
        return self._process.pid

    def give(self, work: bytes) -> None:
        """Hand its work over by standard input, however slowly it reads."""
        threading.Thread(target=self._write, args=(work,), daemon=True).start()

    def _write(self, work: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for by Popen
        with suppress(OSError, ValueError):
            self._process.stdin.write(work)
            self._process.stdin.close()

    def lines(self, heed: Callable[[], None] = lambda: None) -> Iterator[bytes]:
        """Yield whole lines until the process has said its last. Raises Unbelievable.

        heed: is called twice a second, whatever is said; what it raises ends the listening.
        """
        assert self._process.stdout is not None  # noqa: S101 - asked for by Popen
        source, pending, said = self._process.stdout.fileno(), bytearray(), 0
        deadline_s = self._began_s + self._allowance.wall_s
        heed_at_s = time.monotonic()
        while True:
            now_s = time.monotonic()
            if now_s >= deadline_s:
                raise Unbelievable(f"It did not come to an end within {self._allowance.wall_s:.0f} s.")
            if now_s >= heed_at_s:
                heed()
                heed_at_s = now_s + HEED_EVERY_S
            wait_s = max(0.0, min(deadline_s, heed_at_s) - time.monotonic())
            if not select.select([source], [], [], wait_s)[0]:
                continue
            chunk = os.read(source, 65_536)
            if not chunk:
                return
            said += len(chunk)
            if said > self._allowance.most_said:
                raise Unbelievable("It said more than it has to say.")
            pending += chunk
            if b"\n" in chunk:
                *whole, rest = bytes(pending).split(b"\n")
                pending = bytearray(rest)
                yield from whole

    def end(self) -> End:
        """End it, whatever it does, and measure what it took.

        Where no cgroup has counted its memory the system's own count stands, which begins with ours.
        """
        process, wall_s = self._process, time.monotonic() - self._began_s
        if not self._has_hung_up():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        memory_mb = limits.peak_mb(self._id)
        limits.release(self._id)
        return End(
            code=process.returncode,
            wall_s=wall_s,
            cpu_s=used.ru_utime + used.ru_stime,
            memory_mb=used.ru_maxrss / 1000 if memory_mb is None else memory_mb,
        )

    def _has_hung_up(self) -> bool:
        """Whether it is about to end by itself: it gets half a second for that."""
        deadline_s = time.monotonic() + 0.5
        while time.monotonic() < deadline_s:
            found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is not None:
                return True
            time.sleep(0.01)
        return False

    def why(self, end: End) -> str:
        """Return why a process that has not said so ended too early."""
        allowed = self._allowance
        if end.cpu_s >= allowed.cpu_s - 1:
            return f"It used more than {allowed.cpu_s} s of processor time: a loop in it may never end."
        if end.code < 0:
            name = signal.Signals(-end.code).name
            return (
                f"It was ended by {name}: it asked for more than {allowed.memory_mb} MB, "
                "or broke Python itself."
            )
        return f"It ended by itself before it was done, with code {end.code}."
