"""The agent's parent process: one watcher for each terminal, started again when it dies."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from metafleet.runner import clock
from metafleet.runner.agent import lock, machine
from metafleet.runner.agent.rule import RestartRule
from metafleet.runner.agent.settings import AgentSettings

EXIT_REFUSED: Final = 4
"""Of a watcher whose terminal the hub refuses: it is not started again before the agent is."""
_STARTS_PER_HOUR: Final = 20
_LOOK_S: Final = 0.5
_END_S: Final = 10.0

logger = logging.getLogger("metafleet.agent")


class _Child:
    def __init__(self, settings_path: Path, name: str) -> None:
        self._command = [sys.executable, "-m", "metafleet.runner.agent", str(settings_path), name]
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.is_given_up = False
        self._rule = RestartRule(_STARTS_PER_HOUR)

    def tend(self) -> None:
        """Start it where it does not run and may."""
        if self.is_given_up or (self.process is not None and self.process.poll() is None):
            return
        if self.process is not None and self.process.returncode == EXIT_REFUSED:
            self.is_given_up = True
            logger.error("%s: not watched until it is paired anew and the agent started again", self.name)
            return
        now_s = clock.steady_s()
        if self._rule.wait_s(now_s) > 0:
            return
        if self.process is not None:
            logger.warning(
                "%s: its watcher ended (%d); it is started again", self.name, self.process.returncode
            )
        self._rule.note(now_s)
        # A watcher ends when its stdin does: none outlives an agent that was killed.
        self.process = subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603

    def end(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def wait(self, within_s: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def run(settings: AgentSettings, settings_path: Path, stop: threading.Event) -> None:
    """Watch every terminal until `stop` is set, or the hub has refused them all. Raises lock.Held."""
    lock.hold(Path(settings.state))
    machine.identify(Path(settings.state))
    children = [_Child(settings_path, terminal.name) for terminal in settings.terminals]
    try:
        while not stop.is_set() and not all(child.is_given_up for child in children):
            for child in children:
                child.tend()
            stop.wait(_LOOK_S)
    finally:
        for child in children:
            child.end()
        until_s = clock.steady_s() + _END_S
        for child in children:
            child.wait(max(0.1, until_s - clock.steady_s()))
