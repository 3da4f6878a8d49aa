"""What is told of a terminal's program with its machine, and of it only what is new."""

from __future__ import annotations

import math
from typing import Final

from metafleet.runner.agent.logs import LogFollower
from metafleet.runner.agent.records import Status
from metafleet.wire import messages

_AGAIN_S: Final = 600.0
"""So often all of it is said again, to a hub that may have lost it."""


class Reporter:
    """Lines and EAs that are as they were told last are left out: a report comes every few seconds."""

    def __init__(self, path: str, logs: LogFollower) -> None:
        self._path = path
        self._logs = logs
        self._told: tuple[list[messages.LogLine], list[str]] | None = None
        self._told_s = -math.inf

    def seen(self, status: Status, now_s: float) -> messages.SeenTerminal:
        """Return how the terminal is, by its status. now_s: of a clock that never runs back."""
        lines, experts = self._recent()
        known = None if now_s - self._told_s >= _AGAIN_S else self._told
        last = f"{status.last_errors[-1].at} {status.last_errors[-1].text}" if status.last_errors else ""
        is_dead = status.state == "dead"
        return messages.SeenTerminal(
            process="dead" if is_dead else "unknown" if status.state in {"starting", "lost"} else "running",
            path=self._path,
            connected=status.is_connected if status.state == "watching" else False,
            algo_trading=status.is_algo_trading,
            last_tick_at=status.last_tick_at,
            latency_ms=status.latency_ms,
            log_errors=status.log_errors,
            last_log_error=last,
            log_lines=None if known and lines == known[0] else lines,
            experts=None if known and experts == known[1] else experts,
            restarts=status.restarts,
        )

    def told(self, now_s: float) -> None:
        """The hub has taken what was said last."""
        if self._told is None or now_s - self._told_s >= _AGAIN_S:
            self._told_s = now_s
        self._told = self._recent()

    def forget(self) -> None:
        """The hub knows nothing of it: it was paired anew."""
        self._told = None

    def _recent(self) -> tuple[list[messages.LogLine], list[str]]:
        lines = [
            messages.LogLine(file=line.file, at=line.at, text=line.text, is_error=line.is_error)
            for line in self._logs.recent
        ]
        return lines, self._logs.experts.names()
