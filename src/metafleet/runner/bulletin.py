"""What the trading loop last observed, for the uplink to report: latest wins."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import msgspec

from metafleet.runner.clock import steady_s
from metafleet.wire import messages

KEPT_BARS: Final = 500
"""Closed bars kept for the hub: what the protocol wants from a runner at its start."""


class Bulletin:
    """Written by the trading loop, read by the uplink. Safe to use from both.

    `faults` are keyed by their source, so that one that passed does not linger. `heartbeat_due_s`
    is the uplink's own: when it will next report the account, in steady seconds.
    `turned_s`: when the trading loop last came round, in steady seconds; it says so itself, and so of
    `busy`: which of the EA's hooks runs, and since when. `has_ticked`: whether the first tick is noted.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_woken = False
        self._status: messages.ExpertStatus = "starting"
        self._status_version = 0
        self._faults: dict[str, str] = {}
        self._account: messages.AccountInfo | None = None
        self._positions: list[messages.Position] | None = None
        self._last_deal_ticket: int | None = None
        self._first_tick_at: str | None = None
        self._closed_bars: deque[messages.Candle] = deque(maxlen=KEPT_BARS)
        self._forming_bar: messages.Candle | None = None
        self._spread_points: float | None = None
        self._guard: messages.GuardFired | None = None
        self.busy: tuple[str, float] | None = None
        self.has_ticked = False
        self.heartbeat_due_s = 0.0
        self.turned_s = steady_s()

    def set_status(self, status: messages.ExpertStatus) -> None:
        """A changed status is reported at once."""
        with self._changed:
            if status != self._status:
                self._status = status
                self._status_version += 1
                self._wake()

    def set_fault(self, source: str, fault: str | None) -> None:
        """Say what is wrong with `source`, or with None that it is well again."""
        with self._changed:
            if self._faults.get(source) == fault:
                return
            if fault is None:
                self._faults.pop(source, None)
            else:
                self._faults[source] = fault
            self._status_version += 1
            self._wake()

    def set_guard(self, fired: messages.GuardFired) -> None:
        """Say that a limit is broken and what was done about it; it is reported at once."""
        with self._changed:
            self._guard = fired
            self._status_version += 1
            self._wake()

    def publish(
        self,
        account: messages.AccountInfo,
        positions: list[messages.Position],
        last_deal_ticket: int | None,
        spread_points: float | None,
    ) -> None:
        """Set the account, all its open positions, and the spread of the EA's symbol."""
        with self._changed:
            self._spread_points = spread_points
            self._account, self._positions = account, positions
            self._last_deal_ticket = last_deal_ticket

    def publish_bars(self, closed: list[messages.Candle], forming: messages.Candle | None) -> None:
        """Add closed bars, oldest first, and set the forming one."""
        with self._changed:
            self._closed_bars.extend(closed)
            self._forming_bar = forming
            if closed:
                self._wake()

    def note_first_tick(self, at_utc: str) -> None:
        """Keep the time of the first tick."""
        with self._changed:
            if self._first_tick_at is None:
                self._first_tick_at, self.has_ticked = at_utc, True
                self._status_version += 1
                self._wake()

    def wake(self) -> None:
        """Let the uplink look now: the outbox has something."""
        with self._changed:
            self._wake()

    def wait(self, timeout_s: float) -> None:
        """Wait until something wants reporting, or the time is up."""
        with self._changed:
            if not self._is_woken:
                self._changed.wait(timeout_s)
            self._is_woken = False

    def read(self) -> Observed:
        """Return everything as it is now."""
        with self._changed:
            return Observed(
                status=self._status,
                status_version=self._status_version,
                fault="; ".join(f"{source}: {fault}" for source, fault in self._faults.items()) or None,
                account=self._account,
                positions=self._positions,
                last_deal_ticket=self._last_deal_ticket,
                first_tick_at=self._first_tick_at,
                closed_bars=list(self._closed_bars),
                forming_bar=self._forming_bar,
                busy=self.busy,
                spread_points=self._spread_points,
                guard=self._guard,
            )

    def _wake(self) -> None:
        self._is_woken = True
        self._changed.notify_all()


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """A bulletin at one moment. `busy`: the EA's hook that runs, and its start (steady seconds)."""

    status: messages.ExpertStatus
    status_version: int
    fault: str | None
    account: messages.AccountInfo | None
    positions: list[messages.Position] | None
    last_deal_ticket: int | None
    first_tick_at: str | None
    closed_bars: list[messages.Candle]
    forming_bar: messages.Candle | None
    busy: tuple[str, float] | None
    spread_points: float | None
    guard: messages.GuardFired | None
