"""Which deals of an account go to the outbox: all of them, once, in order."""

from __future__ import annotations

from collections.abc import Sequence

from metafleet.runner import delivery
from metafleet.runner.agent.source import Source
from metafleet.runner.outbox import Outbox
from metafleet.wire import messages


class DealKeeper:
    """`reported`: the ticket up to which the hub or the outbox has everything; None until the hub spoke.

    Until then nothing is kept: a new deal that went ahead of those that the hub lacks would raise what
    it says that it knows above them. The terminal's own history keeps them for so long.
    """

    def __init__(self, source: Source, outbox: Outbox) -> None:
        self._source = source
        self._outbox = outbox
        self._resent_after: int | None = None
        self.reported: int | None = None

    def collect(self) -> None:
        """Keep what is new. Raises SourceLost, OSError."""
        if self.reported is not None:
            self._keep(self._source.deals_after(self.reported))

    def hear_known(self, known_ticket: int) -> None:
        """The hub has deals up to this one. Where it lost some (a restored backup), send them."""
        if self.reported is None:
            self.reported = self._resent_after = known_ticket
            return
        is_lacking = known_ticket < self.reported and not self._outbox.pending("trades")
        if is_lacking and known_ticket != self._resent_after:
            self.reported = self._resent_after = known_ticket

    def _keep(self, deals: Sequence[messages.Deal]) -> None:
        for start in range(0, len(deals), delivery.BATCH_DEALS):
            batch = deals[start : start + delivery.BATCH_DEALS]
            self._outbox.append("trades", delivery.trades_body(batch))
            self.reported = int(batch[-1].ticket)
