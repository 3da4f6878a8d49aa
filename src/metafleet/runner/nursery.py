"""`python -m metafleet.runner.nursery --code MARK`: the warmed parent of this machine's runners.

It has imported everything once and forks a runner for each request that comes over the Unix
socket `nursery.sock` in its working folder. A child shares the parent's memory until it writes
to it, so it starts in milliseconds and has little of its own; it is a process with its own
session, user, limits, folder and log all the same, and outlives the parent.

The nursery never holds a secret: a child reads its ticket from a pipe that the request brings,
and the nursery only passes the pipe on. It has one thread, because a fork copies only one.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import select
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from metafleet.runner import __main__ as runner
from metafleet.runner import confinement, warmth
from metafleet.wire import loglines

SOCKET: Final = "nursery.sock"
READY: Final = b"ready\n"
FDS: Final = 3
MAX_REQUEST_BYTES: Final = 16 * 1024
ANSWER_WITHIN_S: Final = 2.0
WATCH_S: Final = 2.0
"""How often it looks whether it is still wanted."""
IDLE_S: Final = 600.0
"""With no child and no request for so long it ends: the next request starts another."""

logger = logging.getLogger("metafleet.nursery")


class Request(msgspec.Struct, frozen=True, rename="camel"):
    """What to fork. code: whose code is expected. folder: where the exit code is written."""

    code: str
    name: str
    folder: str
    data_mb: int
    user: int | None = None


class Nursery:
    """Serves requests over `listener`. code: the mark of the code that it has imported."""

    def __init__(self, listener: socket.socket, code: str) -> None:
        self._listener = listener
        self._code = code
        self._folders: dict[int, Path] = {}
        self._busy_at_s = time.monotonic()
        self._is_outdated = False
        self._to_close: tuple[int, ...] = ()

    def serve(self) -> None:
        """Fork on request until nobody wants this nursery any more."""
        woken, wake = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        own = os.stat(SOCKET).st_ino
        self._to_close = (woken, wake, self._listener.fileno())
        sources: list[socket.socket | int] = [self._listener, woken]
        while self._is_wanted(own):
            ready, _, _ = select.select(sources, [], [], WATCH_S)
            if woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(woken, 4096)
            if self._listener in ready:
                self._take_request()
            self._bury()

    def _is_wanted(self, own: int) -> bool:
        """Whether the socket in the folder is still ours, and somebody may come to it."""
        if self._folders:
            self._busy_at_s = time.monotonic()
        try:
            is_ours = os.stat(SOCKET).st_ino == own
        except OSError:
            return False
        return is_ours and not self._is_outdated and time.monotonic() - self._busy_at_s < IDLE_S

    def _take_request(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(ANSWER_WITHIN_S)
            try:
                if not _is_ours(connection):
                    return
                body, fds, _, _ = socket.recv_fds(connection, MAX_REQUEST_BYTES, FDS)
                answer = self._answer(body, fds, connection)
                connection.sendall(json.dumps(answer).encode() + b"\n")
            except OSError as gone:
                logger.warning("a request was not answered: %s", gone)
        self._busy_at_s = time.monotonic()

    def _answer(self, body: bytes, fds: list[int], connection: socket.socket) -> dict[str, object]:
        try:
            request = msgspec.json.decode(body, type=Request)
            if request.code != self._code:
                self._is_outdated = True
                return {"error": "other code was imported here"}
            if len(fds) != FDS:
                return {"error": f"{FDS} descriptors expected, {len(fds)} came"}
            return {"pid": self._fork(request, fds, connection)}
        except (msgspec.DecodeError, OSError) as fault:
            return {"error": str(fault)}
        finally:
            for fd in fds:
                os.close(fd)

    def _fork(self, request: Request, fds: list[int], connection: socket.socket) -> int:
        pid = os.fork()
        if pid == 0:
            _become_runner(request, fds, (*self._to_close, connection.fileno()))
        self._folders[pid] = Path(request.folder)
        return pid

    def _bury(self) -> None:
        """Write down how each child ended, and only then let the system forget it."""
        while self._folders:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
            folder = self._folders.pop(ended.si_pid, None)
            if folder is not None:
                _write_exit(folder, ended.si_pid, code)
            os.waitpid(ended.si_pid, 0)


def _become_runner(request: Request, fds: list[int], to_close: tuple[int, ...]) -> NoReturn:
    """In the child: leave everything of the nursery behind, run, and end without coming back."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        ticket, log, state = fds
        for kept, number in ((ticket, 0), (log, 1), (log, 2)):
            os.dup2(kept, number)
        os.fchdir(state)
        for fd in (*fds, *to_close):
            os.close(fd)
        confinement.name_process(request.name)
        gc.enable()
        limits = confinement.Confinement(data_mb=request.data_mb, user=request.user)
        code = runner.run_in(Path(), limits, is_forked=True)
    except BaseException:
        logger.exception("the runner could not go on")
    finally:
        logging.shutdown()
        os._exit(code)


def _is_ours(connection: socket.socket) -> bool:
    """Whether the asker is the user that the nursery runs as."""
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", found)[1] == os.geteuid())


def _write_exit(folder: Path, pid: int, code: int) -> None:
    """The folder may be gone by now; then nobody asks."""
    with contextlib.suppress(OSError):
        fresh = folder / "exit.new"
        fresh.write_text(json.dumps({"pid": pid, "exitCode": code}), encoding="utf-8")
        fresh.replace(folder / "exit.json")


def _listen() -> socket.socket:
    """Take the socket's name over from whoever had it; that one notices and ends."""
    fresh = f"{SOCKET}.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(fresh)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(fresh)
    os.chmod(fresh, 0o600)
    listener.listen(128)
    os.rename(fresh, SOCKET)
    return listener


def main(arguments: list[str] | None = None) -> int:
    """Serve in the working folder; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m metafleet.runner.nursery", description=__doc__)
    parser.add_argument("--code", required=True, help="mark of the code that the driver sees")
    code: str = parser.parse_args(arguments).code
    loglines.to(sys.stderr)
    warmth.warm_up()
    logging.getLogger().handlers.clear()  # each runner logs to its own file
    listener = _listen()
    gc.collect()
    # What lives now is never looked at again by the collector: that would copy it in each child.
    gc.freeze()
    os.write(sys.stdout.fileno(), READY)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Nursery(listener, code).serve()
    return 0


if __name__ == "__main__":
    gc.disable()
    sys.exit(main())
