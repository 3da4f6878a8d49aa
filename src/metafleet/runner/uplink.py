"""The uplink: one thread that brings facts and observations to the gateway.

Facts (deals, results) leave the outbox as soon as they are in it. Observations
(heartbeats, positions, bars) are sent as they are at that moment, and may be missed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import dataclass
from typing import Final

from metafleet.runner import clock
from metafleet.runner.bulletin import Bulletin, Observed
from metafleet.runner.delivery import Delivery
from metafleet.runner.inbox import Inbox, Known
from metafleet.runner.observations import Bars, Heartbeats, Observation, PositionSnapshots
from metafleet.runner.switches import Switches
from metafleet.wire import messages
from metafleet.wire.client import WireError

STUCK_AFTER_S: Final = 60.0
"""Twice what is reported as a fault (`observations.BUSY_TOO_LONG_S`), and six answers of a silent broker."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Finale:
    status: messages.ExpertStatus
    by_s: float


class Uplink:
    """Runs until `finish`, or until the gateway fences this generation off."""

    def __init__(
        self,
        *,
        delivery: Delivery,
        heartbeats: Heartbeats,
        positions: PositionSnapshots,
        bars: Bars,
        bulletin: Bulletin,
        inbox: Inbox,
        switches: Switches,
    ) -> None:
        self._delivery = delivery
        self._heartbeats = heartbeats
        self._refreshed = (positions, bars)
        self._bulletin = bulletin
        self._inbox = inbox
        self._switches = switches
        self._finale: _Finale | None = None
        self.has_failed = False
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)
        heartbeats.on_reply.append(self._hear)

    def start(self) -> None:
        """Begin reporting."""
        self._thread.start()

    def finish(self, status: messages.ExpertStatus, within_s: float) -> None:
        """Send all that is left, then a last heartbeat of this status, and end; at most `within_s` long."""
        self._finale = _Finale(status, clock.steady_s() + within_s)
        self._bulletin.wake()
        self._thread.join(within_s)

    def _run(self) -> None:
        try:
            while not self._switches.is_fenced():
                wait_s = self._report()
                if self._finale is None:
                    self._watch_loop()
                elif self._is_over(self._finale):
                    return
                self._bulletin.wait(wait_s)
        except WireError as refused:
            logger.error("the gateway refuses this token: %s", refused.detail)
            self._switches.fence()
        except Exception:
            logger.exception("the uplink failed")
            self.has_failed = True
            self._switches.ask_to_stop()

    def _report(self) -> float:
        """Send what is due; return the seconds until something else is. Raises WireError for 401.

        The heartbeat goes first: the trading lease hangs on it.
        """
        self._observe(self._heartbeats)
        outbox_wait_s = self._delivery.deliver(clock.steady_s())
        for observation in self._refreshed:
            self._observe(observation)
        now_s = clock.steady_s()
        waits = [each.pace.wait_s(now_s) for each in (self._heartbeats, *self._refreshed)]
        self._bulletin.heartbeat_due_s = now_s + waits[0]
        pauses = [wait_s for wait_s in waits if wait_s]
        if outbox_wait_s is not None:
            pauses.append(outbox_wait_s)
        return max(0.01, min(pauses, default=self._heartbeats.interval_s))

    def _observe(self, observation: Observation) -> None:
        observed, now_s = self._bulletin.read(), clock.steady_s()
        if observation.is_wanted(observed, now_s):
            self._attempt(observation, observed, now_s)

    def _attempt(self, observation: Observation, observed: Observed, now_s: float) -> None:
        try:
            observation.send(observed, now_s)
        except WireError as refused:
            if refused.is_unauthorised:
                raise
            wait_s = observation.pace.fail(now_s, refused.retry_after_s)
            logger.warning("%s wait %.1f s: %s", type(observation).__name__, wait_s, refused.detail)

    def _watch_loop(self) -> None:
        """End the process where the trading loop hangs: it heeds neither command nor signal any more."""
        stuck_s = clock.steady_s() - self._bulletin.turned_s
        if stuck_s > STUCK_AFTER_S:
            self._bulletin.set_fault("runner", f"trading has not moved for {stuck_s:.0f} s, so it was ended")
            self._report()
            logger.error("the trading loop hangs; this process ends")
            self._switches.give_up()

    def _hear(self, reply: messages.HeartbeatReply, is_back: bool) -> None:
        """Pass on what a heartbeat's reply says; after an absence, try everything else at once."""
        with contextlib.suppress(ValueError):
            self._inbox.clock_offset_s = clock.epoch_s(reply.server_time) - clock.wall_s()
        self._inbox.put(Known(reply.known_deal_ticket))
        for command in reply.commands if isinstance(reply.commands, list) else []:
            self._inbox.put(command)
        for observation in self._refreshed:
            observation.refresh()
        if is_back:
            self._delivery.retry_now()
            logger.info("the gateway is back")

    def _is_over(self, finale: _Finale) -> bool:
        """Empty the outbox, then say the last status; say whether both are done or time is up."""
        now_s = clock.steady_s()
        if now_s >= finale.by_s:
            return True
        if self._delivery.deliver(now_s) is not None:
            return False
        self._bulletin.set_status(finale.status)
        return self._heartbeats.heard_version == self._bulletin.read().status_version
