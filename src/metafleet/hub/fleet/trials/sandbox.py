"""The sandbox, from outside: start it, give it the source, listen for so long and no longer, measure it.

The process shuts itself in before it loads anything (`metafleet.runner.cell`); here are the limits that
it could not lift if it wanted to: the cgroup where there is one, the clock, and how much is listened to.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from metafleet.hub.catalogue import records
from metafleet.hub.fleet.drivers.process import environment, limits
from metafleet.hub.fleet.drivers.process.users import Users

MEMORY_MB: Final = 256
CPU: Final = 1.0
CPU_S: Final = 20
"""The shipped EAs take 1 to 3 s."""
WALL_S: Final = 45.0
MOST_SAID: Final = 1024 * 1024
"""Bytes. A trial of many inputs and a full log says 60 KiB."""
_NUL: Final = b"\\u0000"


class SandboxFailed(Exception):
    """The sandbox could not be had; nothing is said of the EA."""


class _Told(msgspec.Struct, rename="camel"):
    """As `metafleet.runner.trial.Told`, believed field by field."""

    kind: str
    error: str = ""
    progress: float = 0.0
    declared: records.Declared | None = None
    schema: dict[str, Any] = {}
    figures: records.TrialFigures | None = None


@dataclass(slots=True)
class _Heard:
    """What was said so far."""

    declared: records.Declared | None = None
    schema: dict[str, Any] | None = None
    figures: records.TrialFigures | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _End:
    """How the process ended, measured here. code: below zero is a signal."""

    code: int
    wall_s: float
    cpu_s: float
    memory_mb: float


class Sandbox:
    """Makes trials under one folder of the data folder."""

    def __init__(self, home: Path, users: Users, *, cpu_s: int = CPU_S, wall_s: float = WALL_S) -> None:
        self._root = home / "trials" / "empty"
        self._users = users
        self._cpu_s = cpu_s
        self._wall_s = wall_s

    def try_out(self, source: str, on_progress: Callable[[float], None]) -> records.Outcome:
        """Run the EA over the sample market; return what came of it. Raises SandboxFailed.

        on_progress: is told 0 to 1, several times a second.
        """
        trial_id = uuid4()
        process, words = self._start(trial_id)
        began, heard, fault = time.monotonic(), _Heard(), ""
        try:
            _give(process, source)
            for line in _lines(process, self._wall_s):
                told = _read(line)
                if told.kind == "no_cell":
                    raise SandboxFailed(told.error[:400])
                _take(heard, told, on_progress)
        except _Unbelievable as nonsense:
            fault = str(nonsense)
        finally:
            end = _end(process, began, trial_id)
            limits.release(trial_id)
        error = fault or heard.error or _words_of(end, heard, self._cpu_s)
        return records.Outcome(
            error=error,
            declared=heard.declared,
            schema=heard.schema or {},
            figures=_measured(heard.figures, end, words),
        )

    def _start(self, trial_id: UUID) -> tuple[subprocess.Popen[bytes], str]:
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._root.chmod(0o555)
            user = self._users.spare()
            own_user = [] if user is None else ["--user", str(user)]
            process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [
                    *(sys.executable, "-m", "metafleet.runner.trial", "--root", str(self._root)),
                    *("--data-mb", str(limits.data_limit_mb(MEMORY_MB)), "--cpu-s", str(self._cpu_s)),
                    *own_user,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self._root,
                env=environment.of_runner(),
            )
        except OSError as refused:
            raise SandboxFailed(f"The sandbox could not be started: {refused}.") from refused
        words = limits.enforce(process.pid, trial_id, cpu=CPU, memory_mb=MEMORY_MB)
        alone = "its own user" if user is not None else "a user namespace"
        return process, f"{words}; {self._cpu_s} s of CPU; {alone}, no files, no network, no other process"


class _Unbelievable(Exception):
    """What was said is not what a trial says, or too much, or came too late."""


def _give(process: subprocess.Popen[bytes], source: str) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for by Popen
    with suppress(BrokenPipeError):
        process.stdin.write(source.encode())
        process.stdin.close()


def _lines(process: subprocess.Popen[bytes], within_s: float) -> Iterator[bytes]:
    """Yield whole lines until the process has said its last. Raises _Unbelievable."""
    assert process.stdout is not None  # noqa: S101 - asked for by Popen
    source, pending, said = process.stdout.fileno(), b"", 0
    deadline_s = time.monotonic() + within_s
    while True:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0 or not select.select([source], [], [], left_s)[0]:
            raise _Unbelievable(f"It did not come to an end within {within_s:.0f} s.")
        chunk = os.read(source, 65_536)
        if not chunk:
            return
        said += len(chunk)
        if said > MOST_SAID:
            raise _Unbelievable("It said more than a trial has to say.")
        *whole, pending = (pending + chunk).split(b"\n")
        yield from whole


def _read(line: bytes) -> _Told:
    try:
        if _NUL in line:
            raise msgspec.ValidationError("a text has a NUL character")
        return msgspec.json.decode(line, type=_Told)
    except msgspec.DecodeError as wrong:
        raise _Unbelievable(f"What it says of itself is not as it must be: {wrong}"[:400]) from wrong


def _take(heard: _Heard, told: _Told, on_progress: Callable[[float], None]) -> None:
    match told.kind:
        case "declared":
            heard.declared, heard.schema = told.declared, told.schema
        case "progress":
            on_progress(told.progress)
        case "done":
            heard.figures = told.figures
        case "failed":
            heard.error = told.error[:400] or "It failed and did not say why."


def _end(process: subprocess.Popen[bytes], began: float, trial_id: UUID) -> _End:
    """End it, whatever it does, and measure what it took.

    Where no cgroup has counted its memory the system's own count stands, which begins with ours.
    """
    wall_s = time.monotonic() - began
    if not _has_hung_up(process):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    memory_mb = limits.peak_mb(trial_id)
    return _End(
        code=process.returncode,
        wall_s=wall_s,
        cpu_s=used.ru_utime + used.ru_stime,
        memory_mb=used.ru_maxrss / 1000 if memory_mb is None else memory_mb,
    )


def _has_hung_up(process: subprocess.Popen[bytes]) -> bool:
    """Whether it is about to end by itself: it gets half a second for that."""
    deadline_s = time.monotonic() + 0.5
    while time.monotonic() < deadline_s:
        found = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is not None:
            return True
        time.sleep(0.01)
    return False


def _words_of(end: _End, heard: _Heard, cpu_s: int) -> str:
    """Return why a process that said nothing of it failed; "" for one that has not."""
    if heard.figures is not None and end.code == 0:
        return ""
    if end.cpu_s >= cpu_s - 1:
        return f"It used more than {cpu_s} s of processor time: a loop in it may never end."
    if end.code < 0:
        name = signal.Signals(-end.code).name
        return f"It was ended by {name}: it asked for more than {MEMORY_MB} MB, or broke Python itself."
    return f"It ended by itself in the middle of the trial, with code {end.code}."


def _measured(figures: records.TrialFigures | None, end: _End, words: str) -> records.TrialFigures:
    """Put what was measured here in the place of whatever was said of it."""
    told = figures or records.TrialFigures()
    return msgspec.structs.replace(
        told,
        equity=told.equity[:250],
        log=[line[:200] for line in told.log[:50]],
        wall_s=round(end.wall_s, 2),
        cpu_s=round(end.cpu_s, 2),
        memory_mb=round(end.memory_mb, 1),
        ticks_per_s=round(told.ticks / end.wall_s, 1) if end.wall_s > 0 else 0.0,
        limits=words,
    )
