"""Python's garbage collector, kept from stopping every request.

A full collection looks at every object there is. What start-up made is half a million: 50 ms, twice
a second under load. Ten thousand connections with a waiting poll each are as many again: with them a
third of the processor went there, a second at a time.

Nor may the collector choose when it looks at the young ones. It goes by how many more objects there are
than at its last look, and where as many end as begin it waits for half a minute: by then ten thousand
polls have each begun anew, all of them count as young, and looking at them stops everybody for a second.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Final

import psutil

YOUNG_EACH_S: Final = 0.1
"""Between looks at the objects made since the last one, so that they are few: with ten thousand terminals a
look takes milliseconds, and each second one would stop everybody for tens of them."""
EACH_S: Final = 10.0
"""Between looks at how much memory the process has."""
GROWN_BYTES: Final = 100_000_000
"""With so much more than after the last full collection, and with twice as much, comes the next. What they
find is little: connections that were closed, a few kilobytes each. A fleet that stays as it is has none."""


class Collector:
    """Takes over from the collector's own clock, until it is cancelled."""

    async def run(self) -> None:
        gc.collect()
        gc.freeze()
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            await self._collect()
        finally:
            if was_enabled:
                gc.enable()
            gc.unfreeze()

    async def _collect(self) -> None:
        loop, process = asyncio.get_running_loop(), psutil.Process()
        known, due = process.memory_info().rss, loop.time() + EACH_S
        while True:
            await asyncio.sleep(YOUNG_EACH_S)
            gc.collect(0)
            if loop.time() < due:
                continue
            due = loop.time() + EACH_S
            if process.memory_info().rss - known >= max(GROWN_BYTES, known):
                gc.collect()
                known = process.memory_info().rss
