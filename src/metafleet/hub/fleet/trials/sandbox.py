"""The sandbox, from outside: start a trial, give it the source, believe of what it tells what can be true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from metafleet.hub.catalogue import records
from metafleet.hub.fleet.drivers.process.users import Users
from metafleet.hub.fleet.trials.shut_in import NUL, Allowance, End, SandboxFailed, ShutIn, Unbelievable

MEMORY_MB: Final = 256
CPU: Final = 1.0
CPU_S: Final = 20
"""The shipped EAs take 1 to 3 s."""
WALL_S: Final = 45.0
MOST_SAID: Final = 1024 * 1024
"""Bytes. A trial of many inputs and a full log says 60 KiB."""

__all__ = ["Sandbox", "SandboxFailed"]


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


class Sandbox:
    """Makes trials under one folder of the data folder."""

    def __init__(self, home: Path, users: Users, *, cpu_s: int = CPU_S, wall_s: float = WALL_S) -> None:
        self._root = home / "trials" / "empty"
        self._users = users
        self._allowance = Allowance(MEMORY_MB, CPU, cpu_s, wall_s, MOST_SAID)

    def try_out(self, source: str, on_progress: Callable[[float], None]) -> records.Outcome:
        """Run the EA over the sample market; return what came of it. Raises SandboxFailed.

        on_progress: is told 0 to 1, several times a second.
        """
        trial = ShutIn("metafleet.runner.trial", self._root, self._users, self._allowance)
        heard, fault = _Heard(), ""
        try:
            trial.give(source.encode())
            for line in trial.lines():
                told = _read(line)
                if told.kind == "no_cell":
                    raise SandboxFailed(told.error[:400])
                _take(heard, told, on_progress)
        except Unbelievable as nonsense:
            fault = str(nonsense)
        finally:
            end = trial.end()
        is_done = heard.figures is not None and end.code == 0
        error = fault or heard.error or ("" if is_done else trial.why(end))
        return records.Outcome(
            error=error,
            declared=heard.declared,
            schema=heard.schema or {},
            figures=_measured(heard.figures, end, trial.words),
        )


def _read(line: bytes) -> _Told:
    try:
        if NUL in line:
            raise msgspec.ValidationError("a text has a NUL character")
        return msgspec.json.decode(line, type=_Told)
    except msgspec.DecodeError as wrong:
        raise Unbelievable(f"What it says of itself is not as it must be: {wrong}"[:400]) from wrong


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


def _measured(figures: records.TrialFigures | None, end: End, words: str) -> records.TrialFigures:
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
