"""One terminal's watcher: looks at it, and tells the hub in the terminal protocol."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import threading
from pathlib import Path
from typing import Final

import msgspec

from metafleet.runner import clock
from metafleet.runner.agent import machine, records
from metafleet.runner.agent.archive import LogArchive
from metafleet.runner.agent.deals import DealKeeper
from metafleet.runner.agent.logs import LogFollower
from metafleet.runner.agent.records import Identity, State, Status
from metafleet.runner.agent.reporting import Reporter
from metafleet.runner.agent.rule import RestartRule
from metafleet.runner.agent.settings import TerminalSettings
from metafleet.runner.agent.source import Facts, Source, SourceLost
from metafleet.runner.backoff import Backoff
from metafleet.runner.delivery import Delivery
from metafleet.runner.outbox import Outbox
from metafleet.wire import loglines, messages
from metafleet.wire.client import WireClient, WireError

LOOK_S: Final = 1.0
"""How often the terminal is looked at."""
COLLECT_S: Final = 3600.0
"""How often the log files of days that have ended are packed."""
REPORT_S: Final = 15.0
"""How often the machine is told of."""

logger = logging.getLogger("metafleet.agent")


class Refused(Exception):
    """The hub will not have this terminal: its code or its token is no good. Somebody must pair it anew."""


class Watcher:
    """Runs until it is stopped, or the hub refuses the terminal for good.

    A heartbeat is only sent while the terminal itself answers, so that the hub sees a dead terminal as
    one that is silent. What is in the outbox is delivered all the same.
    """

    def __init__(
        self,
        *,
        settings: TerminalSettings,
        hub: str,
        folder: Path,
        source: Source,
        version: str,
        machine_id: str,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._source = source
        self._version = version
        self._machine_id = machine_id
        self._reported_s = -math.inf
        self._client = WireClient(hub)
        self._outbox = Outbox(folder / "outbox.jsonl")
        self._deals = DealKeeper(source, self._outbox)
        self._delivery: Delivery | None = None
        self._identity: Identity | None = None
        self._logs = LogFollower()
        self._reporter = Reporter(settings.path, self._logs)
        self._archive = LogArchive(folder, settings.logs_mb)
        self._collected_s = -math.inf
        self._rule = RestartRule(settings.restarts_per_hour)
        self._backoff = Backoff(cap_s=60.0)
        self._not_before_s = 0.0
        self._sent_positions: list[messages.Position] | None = None
        self._said = ""
        self.status = Status(name=settings.name, pid=os.getpid())
        known = records.read(folder / records.IDENTITY, Identity)
        if known is not None and known.code == records.hash_of(settings.pairing_code):
            self._become(known)

    def run(self, stop: threading.Event) -> None:
        """Look and tell until `stop` is set. Raises Refused, OSError where the folder cannot be written."""
        try:
            while not stop.is_set():
                self.turn()
                stop.wait(LOOK_S)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of terminal, hub and outbox."""
        self._source.close()
        self._client.close()
        self._outbox.close()

    def turn(self) -> None:
        """Look once, and tell what is due. Raises Refused, OSError."""
        try:
            self._look_and_tell()
        except SourceLost as lost:
            self._note("lost", str(lost))
        except WireError as unheard:
            self._hear_nothing(unheard)
        try:
            self._report_machine()
        except WireError as unheard:
            self._miss_report(unheard)
        finally:
            self._deliver()
            self.status.at, self.status.waiting = clock.wall_s(), len(self._outbox.pending())
            records.write(self._folder / records.STATUS, self.status)

    def _look_and_tell(self) -> None:
        if not self._source.is_running():
            self._restart()
            return
        facts = self._source.facts()
        self._follow_logs(facts)
        account = self._source.account()
        self._take(facts, account)
        if self._identity is None:
            self._enrol(account, facts)
        if not self._is_own(account):
            self._say_other_account(account)
            return
        self._deals.collect()
        positions = self._source.positions()
        self.status.positions = len(positions)
        self._note("watching", "")
        if clock.steady_s() >= self._not_before_s:
            self._beat(facts, account, len(positions))
            self._deals.collect()
        if positions != self._sent_positions and self._identity is not None:
            raw = [msgspec.Raw(msgspec.json.encode(held)) for held in positions]
            self._client.positions(messages.Positions(terminal_id=self._identity.terminal_id, positions=raw))
            self._sent_positions = positions

    def _restart(self) -> None:
        """Start the terminal where the rule says so, and say it."""
        now_s = clock.steady_s()
        if self._settings.restart == "never":
            self._note("dead", "the terminal does not run; its rule is never to start it")
        elif (wait_s := self._rule.wait_s(now_s)) > 0:
            self._note("dead", f"the terminal does not run; it is started again in {wait_s:.0f} s")
        else:
            self._rule.note(now_s)
            self.status.restarts = self._rule.total
            logger.warning("%s: the terminal does not run, so it is started", self._settings.name)
            self._source.start()
            self._note("starting", "the terminal was started")

    def _follow_logs(self, facts: Facts) -> None:
        for error in self._logs.look(facts.logs):
            logger.warning("%s: %s %s %s", self._settings.name, error.file, error.at, error.text)
        self.status.log_errors, self.status.last_errors = self._logs.errors, tuple(self._logs.last)
        self.status.log_folders = tuple(facts.logs)
        if clock.steady_s() - self._collected_s >= COLLECT_S:
            self._collected_s = clock.steady_s()
            self._archive.collect(facts.logs)

    def _take(self, facts: Facts, account: messages.AccountInfo) -> None:
        status = self.status
        status.login, status.server = int(account.login or 0), account.server
        status.balance, status.equity = str(account.balance), str(account.equity)
        status.is_connected, status.is_algo_trading = facts.is_connected, facts.is_algo_trading
        status.latency_ms, status.last_tick_at = facts.latency_ms, facts.last_tick_at

    def _enrol(self, account: messages.AccountInfo, facts: Facts) -> None:
        """Trade the pairing code for a token. Raises Refused, WireError."""
        if clock.steady_s() < self._not_before_s:
            raise SourceLost(self.status.detail)
        code, login, server = self._settings.pairing_code, int(account.login or 0), account.server or ""
        said = messages.Enrolment(
            pairing_code=code, platform=self._source.platform, login=login, server=server, build=facts.build
        )
        try:
            reply = self._client.enrol(said)
        except WireError as refused:
            if refused.permanent:
                raise Refused(f"the hub refuses the pairing code: {refused.detail}") from refused
            raise
        identity = Identity(reply.terminal_id, reply.token, login, server, records.hash_of(code))
        records.write(self._folder / records.IDENTITY, identity)
        self._become(identity)
        logger.info("%s: paired for %d at %s", self._settings.name, login, server)

    def _become(self, identity: Identity) -> None:
        self._identity = identity
        loglines.about(terminal_id=identity.terminal_id)
        self._reporter.forget()
        self._client.token = identity.token
        self._delivery = Delivery(self._outbox, self._client, identity.terminal_id)

    def _is_own(self, account: messages.AccountInfo) -> bool:
        own = self._identity
        return own is not None and (int(account.login or 0), account.server) == (own.login, own.server)

    def _say_other_account(self, account: messages.AccountInfo) -> None:
        """Nothing of another account is kept or sent; the hub is told, once in a while, what is signed in."""
        own = self._identity
        if own is None:
            return
        detail = f"signed in to {account.login} at {account.server}; paired for {own.login} at {own.server}"
        self._note("other account", detail)
        if clock.steady_s() < self._not_before_s:
            return
        beat = messages.Heartbeat(
            terminal_id=own.terminal_id, protocol=messages.PROTOCOL_VERSION, account_info=account
        )
        self._not_before_s = clock.steady_s() + 60.0
        with contextlib.suppress(WireError):
            self._client.heartbeat(beat)

    def _beat(self, facts: Facts, account: messages.AccountInfo, positions: int) -> None:
        own = self._identity
        if own is None:
            return
        reply = self._client.heartbeat(
            messages.Heartbeat(
                terminal_id=own.terminal_id,
                protocol=messages.PROTOCOL_VERSION,
                platform=self._source.platform,
                build=facts.build,
                version=self._version,
                utc_offset=facts.utc_offset_s,
                account_info=account,
                open_positions=positions,
                last_deal_ticket=self._deals.reported,
            )
        )
        self._not_before_s = clock.steady_s() + reply.next_heartbeat
        self._backoff.reset()
        self._hear(own, reply)

    def _report_machine(self) -> None:
        """Tell how the machine and the terminal's program are, a dead one's too. Raises WireError."""
        own, now_s = self._identity, clock.steady_s()
        if own is None or now_s - self._reported_s < REPORT_S:
            return
        self._reported_s = now_s
        seen = self._reporter.seen(self.status, now_s)
        looked = machine.look(self._machine_id, self._folder, self._version, self.status.clock_skew_ms)
        self._client.machine(
            messages.MachineReport(terminal_id=own.terminal_id, machine=looked, terminal=seen)
        )
        self._reporter.told(now_s)

    def _hear(self, own: Identity, reply: messages.HeartbeatReply) -> None:
        now_s = clock.wall_s()
        self.status.heard_at = now_s
        with contextlib.suppress(ValueError):
            self.status.clock_skew_ms = round((now_s - clock.epoch_s(reply.server_time)) * 1000)
        if isinstance(reply.token, str):
            renewed = msgspec.structs.replace(own, token=reply.token)
            records.write(self._folder / records.IDENTITY, renewed)
            self._identity = renewed
        self._deals.hear_known(reply.known_deal_ticket)
        if self._delivery is not None:
            self._delivery.retry_now()

    def _hear_nothing(self, unheard: WireError) -> None:
        """Wait longer each time; the outbox keeps what comes meanwhile. Raises Refused for 401."""
        if unheard.is_unauthorised:
            raise Refused(f"the hub refuses this terminal's token: {unheard.detail}") from unheard
        wait_s = self._backoff.next_wait_s(unheard.retry_after_s)
        self._not_before_s = max(self._not_before_s, clock.steady_s() + wait_s)
        self._note(self.status.state, f"the hub does not take it: {unheard.detail}")

    def _miss_report(self, unheard: WireError) -> None:
        """The next one says it all; heartbeats do not wait for it. Raises Refused for 401."""
        if unheard.is_unauthorised:
            raise Refused(f"the hub refuses this terminal's token: {unheard.detail}") from unheard
        logger.warning("%s: the hub does not take how the machine is: %s", self.status.name, unheard.detail)

    def _deliver(self) -> None:
        if self._delivery is None:
            return
        try:
            self._delivery.deliver(clock.steady_s())
        except WireError as refused:
            raise Refused(f"the hub refuses this terminal's token: {refused.detail}") from refused

    def _note(self, state: State, detail: str) -> None:
        self.status.state, self.status.detail = state, detail
        said = f"{state} {detail.partition(' in ')[0]}"
        if said != self._said:
            self._said = said
            logger.info("%s: %s %s", self._settings.name, state, detail)
