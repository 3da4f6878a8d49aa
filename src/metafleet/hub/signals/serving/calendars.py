"""The installation's calendar of events, for models that look at one: the file of the markets' board.

Read again when it has changed, looked at once a minute. Each market's server has a clock of its own, and
events are told by that, as bars are.
"""

from __future__ import annotations

import asyncio
import logging
import time
from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.features import CALENDAR, weight_of
from metafleet.engine.market.calendarfile import Event, FeedRefused, read_calendar
from metafleet.hub.signals.serving.refusals import NoCalendar
from metafleet.wire.scalars import Clock, server_epoch_s, to_utc

LOOK_EACH_S: Final = 60.0
AROUND: Final = timedelta(days=1, hours=3)
"""More than a feature can see, and than a clock jumps in spring and autumn."""
OVER_AFTER: Final = timedelta(days=4)
"""After its last event: a calendar is published weeks ahead, and a weekend has none."""

_log = logging.getLogger(__name__)


class Calendars:
    """`around` a bar. path: "" where the installation has no calendar."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._events: Sequence[Event] = ()
        self._mark: tuple[float, int] | None = None
        self._looked_s = 0.0
        self._reading = asyncio.Lock()

    async def around(self, bar_s: int, clock: Clock) -> NDArray[Any]:
        """Return the events near a bar of that clock, as features take them. Raises NoCalendar."""
        if not self.path:
            raise NoCalendar("The model looks at a calendar of events, and this installation has none.")
        await self._look()
        opened = to_utc(bar_s, clock)
        if not self._events or self._events[-1].at < opened - OVER_AFTER:
            raise NoCalendar("The model looks at a calendar of events, and the installation's is over.")
        begin = bisect_left(self._events, opened - AROUND, key=lambda event: event.at)
        end = bisect_left(self._events, opened + AROUND, key=lambda event: event.at)
        rows = [
            (server_epoch_s(event.at, clock), event.currency, weight)
            for event in self._events[begin:end]
            if (weight := weight_of(event.impact))
        ]
        return np.sort(np.array(rows, CALENDAR), order="time")

    async def _look(self) -> None:
        async with self._reading:
            if self._mark and time.monotonic() - self._looked_s < LOOK_EACH_S:
                return
            self._looked_s = time.monotonic()
            path = Path(self.path)
            try:
                found = path.stat()
                mark = (found.st_mtime, found.st_size)
                if mark != self._mark:
                    events = await asyncio.to_thread(read_calendar, path)
                    self._events, self._mark = sorted(events, key=lambda event: event.at), mark
            except (OSError, FeedRefused) as refused:
                # What was read before goes on being used, until it is over.
                _log.error("the calendar cannot be read: %s", refused)
