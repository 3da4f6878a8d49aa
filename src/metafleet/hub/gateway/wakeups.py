"""Wake the long polls of this process when a command is queued for their terminal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

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
        self._waiting: dict[str, set[asyncio.Event]] = {}

    @property
    def waiting_count(self) -> int:
        """How many terminals wait."""
        return len(self._waiting)

    @contextmanager
    def waiting(self, terminal_id: UUID) -> Iterator[asyncio.Event]:
        """Yield an event that is set by each wake-up of this terminal."""
        key, event = str(terminal_id), asyncio.Event()
        events = self._waiting.setdefault(key, set())
        events.add(event)
        try:
            yield event
        finally:
            events.discard(event)
            if not events and self._waiting.get(key) is events:
                del self._waiting[key]

    def wake(self, terminal_id: str) -> None:
        for event in self._waiting.get(terminal_id, ()):
            event.set()

    def wake_all(self) -> None:
        """Let every poll look: the process is about to stop."""
        for events in self._waiting.values():
            for event in events:
                event.set()

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
