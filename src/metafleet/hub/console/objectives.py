"""What this web process has counted for the objectives, added to everybody's counts once a minute.

Each web process also looks whether somebody judges: more processes are more looks at the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from django.db import DatabaseError, connection
from psycopg_pool import PoolTimeout
from starlette.applications import Starlette

from metafleet.hub.console import metrics
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.objectives import counts, definitions

LOOK_S: Final = 15.0
"""Between two looks at the judge: four of them are added at once."""
_LOOKS: Final = int(counts.EACH_S / LOOK_S)

_log: Final = logging.getLogger(__name__)


class Looks:
    """How often this process has looked at the judge, and how often there was none."""

    def __init__(self) -> None:
        self.tally = counts.Tally(0, 0)

    def note(self, *, is_judged: bool) -> None:
        total, bad = self.tally
        self.tally = counts.Tally(total + 1, bad + (not is_judged))


class Objectives:
    """Looks and adds until it is cancelled. What the database does not take waits for the next time."""

    def __init__(self) -> None:
        self._looks = Looks()
        self._sheet = counts.Sheet({**metrics.TALLIES, definitions.JUDGE.name: lambda: self._looks.tally})

    async def run(self) -> None:
        while True:
            for _ in range(_LOOKS):
                await asyncio.sleep(LOOK_S)
                self._looks.note(is_judged=await asyncio.to_thread(metrics.is_judged))
            await self.write()

    async def write(self) -> None:
        """Add what waits now."""
        self._sheet.note(clock.now())
        waiting = self._sheet.waiting()
        if not waiting:
            return
        is_added = await asyncio.to_thread(_add, waiting)
        if is_added:
            self._sheet.written(waiting)


@asynccontextmanager
async def counting(_: Starlette) -> AsyncIterator[None]:
    """Count for the objectives as long as the application lives, and add the rest at its end."""
    objectives = Objectives()
    running = asyncio.create_task(objectives.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await objectives.write()


def _add(waiting: Sequence[counts.Count]) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(counts.ADD, [counts.as_json(waiting)])
    except (DatabaseError, PoolTimeout) as error:
        _log.warning("%d counts of objectives wait for the next minute: %s", len(waiting), error)
        return False
    finally:
        connection.close()
    return True
