"""Python's garbage collector, kept from stopping every request.

A full collection looks at every object there is. What start-up made is half a million: 50 ms, twice
a second under load. Ten thousand connections with a waiting poll each are as many again: with them a
third of the processor went there, a second at a time.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Final

import psutil

EACH_S: Final = 10.0
"""Between looks at how much memory the process has."""
GROWN_BYTES: Final = 100_000_000
"""With so much more than after the last full collection, and with twice as much, comes the next. What they
find is little: connections that were closed, a few kilobytes each. A fleet that stays as it is has none."""
_YOUNG: Final = 20_000
"""Objects made since the last collection of young ones that make the next; Python's own is 700."""
_NEVER: Final = 1_000_000


class Collector:
    """Takes over from the collector's own clock, until it is cancelled."""

    async def run(self) -> None:
        gc.collect()
        gc.freeze()
        before = gc.get_threshold()
        gc.set_threshold(_YOUNG, 10, _NEVER)
        try:
            await self._collect_what_grows()
        finally:
            gc.set_threshold(*before)
            gc.unfreeze()

    async def _collect_what_grows(self) -> None:
        process = psutil.Process()
        known = process.memory_info().rss
        while True:
            await asyncio.sleep(EACH_S)
            if process.memory_info().rss - known >= max(GROWN_BYTES, known):
                gc.collect()
                known = process.memory_info().rss
