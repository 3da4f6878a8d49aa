"""What the trading loop publishes for the uplink: the account, its positions, and bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from metafleet.engine.market.records import Bar
from metafleet.runner import clock, translate
from metafleet.runner.session import Session
from metafleet.wire import messages

LEAD_S: Final = 0.5
"""How long before a heartbeat the account is looked at that it reports."""

AFTER_DEAL_S: Final = 0.02
"""How long after a deal the account is looked at: others are still being told of the tick that led to it, and
their orders would wait for the broker's answers. Deals that come together are looked at once."""


class Snapshots:
    """Used by the trading loop only.

    One costs the broker three questions, so one is taken for each heartbeat and soon after deals, and none
    that nobody reads: of hundreds of EAs, each asking every second, an order had to wait for the others.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._taken_s = -math.inf
        self._hurried_s = math.inf

    def hurry(self) -> None:
        """Have one taken soon: a deal has changed the account."""
        self._hurried_s = min(self._hurried_s, clock.steady_s() + AFTER_DEAL_S)

    def take_if_due(self) -> None:
        """Take the snapshot that the next heartbeat is to report, when it is time. Raises DeskLost."""
        if not self.wait_s(math.inf):
            self.take()

    def wait_s(self, longest_s: float) -> float:
        """Return how long to wait for something else, before one is due."""
        due_s = self._session.bulletin.heartbeat_due_s - LEAD_S
        if self._taken_s >= due_s or self._hurried_s < due_s:
            due_s = self._hurried_s
        return longest_s if due_s == math.inf else max(0.0, min(longest_s, due_s - clock.steady_s()))

    def take(self) -> None:
        """Publish the account, its positions and the forming bar as they are now. Raises DeskLost."""
        session = self._session
        session.desk.move_on()
        session.bars.refresh()
        positions = [translate.position(held) for held in session.desk.all_positions()]
        account = translate.account(session.desk.account())
        session.bulletin.publish(account, positions, session.deals.highest or None, self._spread_points())
        self.publish_bars([])
        self._taken_s, self._hurried_s = clock.steady_s(), math.inf

    def _spread_points(self) -> float | None:
        quote, symbol = self._session.desk.quote(), self._session.desk.symbol
        return None if quote is None else round((quote.ask - quote.bid) / symbol.point, 1)

    def publish_bars(self, closed: Sequence[Bar]) -> None:
        """Publish bars that have closed, oldest first, and the forming one."""
        self._session.bulletin.publish_bars([translate.candle(bar) for bar in closed], self._forming())

    def _forming(self) -> messages.Candle | None:
        forming = self._session.bars.forming
        return None if forming is None else translate.candle(forming)
