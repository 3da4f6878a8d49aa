"""Words that wait for the commit of what they tell: many clients' orders share one flush of the disk.

Nothing waits for a clock: a group is what the event loop had at hand when the first of it was written, and
while its flush is under way the next one's requests arrive. Where the same client asks twice running, nobody
else seems to be about: what it did is kept without another turn of the loop, a tenth of what an order takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from metafleet.engine.broker.house import House
from metafleet.engine.broker.session import Session

Instead = Callable[[], bytes | bytearray]


class Withheld:
    """Says everything in order, and nothing before the house has kept what it did."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._waiting: list[tuple[Session, bytes | bytearray, Instead | None]] = []
        self._is_called = False
        self._is_serving = self._is_alone = False
        self._last: Session | None = None
        house.grouping = True
        house.settle = self.keep

    def say(self, session: Session, data: bytes | bytearray, instead: Instead | None) -> None:
        """Tell a client once it is true. instead: makes what it is told where that could not be kept."""
        if not self._waiting and not self._house.has_group:
            session.send(data)
            return
        self._waiting.append((session, data, instead))
        self.soon()

    def begin(self, session: Session) -> None:
        """Begin to serve a client: nothing is kept until `end`, with all that is said till then."""
        self._is_serving = True
        self._is_alone = session is self._last
        self._last = session

    def end(self) -> None:
        """Have a request served: see that what was done is kept."""
        self._is_serving = False
        if self._is_alone and self._house.has_group:
            self.keep()
        else:
            self.soon()

    def soon(self) -> None:
        """See that what the house has done is kept, though nobody may have to be told."""
        if self._house.has_group and not self._is_called and not self._is_serving:
            self._is_called = True
            asyncio.get_running_loop().call_soon(self.keep)

    def keep(self) -> None:
        """Have the house keep what it did, and say what waits."""
        self._is_called = False
        is_kept = self._house.keep()
        waiting, self._waiting = self._waiting, []
        for session, data, instead in waiting:
            if is_kept:
                session.send(data)
            elif instead is not None:
                session.send(instead())
