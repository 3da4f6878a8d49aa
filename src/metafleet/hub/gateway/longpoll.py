"""A poll for commands while it waits: a look, a wait to be woken, another look, and no task of its own.

At nearly any time every terminal of a fleet waits here, and what a poll holds counts ten thousand times. As
a task it held three: its own, one for its connection and one for its event.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from metafleet.hub.fleet import delivery
from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway import metrics
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.polls import FirstLook
from metafleet.hub.kernel import clock


class LongPoll:
    """`leased` gets the commands as soon as there are any, and none once `wait_s` is over.

    It raises what the looks raise: Throttled, Unavailable, FencedOff. Begins at once.
    """

    __slots__ = (
        *("_came_at", "_gateway", "_is_looking", "_is_woken", "_loop", "_request_id", "_slot", "_timer"),
        *("_until", "leased"),
    )

    def __init__(self, gateway: Gateway, slot: Slot, request_id: str, wait_s: int) -> None:
        self._gateway = gateway
        self._slot = slot
        self._request_id = request_id
        self._loop = asyncio.get_running_loop()
        self._until, self._came_at = self._loop.time() + wait_s, clock.now()
        self._timer: asyncio.TimerHandle | None = None
        self.leased: asyncio.Future[list[delivery.Delivery]] = self._loop.create_future()
        gateway.polls.note(slot.terminal_id)
        gateway.wakeups.add(slot.name, self._wake)
        self._wait_for(gateway.first_looks.submit(FirstLook(slot)))

    def leave(self) -> None:
        """The sender is gone, or has its answer. Whoever has left leases nothing: it would not be served."""
        self._end()
        if not self.leased.done():
            self.leased.set_result([])

    def _wake(self) -> None:
        self._is_woken = True
        if not self._is_looking:
            self._look_again()

    def _look_again(self) -> None:
        self._wait_for(self._gateway.leases.submit(delivery.Ask(self._slot)))

    def _wait_for(self, look: asyncio.Future[delivery.Leased]) -> None:
        self._is_looking, self._is_woken = True, False
        look.add_done_callback(self._looked)

    def _looked(self, look: asyncio.Future[delivery.Leased]) -> None:
        self._is_looking = False
        try:
            leased = look.result()
            if not self.leased.done():
                self._go_on(leased)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - for whoever waits for it
            self._end()
            if not self.leased.done():
                self.leased.set_exception(error)

    def _go_on(self, leased: delivery.Leased) -> None:
        if leased.died:
            self._gateway.tell(self._slot, self._request_id)
        _count(leased.commands, self._came_at)
        if leased.commands or self._loop.time() >= self._until or self._gateway.closing.is_set():
            self._end()
            self.leased.set_result(leased.commands)
        elif self._is_woken:
            self._look_again()
        elif self._timer is None:
            self._timer = self._loop.call_at(self._until, self._time_out)

    def _time_out(self) -> None:
        """The next poll looks as soon as it comes. A look that is under way ends this one."""
        if not self._is_looking:
            self.leave()

    def _end(self) -> None:
        self._gateway.wakeups.remove(self._slot.name, self._wake)
        if self._timer is not None:
            self._timer.cancel()


def _count(commands: list[delivery.Delivery], came_at: datetime) -> None:
    """Count how long first deliveries took from when both were there: the command, and this poll for it.

    Questions are none of them: they come in hundreds, and nobody waits for one of them.
    """
    now = clock.now()
    for command in commands:
        if command.attempt == 1 and command.type not in delivery.QUESTIONS:
            since = max(command.due_at, came_at)
            metrics.delivered(max(0.0, (now - since).total_seconds()))
