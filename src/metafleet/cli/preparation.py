"""Migrating and seeding the database in a forked child.

A child, so that Django's memory is given back before the processes that stay are started, and
so that its imports overlap with the start of the servers.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from metafleet.cli.refusal import Refused

Say = Callable[[str], None]


class PreparationRefused(Refused):
    """The database could not be reached, migrated or seeded."""


class Preparation:
    """The child: made at once, told to go on when the servers are ready."""

    def __init__(
        self, environment: Mapping[str, str], log: Path, lock: int, *, may_contract: bool = True
    ) -> None:
        """lock: the data folder's lock, which must not outlive the parent in the child.

        may_contract: whether migrations may take away what the version before needs.
        """
        go_read, self._go = os.pipe()
        answers, answers_write = os.pipe()
        self._log = log
        self._pid = os.fork()
        if self._pid == 0:
            for descriptor in (self._go, answers, lock):
                os.close(descriptor)
            answer = os.fdopen(answers_write, "w", buffering=1)
            _child(_Child(go_read, answer, environment, log, may_contract))
        os.close(go_read)
        os.close(answers_write)
        self._answers = os.fdopen(answers)

    def run(self, say: Say) -> None:
        """Let the child go on and wait for its end; say receives progress lines.

        Raises PreparationRefused when the database cannot be prepared.
        """
        os.write(self._go, b"1")
        for line in self._answers:
            match json.loads(line):
                case {"say": str(text)}:
                    say(text)
                case {"refused": str(text)}:
                    raise PreparationRefused(text)
        if self._wait() != 0:
            raise PreparationRefused(f"Preparing the database ended early; the details are in {self._log}.")

    def close(self) -> None:
        """End the child if it still runs."""
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._wait()
        self._answers.close()
        os.close(self._go)

    def _wait(self) -> int:
        pid, self._pid = self._pid, 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@dataclass(frozen=True, slots=True)
class _Child:
    """What the child works with; go is readable when the servers are ready or the parent is gone."""

    go: int
    answers: IO[str]
    environment: Mapping[str, str]
    log: Path
    may_contract: bool

    def answer(self, **message: str) -> None:
        print(json.dumps(message), file=self.answers, flush=True)


def _child(child: _Child) -> NoReturn:
    code = 1
    try:
        # Ctrl-C reaches the whole foreground group; the parent decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        _redirect_output(child.log)
        code = _prepare(child)
    finally:
        sys.stdout.flush()
        os._exit(code)


def _redirect_output(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _prepare(child: _Child) -> int:
    try:
        _run(child)
    except SystemExit as refusal:
        child.answer(refused=str(refusal))
    except Exception as error:  # noqa: BLE001 - reported to the parent, which fails
        traceback.print_exc()
        summary = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        child.answer(refused=f"The database could not be prepared ({summary}); see {child.log}.")
    return 0


def _run(child: _Child) -> None:
    os.environ.clear()
    os.environ.update(child.environment)
    import django

    # Long before the servers are ready, so that their start and these imports overlap.
    django.setup()
    from metafleet.hub.config import startup

    if os.read(child.go, 1) != b"1":
        raise SystemExit("The start was given up.")
    _end_with_parent(child.go)
    startup.prepare(lambda text: child.answer(say=text), may_contract=child.may_contract)


def _end_with_parent(go: int) -> None:
    """End this process when the parent is gone: its end of the pipe is then closed."""

    def watch() -> None:
        os.read(go, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
