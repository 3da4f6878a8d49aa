"""Waiting until our own programs answer, and noticing early when one never will."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from metafleet.cli.readiness import accepts_connections, answers_ready
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import LOOPBACK, Settings
from metafleet.cli.supervision.client import ProcessState, Supervisor
from metafleet.cli.supervision.programs import PRODUCT

HEALTHY_TIMEOUT_S = 240.0
"""What fails is noticed by its attempts; this is for what hangs, and a busy machine needs two minutes."""

POLL_S = 0.02
ATTEMPTS = 4
"""Starts of one program that may fail before the whole start is given up."""

LAST_LINES = 12


class ProgramFailed(Refused):
    """A program does not come up."""


def wait_until_healthy(settings: Settings, supervisor: Supervisor, logs: Path) -> None:
    """Wait until broker, gateway and web answer and every program runs.

    Raises ProgramFailed with the end of the program's log.
    """
    unanswered = _checks(settings)
    attempts: dict[str, set[int]] = defaultdict(set)
    deadline = time.monotonic() + HEALTHY_TIMEOUT_S
    asked_at = 0.0
    while unanswered or _asleep(supervisor):
        if time.monotonic() > deadline:
            raise _failure(next(iter(unanswered), "worker"), f"within {HEALTHY_TIMEOUT_S:.0f} s", logs)
        unanswered = {name: check for name, check in unanswered.items() if not check()}
        if time.monotonic() - asked_at > 0.5:
            asked_at = time.monotonic()
            _note_attempts(supervisor, attempts, logs)
        time.sleep(POLL_S)


def _checks(settings: Settings) -> dict[str, Callable[[], bool]]:
    host = settings.reachable_host
    return {
        "broker": lambda: accepts_connections(LOOPBACK, settings.broker_port),
        "gateway": lambda: answers_ready(host, settings.gateway_port),
        "web": lambda: answers_ready(host, settings.web_port),
    }


def _asleep(supervisor: Supervisor) -> list[str]:
    return [state.name for state in _products(supervisor) if not state.is_running]


def _note_attempts(supervisor: Supervisor, attempts: dict[str, set[int]], logs: Path) -> None:
    for state in _products(supervisor):
        if state.pid:
            attempts[state.name].add(state.pid)
        if len(attempts[state.name]) > ATTEMPTS:
            raise _failure(state.name, f"in {ATTEMPTS} attempts", logs)


def _products(supervisor: Supervisor) -> list[ProcessState]:
    return [state for state in supervisor.states().values() if state.group == PRODUCT]


def _failure(name: str, when: str, logs: Path) -> ProgramFailed:
    log = logs / f"{name}.log"
    lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:] if log.exists() else []
    quoted = "".join(f"\n    {line}" for line in lines)
    return ProgramFailed(f"The {name} process did not come up {when}; see {log}, which ends with:{quoted}")
