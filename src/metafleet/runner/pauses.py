"""What a pause does to the positions that are open already."""

from __future__ import annotations

import logging
from typing import Final

from metafleet.engine.broker.records import Position
from metafleet.runner import clock, orders
from metafleet.runner.backoff import Backoff
from metafleet.runner.pause_rules import Mode, break_even_stop
from metafleet.runner.session import Session

RETRY_FIRST_S: Final = 1.0
RETRY_CAP_S: Final = 30.0
"""Between two tries of what the broker refuses: a market that is closed stays so for hours."""

logger = logging.getLogger(__name__)


class PauseKeeper:
    """Closes or tightens what is open, for as long as the pause lasts. Used by the trading loop only.

    `mode`: the pause that is being kept; where it is the desk's and there is none, nothing is to be done.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._backoff = Backoff(RETRY_FIRST_S, RETRY_CAP_S)
        self.mode: Mode | None = None
        self._due_s = 0.0

    def keep(self) -> None:
        """Do what the pause asks for and the market allows now. Raises DeskLost."""
        desk = self._session.desk
        if desk.pause != self.mode:
            self.mode, self._due_s = desk.pause, 0.0
            self._settle({})
        if desk.pause not in {"flatten", "tighten"} or desk.unsettled is not None:
            return
        if clock.steady_s() < self._due_s:
            return
        own = desk.positions()
        if own:
            self._settle(self._close(own) if desk.pause == "flatten" else self._tighten(own))

    def _close(self, own: list[Position]) -> dict[int, str]:
        closed, open_still = orders.close_all(self._session, own)
        logger.info("paused to flatten: closed %d of %d positions", len(closed), len(own))
        return open_still

    def _tighten(self, own: list[Position]) -> dict[int, str]:
        desk, refused = self._session.desk, {}
        quote = desk.quote()
        for held in own if quote is not None else []:
            stop = break_even_stop(held, quote, desk.symbol) if quote is not None else None
            if stop is None:
                continue
            try:
                orders.modify(self._session, held, stop, held.tp)
            except orders.OrderRefused as reason:
                refused[held.ticket] = str(reason)
        return refused

    def _settle(self, refused: dict[int, str]) -> None:
        """Say what the broker refused, and when it is tried again."""
        self._session.bulletin.set_fault("pause", _words(refused))
        if refused:
            self._due_s = clock.steady_s() + self._backoff.next_wait_s()
        else:
            self._backoff.reset()


def _words(refused: dict[int, str]) -> str | None:
    if not refused:
        return None
    reasons = ", ".join(f"#{ticket}: {reason}" for ticket, reason in refused.items())
    return f"not done yet for {len(refused)} positions and tried again: {reasons}"
