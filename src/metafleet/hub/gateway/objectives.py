"""What this gateway has counted for the objectives, added to everybody's counts once a minute."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.objectives import counts

_log: Final = logging.getLogger(__name__)


class Objectives:
    """Adds until it is cancelled; then once more. What the database does not take waits for the next time."""

    def __init__(self, database: Database, tallies: Mapping[str, Callable[[], counts.Tally]]) -> None:
        self._database = database
        self._sheet = counts.Sheet(tallies)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(counts.EACH_S)
            await self.write()

    async def write(self) -> None:
        """Add what waits now."""
        self._sheet.note(clock.now())
        waiting = self._sheet.waiting()
        if not waiting:
            return
        try:
            await self._database.ask(counts.ADD, [counts.as_json(waiting)])
        except Unavailable as error:
            _log.warning("%d counts of objectives wait for the next minute: %s", len(waiting), error.detail)
        else:
            self._sheet.written(waiting)
