"""The three observations that a runner reports: heartbeats, open positions, bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from metafleet.runner import clock
from metafleet.runner.bulletin import Observed
from metafleet.runner.lease import Lease
from metafleet.runner.pace import Pace
from metafleet.runner.trace import Trace
from metafleet.wire import messages
from metafleet.wire.client import WireClient

POSITIONS_APART_S: Final = 0.25
"""Snapshots right after deals: the gateway allows bursts of 20 and then one a second."""

BUSY_TOO_LONG_S: Final = 30.0
"""A hook of the EA that has not returned for so long is reported."""


class Observation(Protocol):
    """One kind of report."""

    pace: Pace

    def is_wanted(self, observed: Observed, now_s: float) -> bool:
        """Whether there is something to send, its pace allowing."""

    def send(self, observed: Observed, now_s: float) -> None:
        """Send it. Raises WireError."""


class Heartbeats:
    """At each interval, and at once when the status or a fault has changed."""

    def __init__(
        self,
        client: WireClient,
        terminal_id: str,
        identity: messages.ExpertInfo,
        interval_s: float,
        read_host: Callable[[], messages.HostInfo],
        lease: Lease,
        trace: Trace,
    ) -> None:
        self.pace = Pace()
        self._client = client
        self._terminal_id = terminal_id
        self._identity = identity
        self.interval_s = interval_s
        self._read_host = read_host
        self._lease = lease
        self._trace = trace
        self.heard_version = -1
        self.on_reply: list[Callable[[messages.HeartbeatReply, bool], None]] = []

    def is_wanted(self, observed: Observed, now_s: float) -> bool:
        return self.pace.is_due(now_s, hurried=observed.status_version != self.heard_version)

    def send(self, observed: Observed, now_s: float) -> None:
        heartbeat, sent_s = self._compose(observed, now_s), clock.passed_s()
        reply = self._client.heartbeat(heartbeat)
        if isinstance(reply.lease, messages.Lease):
            self._lease.renew(sent_s, reply.lease)
        self.heard_version = observed.status_version
        is_back = self.pace.succeed(now_s, self.interval_s)
        for listener in self.on_reply:
            listener(reply, is_back)
        self._trace.reported(has_ticked=observed.first_tick_at is not None)

    def _compose(self, observed: Observed, now_s: float) -> messages.Heartbeat:
        expert = msgspec.structs.replace(
            self._identity,
            status=observed.status,
            last_error=_fault(observed, now_s),
            first_tick_at=observed.first_tick_at,
            spread_points=observed.spread_points,
            guard=observed.guard,
        )
        return messages.Heartbeat(
            terminal_id=self._terminal_id,
            protocol=messages.PROTOCOL_VERSION,
            platform="paper",
            utc_offset=0,
            account_info=observed.account,
            host=self._read_host(),
            expert=expert,
            open_positions=None if observed.positions is None else len(observed.positions),
            last_deal_ticket=observed.last_deal_ticket,
        )


class PositionSnapshots:
    """At once when the set of positions has changed, and their prices after each heartbeat."""

    def __init__(self, client: WireClient, terminal_id: str) -> None:
        self.pace = Pace()
        self._client = client
        self._terminal_id = terminal_id
        self._sent: list[messages.Position] | None = None
        self._is_refresh_wanted = False

    def refresh(self) -> None:
        """Send changed prices too, once."""
        self._is_refresh_wanted = True

    def is_wanted(self, observed: Observed, now_s: float) -> bool:
        held = observed.positions
        if held is None or held == self._sent or not self.pace.is_due(now_s):
            return False
        return self._is_refresh_wanted or self._sent is None or _terms(held) != _terms(self._sent)

    def send(self, observed: Observed, now_s: float) -> None:
        held = observed.positions or []
        raw = [msgspec.Raw(msgspec.json.encode(position)) for position in held]
        self._client.positions(messages.Positions(terminal_id=self._terminal_id, positions=raw))
        self._sent, self._is_refresh_wanted = held, False
        self.pace.succeed(now_s, POSITIONS_APART_S)


class Bars:
    """Each closed bar at once, the forming one after each heartbeat."""

    def __init__(self, client: WireClient, terminal_id: str, symbol: str) -> None:
        self.pace = Pace()
        self._client = client
        self._terminal_id = terminal_id
        self._symbol = symbol
        self._sent_until_s = 0
        self._is_refresh_wanted = False

    def refresh(self) -> None:
        """Send the forming bar too, once."""
        self._is_refresh_wanted = True

    def is_wanted(self, observed: Observed, now_s: float) -> bool:
        has_forming = self._is_refresh_wanted and observed.forming_bar is not None
        return self.pace.is_due(now_s) and (has_forming or bool(self._unsent(observed)))

    def send(self, observed: Observed, now_s: float) -> None:
        closed = self._unsent(observed)
        closed_until_s = int(closed[-1].time) if closed else self._sent_until_s
        forming = observed.forming_bar
        has_forming = forming is not None and int(forming.time) > closed_until_s
        bars = [*closed, forming] if has_forming else closed
        if bars:
            self._client.candles(
                messages.Candles(
                    terminal_id=self._terminal_id,
                    symbol=self._symbol,
                    candles=[msgspec.Raw(msgspec.json.encode(bar)) for bar in bars],
                )
            )
        self._sent_until_s, self._is_refresh_wanted = closed_until_s, False
        self.pace.succeed(now_s, 0.0)

    def _unsent(self, observed: Observed) -> list[messages.Candle]:
        return [bar for bar in observed.closed_bars if int(bar.time) > self._sent_until_s]


def _terms(positions: Sequence[messages.Position]) -> list[tuple[object, ...]]:
    """What of the positions only a deal or a change of stops alters."""
    return [(held.ticket, held.volume, held.stop_loss, held.take_profit) for held in positions]


def _fault(observed: Observed, now_s: float) -> str | None:
    """What is wrong, an EA that hangs included."""
    faults = [] if observed.fault is None else [observed.fault]
    if observed.busy is not None and now_s - observed.busy[1] > BUSY_TOO_LONG_S:
        hook, since_s = observed.busy
        faults.append(f"the EA has not returned from {hook} for {now_s - since_s:.0f} s")
    return "; ".join(faults) or None
