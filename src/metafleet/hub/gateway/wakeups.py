"""Wake the long polls of this process when a command is queued for their terminal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.kernel import clock

LOOK_S: Final = 1.0
"""Between two looks for all waiting polls together: a notice may be lost, and a command become due."""
_SEEN_S: Final = 30
"""What has been due for longer than any poll lasts, a poll saw when it began."""
_DUE: Final = "SELECT terminal_id FROM gateway_due(%s, %s)"

_log = logging.getLogger(__name__)


class Wakeups:
    """`wake` one terminal's polls; `run` looks after all that wait, until it is cancelled."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, set[Callable[[], None]]] = {}

    @property
    def waiting_count(self) -> int:
        """How many terminals wait."""
        return len(self._waiting)

    def add(self, terminal_id: str, wake: Callable[[], None]) -> None:
        """`wake` is called with each wake-up of this terminal, until it is removed."""
        self._waiting.setdefault(terminal_id, set()).add(wake)

    def remove(self, terminal_id: str, wake: Callable[[], None]) -> None:
        """Take `wake` away; one that is not there was taken away before."""
        polls = self._waiting.get(terminal_id, set())
        polls.discard(wake)
        if not polls:
            self._waiting.pop(terminal_id, None)

    def wake(self, terminal_id: str) -> None:
        for wake in tuple(self._waiting.get(terminal_id, ())):
            wake()

    def wake_all(self) -> None:
        """Let every poll look: something may have been missed, or the process is about to stop."""
        for terminal_id in tuple(self._waiting):
            self.wake(terminal_id)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if self._waiting:
                await self._look()

    async def _look(self) -> None:
        # Asked for what is due, not after each that waits: thousands wait, and for few there is anything.
        now = clock.now()
        try:
            due = await self._database.ask(_DUE, [now - timedelta(seconds=_SEEN_S), now])
        except Unavailable:
            _log.warning("waiting polls could not be looked after")
            return
        for (terminal_id,) in due:
            self.wake(str(terminal_id))
