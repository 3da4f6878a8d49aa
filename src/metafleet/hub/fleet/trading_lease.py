"""The trading lease of runners: how long one may trade unheard, and when it is certain that it does not.

A runner trades until `lease_s` after it SENT its last accepted heartbeat, by its own steady clock. The
hub starts the next generation no sooner than `lease_s` and MARGIN_S after it ACCEPTED that heartbeat,
by a steady clock of its own. Accepted is later than sent, so whatever the clocks of both
machines show, and whatever was lost or late between them, the old one has stopped by then.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from metafleet.wire import messages

MARGIN_S: Final = 5.0
"""An order that left in the last moment is delivered within four (`engine.broker.dialling.UNDELIVERED_S`);
the rest is for steady clocks that differ by less than one part in a thousand."""
OPENING_SHARE: Final = 3 / 4
"""Of the lease: after it nothing new is opened, and what is open can still be closed."""
STEP_S: Final = 0.5
"""Over all marks the database's clock may be off by so much, and is still believed to go forward."""


def terms(lease_s: float) -> messages.Lease:
    """Return what a runner is told."""
    return messages.Lease(open_s=round(lease_s * OPENING_SHARE, 3), trade_s=float(lease_s))


class Marks:
    """What the database's clock showed at moments of this process's steady clock.

    Heartbeats are stamped by the database's clock, which may be set like any other. Here it is only
    asked for an order: what was stamped before a mark is older than that mark, and
    how old the mark is says the steady clock. A database's clock that was set forgets all marks.
    """

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._marks: deque[tuple[float, float, float]] = deque()

    def add(self, database_s: float, before_s: float, after_s: float) -> None:
        """Note that the database showed `database_s` at some moment between two of the steady clock."""
        if self._marks and not self._follows(database_s, before_s, after_s):
            self._marks.clear()
        self._marks.append((database_s, before_s, after_s))
        while len(self._marks) > 1 and self._marks[1][2] < after_s - self._keep_s:
            self._marks.popleft()

    def age_s(self, stamp_s: float, now_s: float) -> float:
        """Return how long ago the database's clock showed `stamp_s`: at least so long, 0.0 for unknown."""
        for database_s, _, after_s in self._marks:
            if database_s >= stamp_s:
                return max(0.0, now_s - after_s)
        return 0.0

    def _follows(self, database_s: float, before_s: float, after_s: float) -> bool:
        # By the oldest mark, so that many small settings count as the one that they make together.
        first_s, first_before_s, first_after_s = self._marks[0]
        passed_s = database_s - first_s
        return before_s - first_after_s - STEP_S <= passed_s <= after_s - first_before_s + STEP_S
