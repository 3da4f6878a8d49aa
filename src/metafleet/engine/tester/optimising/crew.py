"""Workers on all cores of this machine. One that dies loses its job to the next try, and is replaced."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final

import msgspec

from metafleet.engine.tester.optimising.job import MARKET_CACHE, Job, JobRefused, Outcome, failed
from metafleet.engine.tester.optimising.worker import Answer

ATTEMPTS: Final = 2
"""A worker may have died of something else than its job; twice is no accident."""

_WORKER: Final = "metafleet.engine.tester.optimising.worker"
_LAST_WORDS: Final = 300


class Crew:
    """So many worker processes, used as a context."""

    def __init__(
        self, size: int | None = None, *, market_cache: Path = MARKET_CACHE, limit_s: float | None = None
    ) -> None:
        """size: None for as many as this process has cores. limit_s: of one job; None for none.

        Nothing is started before the first job.
        """
        self.size = size or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else size or 1
        self._cache = market_cache
        self._limit_s = limit_s
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        self._seats: list[_Seat] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Yield the outcomes as they come, in any order.

        Raises JobRefused where a worker says that it can run none of them. Who stops asking closes the crew.
        """
        self._start(min(self.size, len(jobs)))
        for job in jobs:
            self._jobs.put(job)
        for _ in jobs:
            made = self._done.get()
            if isinstance(made, BaseException):
                raise made
            yield made

    def close(self) -> None:
        """End the workers at once, in the middle of their jobs."""
        for seat in self._seats:
            seat.close()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._seats.clear()

    def _start(self, count: int) -> None:
        while len(self._threads) < count:
            seat = _Seat(self._cache, self._limit_s)
            thread = threading.Thread(target=self._serve, args=(seat,), daemon=True)
            self._seats.append(seat)
            self._threads.append(thread)
            thread.start()

    def _serve(self, seat: _Seat) -> None:
        while not seat.is_closed and (job := self._jobs.get()) is not None:
            try:
                self._done.put(seat.outcome_of(job))
            except _Closed:
                return
            except BaseException as fault:  # noqa: BLE001 - it is raised where the outcomes are asked for
                self._done.put(fault)


class _Closed(Exception):
    """The crew is sent home; what its workers were at is of no interest."""


class _Seat:
    """The place of one worker, whichever process has it."""

    def __init__(self, market_cache: Path, limit_s: float | None) -> None:
        self.is_closed = False
        self._cache = market_cache
        self._limit_s = limit_s
        self._worker: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None
        self._said = ""
        self._is_ready = self._is_late = False
        self._changing = threading.Lock()

    def outcome_of(self, job: Job) -> Outcome:
        """Return the job's outcome, from a second worker if need be."""
        for _ in range(ATTEMPTS):
            answer = self._answer(msgspec.json.encode(job) + b"\n")
            if self.is_closed:
                raise _Closed
            if answer is None:
                self._let_go()
                if self._is_late:
                    return failed(job, f"it took longer than {self._limit_s:g} s")
                continue
            if answer.outcome is None:
                raise JobRefused(answer.refused)
            return answer.outcome
        return failed(job, f"its process ended, {ATTEMPTS} times: {self._said}")

    def close(self) -> None:
        """End the worker, and let no other one come."""
        with self._changing:
            self.is_closed = True
            self._end()

    def _answer(self, line: bytes) -> Answer | None:
        """Return what the worker says; None where it ended instead."""
        worker = self._hired()
        assert worker.stdin is not None  # noqa: S101 - pipes, both
        assert worker.stdout is not None  # noqa: S101
        try:
            if not self._is_ready and not worker.stdout.readline():
                return None
            self._is_ready = True
            with self._limited(worker):
                worker.stdin.write(line)
                worker.stdin.flush()
                said = worker.stdout.readline()
        except (OSError, ValueError):
            return None
        return msgspec.json.decode(said, type=Answer) if said.endswith(b"\n") else None

    @contextlib.contextmanager
    def _limited(self, worker: subprocess.Popen[bytes]) -> Iterator[None]:
        """End the worker when its job takes too long; `_is_late` says that it was so."""
        self._is_late = False
        if self._limit_s is None:
            yield
            return

        def end() -> None:
            self._is_late = True
            worker.kill()

        timer = threading.Timer(self._limit_s, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _hired(self) -> subprocess.Popen[bytes]:
        with self._changing:
            if self.is_closed:
                raise _Closed
            if self._worker is None or self._worker.poll() is not None:
                self._end()
                self._words = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
                # A session of its own: Ctrl-C is for the one who collects the outcomes.
                self._worker = subprocess.Popen(  # noqa: S603 - this Python
                    [sys.executable, "-m", _WORKER, str(self._cache)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._words,
                    start_new_session=True,
                )
            return self._worker

    def _let_go(self) -> None:
        """Put an end to a worker that did not answer, and remember what it said."""
        with self._changing:
            self._end()

    def _end(self) -> None:
        if self._worker is None or self._words is None:
            return
        self._worker.kill()
        self._worker.wait()
        self._words.seek(0)
        said = " ".join(self._words.read().decode(errors="replace").split())
        self._said = said[-_LAST_WORDS:] or "without a word"
        for pipe in (self._worker.stdin, self._worker.stdout, self._words):
            if pipe is not None:
                # What could not be written any more is of no interest.
                with contextlib.suppress(OSError):
                    pipe.close()
        self._worker = None
        self._is_ready = False
