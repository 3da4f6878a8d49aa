"""Whether a run that nobody can see may still trade, by how long ago its last heartbeat was accepted."""

from __future__ import annotations

import threading
from datetime import datetime
from functools import cache
from typing import Final

from django.conf import settings
from django.db import connection

from metafleet.hub.fleet.trading_lease import MARGIN_S, Marks
from metafleet.hub.kernel import clock

HEARD_S: Final = 10.0
"""For so long it is believed that heartbeats are accepted, once the watch has seen a fresh one."""


def database_s() -> float:
    """Return what the database's clock shows, in Unix seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        (shown_s,) = cursor.fetchone()
    return float(shown_s)


class Witness:
    """This process's own clock, held against the database's. Safe to use from several threads.

    It knows nothing of the time before it was made: a worker that has just begun waits a whole lease.
    """

    def __init__(self, lease_s: float) -> None:
        self._enough_s = lease_s + MARGIN_S
        self._marks = Marks(keep_s=3 * self._enough_s)
        self._lock = threading.Lock()
        self._heard_s: float | None = None

    def mark(self) -> None:
        """Look at both clocks. Every sweep does."""
        with self._lock:
            before_s = clock.steady_s()
            shown_s = database_s()
            self._marks.add(shown_s, before_s, clock.steady_s())

    def is_over(self, renewed_at: datetime | None) -> bool:
        """Whether a lease that was last renewed then is certainly over; one that never was is none."""
        if renewed_at is None:
            return True
        self.mark()
        with self._lock:
            return self._marks.age_s(renewed_at.timestamp(), clock.steady_s()) >= self._enough_s

    def hear(self) -> None:
        """Note that somebody's heartbeat was accepted a moment ago."""
        self._heard_s = clock.steady_s()

    def hears_others(self) -> bool:
        """Whether the gateway takes heartbeats: then one that sends none is itself to blame."""
        return self._heard_s is not None and clock.steady_s() - self._heard_s < HEARD_S


@cache
def witness() -> Witness:
    """One for the process: what it has seen of the clocks is kept between looks."""
    return Witness(settings.LEASE_S)
