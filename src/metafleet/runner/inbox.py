"""What other threads hand to the trading loop."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from metafleet.runner.bell import Bell
from metafleet.wire import messages


@dataclass(frozen=True, slots=True)
class Known:
    """The hub's journal holds deals up to this ticket."""

    ticket: int


Item = messages.Command | Known


class Inbox:
    """First in, first out. `clock_offset_s`: the hub's clock less this machine's, as last heard.

    `items`: what is there, for the loop to see that there is nothing.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self.items: deque[Item] = deque()
        self.clock_offset_s = 0.0

    def put(self, item: Item) -> None:
        """Leave something for the loop, and wake it."""
        self.items.append(item)
        self._bell.ring()

    def take_all(self) -> list[Item]:
        """Take everything that is there now."""
        items: list[Item] = []
        while self.items:  # the loop alone takes out
            items.append(self.items.popleft())
        return items
