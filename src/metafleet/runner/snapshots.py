"""What the trading loop publishes for the uplink: the account, its positions, and bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from metafleet.engine.market.records import Bar
from metafleet.runner import clock, translate
from metafleet.runner.session import Session
from metafleet.wire import messages

SNAPSHOT_EVERY_S: Final = 1.0
"""How old the account in a heartbeat may be."""


class Snapshots:
    """Used by the trading loop only."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next_s = 0.0

    def hurry(self) -> None:
        """Let the next `take_if_due` take one: a deal has changed the account."""
        self._next_s = 0.0

    def take_if_due(self) -> None:
        """Take a snapshot when the last one has become old. Raises DeskLost."""
        if clock.steady_s() >= self._next_s:
            self.take()

    def take(self) -> None:
        """Publish the account, its positions and the forming bar as they are now. Raises DeskLost."""
        session = self._session
        session.desk.move_on()
        session.bars.refresh()
        positions = [translate.position(held) for held in session.desk.all_positions()]
        account = translate.account(session.desk.account())
        session.bulletin.publish(account, positions, session.deals.highest or None)
        self.publish_bars([])
        self._next_s = clock.steady_s() + SNAPSHOT_EVERY_S

    def publish_bars(self, closed: Sequence[Bar]) -> None:
        """Publish bars that have closed, oldest first, and the forming one."""
        self._session.bulletin.publish_bars([translate.candle(bar) for bar in closed], self._forming())

    def _forming(self) -> messages.Candle | None:
        forming = self._session.bars.forming
        return None if forming is None else translate.candle(forming)
