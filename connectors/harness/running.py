"""A compiled program as a test runs it: its events are called here, its questions answered here.

    with Running(binary, terminal, folder, inputs={"InpAddress": url}) as program:
        program.init()
        program.pass_time(60.0)

Everything outside the language is on this side: clock, files, web, the terminal. So a test can cut the power
before any one of the program's steps.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from connectors.harness.machine import Machine, MqlError

NO_SUCH_FUNCTION: Final = 4002


class Answering(Protocol):
    """A terminal: what the program asks of account, market and orders."""

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        """Return the answer's fields; None where this is no question for it. Raises MqlError."""


class Killed(Exception):
    """The program was killed at the step that the test had chosen."""


class Criticised(Exception):
    """The terminal would have stopped the program: an array out of range, a division by zero."""


class Running:
    """One life of a program, from its start to its end. `asked`: its questions so far, by name.

    kill_at: told of each question before it is answered; the power goes where it says so.
    mutant: which of those that it was compiled with it is.
    """

    def __init__(
        self,
        binary: Path,
        terminal: Answering,
        machine: Machine,
        inputs: Mapping[str, object] | None = None,
        *,
        kill_at: Callable[[list[str]], bool] | None = None,
        mutant: int = 0,
    ) -> None:
        self.machine = machine
        self.asked: list[str] = []
        self._kill_at = kill_at
        self._terminal = terminal
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._last_words: list[str] | None = None
        lines = "\n".join(f"{name}={_escaped(_text(value))}" for name, value in (inputs or {}).items())
        self._process = subprocess.Popen(
            [str(binary)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={
                **os.environ,
                "MQL_INPUTS": lines,
                "MQL_MUTANT": str(mutant),
                "ASAN_OPTIONS": "detect_leaks=0",
            },
        )
        if mutant:
            # It may go round in circles, or ask for all the memory that there is.
            resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (1, 1))
            resource.prlimit(self._process.pid, resource.RLIMIT_AS, (1 << 30, 1 << 30))
        machine.timer_ms = 0
        machine.is_stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up: the program ends without a word, as when its terminal is killed."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self.machine.let_go(self)
        if self._last_words is not None:
            return
        self._last_words = self.log
        self._said.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def log(self) -> list[str]:
        """What it printed, and what the shim has against it."""
        if self._last_words is not None:
            return self._last_words
        self._said.seek(0)
        return self._said.read().decode(errors="replace").splitlines()

    @property
    def faults(self) -> list[str]:
        """What a terminal lets pass and a program must not do; the sanitizers' words."""
        return [line for line in self.log if not line.startswith("EA ")]

    def init(self) -> int:
        return self.event("init")

    def deinit(self, reason: int = 1) -> None:
        """reason: 1 is removed, 3 the chart changed, 5 new inputs, 9 the terminal closes."""
        self.event("deinit", reason)
        self.machine.timer_ms = 0

    def tick(self) -> None:
        self.event("tick")

    def timer(self) -> None:
        self.event("timer")

    def pass_time(self, seconds: float) -> None:
        """Let time go by; the program's timer is called as often as it falls due, never twice at once."""
        machine = self.machine
        end_msc = machine.now_msc() + int(seconds * 1000)
        while machine.timer_ms and not machine.is_stopped:
            next_msc = max(machine.timer_at_msc, machine.now_msc())
            if next_msc > end_msc:
                break
            machine.advance_to(next_msc)
            machine.timer_at_msc = next_msc + machine.timer_ms
            self.timer()
        machine.advance_to(max(end_msc, machine.now_msc()))

    def event(self, name: str, *fields: object) -> int:
        """Call an event and answer its questions until it returns. Raises Killed, Criticised."""
        self._send("\t".join([name, *(_escaped(_text(one)) for one in fields)]))
        while True:
            line = self._line()
            if line.startswith(">"):
                return int(line[1:])
            if line.startswith("!"):
                raise Criticised(_plain(line[1:]))
            if line.startswith("?"):
                self._send(self._answered(line[1:]))

    def _answered(self, question: str) -> str:
        name, *arguments = (_plain(one) for one in question.split("\t"))
        self.asked.append(name)
        if self._kill_at is not None and self._kill_at(self.asked):
            self.machine.cut_power(self)
            self.close()
            raise Killed
        try:
            fields = self.machine.answer(name, arguments, self)
            if fields is None:
                fields = self._terminal.answer(name, arguments)
            if fields is None:
                raise MqlError(NO_SUCH_FUNCTION)
        except MqlError as error:
            return f"!{error.number}"
        return "=" + "\t".join(_escaped(_text(one)) for one in fields)

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode("utf-8", "surrogateescape") + b"\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Criticised("the program ended: " + "\n".join(self.log[-30:]))
        return line[:-1].decode("utf-8", "surrogateescape")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return repr(value) if isinstance(value, float) else str(value)


_ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"}
_PLAIN: Final[Mapping[str, str]] = {"t": "\t", "n": "\n", "r": "\r", "0": "\0"}


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(one, one) for one in text)


def _plain(text: str) -> str:
    found: list[Any] = []
    letters = iter(text)
    for one in letters:
        if one == "\\":
            after = next(letters, "")
            found.append(_PLAIN.get(after, after))
        else:
            found.append(one)
    return "".join(found)
