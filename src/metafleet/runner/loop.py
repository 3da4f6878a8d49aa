"""The trading loop: the only thread that touches the EA and the terminal.

ticks and deals -> outbox -> EA -> orders, and between them commands, snapshots, and
reconnecting when the broker was away.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from metafleet.engine.broker.errors import BrokerUnavailable
from metafleet.engine.broker.records import Deal, DealEvent, TickEvent
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.market.records import Tick
from metafleet.runner import clock, orders, switches
from metafleet.runner.backoff import Backoff
from metafleet.runner.commands import CommandServer
from metafleet.runner.inbox import Known
from metafleet.runner.pause_rules import Mode
from metafleet.runner.pauses import PauseKeeper
from metafleet.runner.session import Ending, Session
from metafleet.runner.snapshots import Snapshots

QUIET_S: Final = 1.0
"""The longest sleep of a quiet market; commands and signals ring the bell. Within it a lease that has
run out is noticed, and the uplink sees that the loop turns."""

RETRY_S: Final = 0.05

SETTLE_S: Final = 1.0
"""After an order whose answer was lost, how long the broker may still be at work on it."""

KNOWN_WITHIN_S: Final = 3.0
"""How long an ending run waits to hear which deals the hub has, before it sends them all."""

STALE_BARS: Final = 3
"""After an absence longer than so many bars the EA starts afresh with them as its history: a
signal from the middle of the gap is nothing to trade on now."""

BALANCE: Final = 2
"""DEAL_TYPE of what is paid in or out."""

CLOSE_TRIES: Final = 5
CLOSE_RETRY_S: Final = 1.0

logger = logging.getLogger(__name__)


class TradingLoop:
    """One life of one EA at one terminal."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._commands = CommandServer(session)
        self._backoff = Backoff()
        self._connect_at_s = 0.0
        self._keeper = PauseKeeper(session)
        self._snapshots = Snapshots(session)
        self._is_back = False

    def run(self) -> int:
        """Trade until told to end; return the exit code.

        Raises ExpertCrashed, OSError from an outbox that cannot be written, and
        LoginRefused, UnknownSymbol or Fenced, which do not pass.
        """
        session, ended = self._session, None
        while ended is None:
            if session.switches.is_thrown or session.ending is not None:
                ended = self._heed()
            else:
                self._turn()
        return ended

    def _heed(self) -> int | None:
        """End, if that was asked for and can be done now; return the exit code then."""
        session = self._session
        if session.switches.is_fenced():
            logger.error("fenced: this generation's token is void, nothing more is sent")
            return switches.EXIT_FENCED
        if session.switches.is_stopping():
            self._heed_signal()
        if session.ending is not None and self._end(session.ending):
            return switches.EXIT_STOPPED
        self._turn()
        return None

    def run_flatten(self) -> int:
        """Close the EA's positions without running the EA; return the exit code."""
        session, ending = self._session, Ending(close_positions=True)
        session.ending = ending
        while not session.switches.is_fenced():
            if self._end(ending):
                return switches.EXIT_STOPPED
            if session.ending is not ending or session.switches.is_stopping():
                return switches.EXIT_CRASHED
        return switches.EXIT_FENCED

    def _heed_signal(self) -> None:
        """End without closing; a stop that waits for an absent terminal to close positions has failed."""
        session, asked = self._session, self._session.ending
        if asked is None or (asked.close_positions and not session.terminal.is_connected):
            session.ending = Ending(close_positions=False)
            if asked is not None and asked.command_id is not None:
                self._commands.finish(asked.command_id, error="ended before the positions could be closed")

    def _turn(self) -> None:
        """One round: what others asked for, then what the market brings.

        A hundred EAs that hear of one tick push each other's code out of the processor's caches, and each
        function that is called then costs microseconds: what has nothing to do is not called.
        """
        session, keeper = self._session, self._keeper
        now_s = session.bulletin.turned_s = clock.steady_s()
        try:
            if session.inbox.items:
                self._take_inbox()
            if self._commands.waiting:
                self._commands.serve()
            if session.ending is not None or not (session.terminal.is_connected or self._connect()):
                return
            if now_s >= session.guard.due_s:
                self._look_after_limits()
            if session.desk.pause is not None or keeper.mode is not None:
                keeper.keep()
            if not session.host.is_started:
                self._begin()
            if session.host.hears_ticks is not session.terminal.tells_ticks:
                session.terminal.listen(ticks=session.host.hears_ticks)
            self._take_events()
            if session.brain.is_asked:
                self._take_heard()
        except DeskLost as lost:
            session.bulletin.set_fault("terminal", str(lost))

    def _look_after_limits(self) -> None:
        """Hold the account's equity against its programme, once a second. Raises DeskLost."""
        session = self._session
        session.desk.move_on()
        account = session.desk.account()
        fired = session.guard.see(account.balance, account.equity)
        if fired is None:
            return
        session.bulletin.set_guard(fired)
        if fired.did == "notify":
            return
        mode: Mode = "flatten" if fired.did == "flatten" else "hold"
        if session.desk.pause in {None, "hold", "tighten"}:
            session.desk.pause = mode
        if session.host.is_started:
            session.bulletin.set_status("paused")

    def _take_inbox(self) -> None:
        for item in self._session.inbox.take_all():
            if isinstance(item, Known):
                self._hear_known(item.ticket)
            else:
                self._commands.take(item)

    def _hear_known(self, ticket: int) -> None:
        try:
            self._session.deals.hear_known(ticket)
        except DeskLost as lost:
            logger.info("the hub's known ticket %d waits for the terminal: %s", ticket, lost)

    def _connect(self) -> bool:
        """Try to connect when lease and time allow it; settle what was left open before anything is sent."""
        if not self._session.lease.may_trade(clock.passed_s()):
            self._session.lease.wait(RETRY_S)
            return False
        if clock.steady_s() < self._connect_at_s:
            time.sleep(RETRY_S)
            return False
        try:
            self._session.terminal.connect()
        except BrokerUnavailable as away:
            self._connect_at_s = clock.steady_s() + self._backoff.next_wait_s()
            self._session.bulletin.set_fault("terminal", str(away))
            return False
        self._session.desk.move_on()
        self._settle()
        self._is_back = True
        self._backoff.reset()
        self._session.bulletin.set_fault("terminal", None)
        logger.info("terminal connected")
        return True

    def _settle(self) -> None:
        """Look up what became of an order whose answer was lost. Raises DeskLost."""
        desk, lost = self._session.desk, self._session.desk.unsettled
        missed = self._session.deals.catch_up()
        if lost is not None:
            deadline_s = clock.steady_s() + SETTLE_S
            while not (found := _outcome(missed, lost.comment, lost.position)):
                if clock.steady_s() >= deadline_s:
                    break
                time.sleep(RETRY_S)
                missed += self._session.deals.catch_up()
            logger.warning("order %s %s: %s", lost.action, lost.comment, found or "was not executed")
            desk.unsettled = None
            desk.move_on()
        self._tell_expert(missed)

    def _begin(self) -> None:
        """Start the EA, or start it again where the terminal was lost in the middle of it."""
        session = self._session
        history = session.bars.begin()
        self._snapshots.publish_bars(history)
        self._snapshots.take()
        session.host.start()
        session.bulletin.set_status("running" if session.desk.pause is None else "paused")
        logger.info("the EA has started on %s", session.desk.symbol.name)

    def _take_events(self) -> None:
        """Take what comes, deals before ticks; then the snapshot, if it was due before that."""
        wait_s = self._snapshots.wait_s(QUIET_S)
        events = self._session.terminal.poll(wait_s)
        if events and type(events[0]) is DealEvent:
            self._take_deals([event.deal for event in events if isinstance(event, DealEvent)])
        for event in events:
            if type(event) is TickEvent:
                self._take_tick(event.tick())
        if not wait_s:
            self._snapshots.take_if_due()

    def _take_deals(self, deals: Sequence[Deal]) -> None:
        session = self._session
        session.desk.move_on()
        session.guard.pay(sum((deal.profit for deal in deals if deal.type == BALANCE), Decimal(0)))
        self._tell_expert(session.deals.keep_new(deals))
        self._snapshots.hurry()

    def _tell_expert(self, deals: Sequence[Deal]) -> None:
        for deal in deals:
            if self._session.host.is_started and self._session.desk.is_own(deal):
                self._session.host.take_deal(deal)

    def _take_tick(self, tick: Tick) -> None:
        session = self._session
        if not session.bulletin.has_ticked:
            session.bulletin.note_first_tick(clock.iso_utc(clock.wall_s()))
        session.desk.move_on(tick)
        if tick.time_msc >= session.bars.ends_msc:
            self._take_bars(tick.time_msc)
        self._is_back = False
        if session.host.hears_ticks and not (session.switches.is_thrown and session.switches.is_fenced()):
            session.host.take_tick(tick)

    def _take_bars(self, now_msc: int) -> None:
        session = self._session
        closed = session.bars.advance(now_msc)
        if closed:
            self._snapshots.publish_bars(closed)
        if self._is_back and len(closed) > STALE_BARS:
            session.host.start()
            closed = []
        for bar in closed:
            session.host.take_bar(bar, now_msc // 1000)

    def _take_heard(self) -> None:
        """Tell the EA what became of its questions to the Brain. Raises DeskLost."""
        session = self._session
        if not session.brain.has_news:
            return
        for heard in session.brain.heard(session.desk.now_msc() // 1000):
            if session.host.is_started and not session.switches.is_fenced():
                session.desk.move_on()
                session.host.take_heard(heard)

    def _end(self, ending: Ending) -> bool:
        """Close if asked, stop the EA, keep every deal; return whether this was the end."""
        session = self._session
        session.bulletin.turned_s = clock.steady_s()
        session.bulletin.set_status("stopping")
        session.desk.hold()
        try:
            closed, open_still = self._close_own() if ending.close_positions else ([], {})
        except DeskLost as lost:
            return self._await_terminal(str(lost))
        if open_still:
            self._refuse_end(ending, orders.words_for(closed, open_still))
            return False
        session.host.stop()
        self._collect_last()
        if ending.command_id is not None:
            self._commands.finish(ending.command_id, result={"status": "stopped", "closed": closed})
        return True

    def _close_own(self) -> tuple[list[int], dict[int, str]]:
        """Close the EA's own positions, trying again what was refused. Raises DeskLost."""
        closed: list[int] = []
        open_still: dict[int, str] = {}
        for attempt in range(CLOSE_TRIES):
            self._session.desk.move_on()
            done, open_still = orders.close_all(self._session, self._session.desk.positions())
            closed += done
            if not open_still or self._session.switches.is_fenced():
                break
            if attempt + 1 < CLOSE_TRIES:
                time.sleep(CLOSE_RETRY_S)
        return closed, open_still

    def _await_terminal(self, lost: str) -> bool:
        """The positions cannot be closed before the terminal is back: keep trying to reach it."""
        self._session.bulletin.set_fault("terminal", lost)
        try:
            self._connect()
        except DeskLost as again:
            self._session.bulletin.set_fault("terminal", str(again))
        return False

    def _refuse_end(self, ending: Ending, reason: str) -> None:
        """Go on, paused, because ending now would leave positions that were to be closed."""
        session = self._session
        session.ending = None
        session.bulletin.set_fault("stop", reason)
        session.bulletin.set_status("paused" if session.host.is_started else "error")
        if ending.command_id is not None:
            self._commands.finish(ending.command_id, error=reason)

    def _collect_last(self) -> None:
        """Put every deal that the hub lacks into the outbox; all of them if it never said what it has."""
        deadline_s = clock.steady_s() + KNOWN_WITHIN_S
        self._take_inbox()
        while self._session.deals.reported is None and clock.steady_s() < deadline_s:
            time.sleep(RETRY_S)
            self._take_inbox()
        try:
            if self._session.deals.reported is None:
                self._session.deals.hear_known(0)
            self._session.deals.catch_up()
            self._snapshots.take()
        except DeskLost as lost:
            logger.warning("ended while the terminal was away: %s", lost)


def _outcome(deals: Sequence[Deal], comment: str, position: int | None) -> Deal | None:
    """The deal that a lost order led to: of its position when it closed one, else by its comment."""
    for deal in deals:
        if position is not None and deal.position_id == position:
            return deal
        if position is None and deal.comment == comment:
            return deal
    return None
