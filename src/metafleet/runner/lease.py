"""The trading lease: a runner trades only while the hub can be certain that no other one does.

Each heartbeat that the gateway accepts renews it, counted from when that heartbeat was SENT: by
then the hub, which counts from when it accepted it, cannot have counted on. Durations on this
machine's steady clock alone, so that no clock of another machine matters.
"""

from __future__ import annotations

import math
import threading
from typing import Final

from metafleet.wire import messages

HOLDING: Final = "No new entries: the gateway has not been heard for a while"
OVER: Final = "nothing is sent to the broker until the gateway is heard again: the trading lease has run out"


class Lease:
    """Renewed by the uplink, looked at by the trading loop. Times are seconds of `clock.passed_s`.

    `trade_until_s`: until when anything may be sent to the broker; `open_until_s`: a new position.
    Without terms, from a hub that knows no leases, everything may be done at any time.
    """

    def __init__(self, terms: messages.Lease | None) -> None:
        self._sent_s = -math.inf
        self.trade_until_s = self.open_until_s = math.inf if terms is None else -math.inf
        self._renewed = threading.Event()

    def renew(self, sent_s: float, terms: messages.Lease) -> None:
        """A heartbeat that left at `sent_s` was accepted on these terms."""
        if sent_s < self._sent_s:
            return
        self._sent_s = sent_s
        self.open_until_s, self.trade_until_s = sent_s + terms.open_s, sent_s + terms.trade_s
        self._renewed.set()

    def may_open(self, now_s: float) -> bool:
        """Whether new positions may be opened."""
        return now_s < self.open_until_s

    def may_trade(self, now_s: float) -> bool:
        """Whether anything may be sent to the broker."""
        return now_s < self.trade_until_s

    def wait(self, timeout_s: float) -> None:
        """Wait for the next renewal, or until the time is up."""
        self._renewed.clear()
        self._renewed.wait(timeout_s)
