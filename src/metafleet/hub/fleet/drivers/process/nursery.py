"""How the driver asks the warmed parent (`metafleet.runner.nursery`) for a child.

The nursery is one process per machine and data folder. It is started when it is first wanted,
and again when it is gone or has imported other code than is installed now.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import metafleet
from metafleet.hub.fleet.drivers.process import environment

ANSWER_WITHIN_S: Final = 10.0
READY_WITHIN_S: Final = 20.0
"""It imports what a runner needs: 0.1 s, on a machine that does much else many times that."""

_SOCKET: Final = "nursery.sock"
_PACKAGES: Final = ("wire", "engine", "runner")

logger = logging.getLogger(__name__)


class NurseryUnavailable(Exception):
    """No child came of it; a runner can be started by itself instead."""


def is_possible() -> bool:
    """Fork after imports is sound on Linux; macOS's own libraries do not survive it."""
    return sys.platform == "linux"


def code_mark() -> str:
    """Return what changes when the code that a runner imports does: files' names, sizes and times."""
    digest = hashlib.sha256(f"{sys.executable} {sys.version}".encode())
    for package in _PACKAGES:
        # At each start: a walk by plain strings takes half a millisecond, by paths three.
        for folder, folders, files in os.walk(f"{metafleet.__path__[0]}/{package}"):
            folders[:] = sorted(name for name in folders if name not in {"tests", "__pycache__"})
            for name in sorted(files):
                stat = os.stat(f"{folder}/{name}")
                digest.update(f"{folder}/{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


class Nursery:
    """The way to the nursery of one folder; safe to use from several threads and processes."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self, request: Mapping[str, Any], fds: list[int]) -> int:
        """Return the pid of a new child that has these descriptors. Raises NurseryUnavailable."""
        mark = code_mark()
        wanted = {**request, "code": mark}
        try:
            return self._ask(wanted, fds)
        except NurseryUnavailable as absent:
            logger.info("starting a nursery: %s", absent)
        with self._alone():
            try:
                return self._ask(wanted, fds)  # another thread may have started it meanwhile
            except NurseryUnavailable:
                self._start(mark)
        return self._ask(wanted, fds)

    def close(self) -> None:
        """End the process, where this object started it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait()

    def _ask(self, request: Mapping[str, Any], fds: list[int]) -> int:
        try:
            with self._connection() as connection:
                socket.send_fds(connection, [json.dumps(request).encode()], fds)
                with connection.makefile("rb") as answers:
                    answer = json.loads(answers.readline() or b"{}")
        except (OSError, ValueError) as trouble:
            raise NurseryUnavailable(f"no answer: {trouble}") from trouble
        if "pid" not in answer:
            raise NurseryUnavailable(answer.get("error", "it ended in the middle"))
        return int(answer["pid"])

    @contextlib.contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        # A socket's path may have 107 bytes, a data folder's may have more: go by the descriptor.
        folder = os.open(self._home, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(ANSWER_WITHIN_S)
                connection.connect(f"/proc/self/fd/{folder}/{_SOCKET}")
                yield connection
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._home / "nursery.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self, mark: str) -> None:
        """Start one and wait until it listens. Raises NurseryUnavailable."""
        if self._process is not None:
            self._process.wait(READY_WITHIN_S)  # it has given up the socket's name
        with (self._home / "nursery.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", "metafleet.runner.nursery", "--code", mark],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                cwd=self._home,
                env=environment.of_nursery(),
            )
        self._process = process
        assert process.stdout is not None  # noqa: S101 - asked for by Popen
        with process.stdout as ready:
            is_there, _, _ = select.select([ready], [], [], READY_WITHIN_S)
            if not is_there or not ready.readline():
                process.kill()
                process.wait()
                raise NurseryUnavailable(f"it did not start; see {self._home / 'nursery.log'}")
