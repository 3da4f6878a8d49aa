"""The shared headers, function by function: a program that calls what a script says (programs/Probe.mqh)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.harness.machine import Machine
from connectors.harness.running import Answering, Killed, Running

Call = tuple[object, ...] | Callable[[], object]
"""The name of a function and its arguments; or what happens between two of them."""

FINISHED = -1


class Nobody:
    """A terminal that knows nothing."""

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        return None


class Probe:
    """One machine, on which the program lives as often as a test likes. `mutant`: which one it is."""

    def __init__(self, binary: Path, folder: Path, platform: str = "mql5", mutant: int = 0) -> None:
        self.machine = Machine(folder, platform)
        self.terminal: Answering = Nobody()
        self.log: list[str] = []
        self.binary, self._mutant = binary, mutant

    def sleep(self, ms: int) -> Call:
        return lambda: self.machine.advance_to(self.machine.now_msc() + ms)

    def live(self, *calls: Call, kill_at: Callable[[list[str]], bool] | None = None) -> list[Any]:
        """Return what the calls gave, up to where it was killed. Raises Criticised."""
        pauses = [call for call in calls if callable(call)]
        script = "\n".join("pause" if callable(call) else "\t".join(map(str, call)) for call in calls)
        life = Running(
            self.binary,
            self.terminal,
            self.machine,
            {"InpScript": script},
            kill_at=kill_at,
            mutant=self._mutant,
        )
        with life:
            try:
                life.init()
                life.timer()
                for pause in pauses:
                    pause()
                    life.timer()
                assert self.machine.holds(life) == []
            except Killed:
                pass
        self.log = life.log
        assert life.faults == []
        return [json.loads(line[5:]) for line in life.log if line.startswith("EA = ")]

    def killed_after(self, questions: int, *calls: Call) -> list[Any] | None:
        """Cut the power before the answer to a question, counted from 0; None where it asked less."""
        asked = 0

        def is_time(_: list[str]) -> bool:
            nonlocal asked
            asked += 1
            return asked > questions

        given = self.live(*calls, kill_at=is_time)
        return given if asked > questions else None
