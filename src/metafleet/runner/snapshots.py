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


class Snapshots:
    """Used by the trading loop only.

    One costs the broker three questions, so one is taken for each heartbeat and after each deal, and none
    that nobody reads: of hundreds of EAs, each asking every second, an order had to wait for the others.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._taken_s = -math.inf
        self._is_hurried = False

    def hurry(self) -> None:
        """Let the next `take_if_due` take one: a deal has changed the account."""
        self._is_hurried = True

    def take_if_due(self) -> None:
        """Take the snapshot that the next heartbeat is to report, when it is time. Raises DeskLost."""
        if not self.wait_s(math.inf):
            self.take()

    def wait_s(self, longest_s: float) -> float:
        """Return how long to wait for something else, before one is due."""
        if self._is_hurried:
            return 0.0
        due_s = self._session.bulletin.heartbeat_due_s - LEAD_S
        if self._taken_s >= due_s:
            return longest_s
        return max(0.0, min(longest_s, due_s - clock.steady_s()))

    def take(self) -> None:
        """Publish the account, its positions and the forming bar as they are now. Raises DeskLost."""
        session = self._session
        session.desk.move_on()
        session.bars.refresh()
        positions = [translate.position(held) for held in session.desk.all_positions()]
        account = translate.account(session.desk.account())
        session.bulletin.publish(account, positions, session.deals.highest or None, self._spread_points())
        self.publish_bars([])
        self._taken_s, self._is_hurried = clock.steady_s(), False

    def _spread_points(self) -> float | None:
        quote, symbol = self._session.desk.quote(), self._session.desk.symbol
        return None if quote is None else round((quote.ask - quote.bid) / symbol.point, 1)

    def publish_bars(self, closed: Sequence[Bar]) -> None:
        """Publish bars that have closed, oldest first, and the forming one."""
        self._session.bulletin.publish_bars([translate.candle(bar) for bar in closed], self._forming())

    def _forming(self) -> messages.Candle | None:
        forming = self._session.bars.forming
        return None if forming is None else translate.candle(forming)
