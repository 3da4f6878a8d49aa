"""Empty the outbox into the gateway: deals first, then candles, then command results."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from metafleet.runner import clock
from metafleet.runner.backoff import Backoff
from metafleet.runner.outbox import Entry, Kind, Outbox
from metafleet.wire import messages
from metafleet.wire.client import WireClient, WireError

BATCH_DEALS: Final = 500
"""Deals in one post: half of what the protocol allows, and well below its 1 MiB."""

TURN_S: Final = 2.0

_ORDER: Final[tuple[Kind, ...]] = ("trades", "candles", "result")
_NEVER: Final[dict[Kind, frozenset[int]]] = {
    "trades": frozenset({400, 413, 422}),
    "candles": frozenset({400, 404, 413, 422}),
    "result": frozenset({400, 404, 409, 410, 413, 422}),
}
"""Statuses that say of one body that it will never be taken. Any other refusal may pass."""

logger = logging.getLogger(__name__)


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a `result` entry. `attempt` and `expires_at`: of the delivery that it answers."""

    command_id: str
    result: messages.CommandResult
    attempt: int = 0
    expires_at: str | None = None


def trades_body(deals: Sequence[messages.Deal]) -> bytes:
    """The body of a `trades` entry."""
    return msgspec.json.encode(deals)


def candles_body(candles: messages.Candles) -> bytes:
    """The body of a `candles` entry; its terminal id is set anew when it is sent."""
    return msgspec.json.encode(candles)


def result_body(result: Result) -> bytes:
    """The body of a `result` entry."""
    return msgspec.json.encode(result)


class Delivery:
    """Posts what is pending; each kind backs off by itself, so that none holds up another."""

    def __init__(self, outbox: Outbox, client: WireClient, terminal_id: str) -> None:
        self._outbox = outbox
        self._client = client
        self._terminal_id = terminal_id
        self._backoffs: dict[Kind, Backoff] = {kind: Backoff() for kind in _ORDER}
        self._not_before_s: dict[Kind, float] = dict.fromkeys(_ORDER, 0.0)
        self._posts: dict[Kind, Callable[[Sequence[Entry]], None]] = {
            "trades": self._post_trades,
            "candles": self._post_candles,
            "result": self._post_result,
        }

    def deliver(self, now_s: float) -> float | None:
        """Post what may be posted now; return the seconds until the rest may, None when all is out.

        After TURN_S the rest is left for the next call: heartbeats are not kept waiting for it.
        now_s: steady seconds. Raises WireError only for 401: the token was fenced off.
        """
        waits = []
        until_s = clock.steady_s() + TURN_S
        for kind in _ORDER:
            if self._not_before_s[kind] <= now_s and clock.steady_s() < until_s:
                self._deliver_kind(kind, now_s, until_s)
            if self._outbox.pending(kind):
                waits.append(max(0.0, self._not_before_s[kind] - now_s))
        return min(waits, default=None)

    def retry_now(self) -> None:
        """Forget the waits: the gateway has just answered something else."""
        for kind in _ORDER:
            self._not_before_s[kind] = 0.0

    def _deliver_kind(self, kind: Kind, now_s: float, until_s: float) -> None:
        try:
            while clock.steady_s() < until_s and (batch := _next_batch(self._outbox.pending(kind))):
                self._post_or_split(batch)
                self._backoffs[kind].reset()
        except WireError as refused:
            if refused.is_unauthorised:
                raise
            wait_s = self._backoffs[kind].next_wait_s(refused.retry_after_s)
            self._not_before_s[kind] = now_s + wait_s
            logger.warning("%s wait %.1f s: %s", kind, wait_s, refused.detail)

    def _post_or_split(self, batch: Sequence[Entry]) -> None:
        """Post; where the hub refuses the body for good, halve it until the bad entry is alone."""
        kind = batch[0].kind
        try:
            self._posts[kind](batch)
        except WireError as refused:
            if refused.status not in _NEVER[kind]:
                raise
            if len(batch) == 1:
                logger.error("set aside %s entry %d: %s", kind, batch[0].id, refused.detail)
                self._outbox.set_aside(batch[0], refused.detail)
                return
            middle = len(batch) // 2
            self._post_or_split(batch[:middle])
            self._post_or_split(batch[middle:])
        else:
            self._outbox.drop([entry.id for entry in batch])

    def _post_trades(self, batch: Sequence[Entry]) -> None:
        deals = [deal for entry in batch for deal in msgspec.json.decode(entry.body, type=list[msgspec.Raw])]
        reply = self._client.trades(messages.Trades(terminal_id=self._terminal_id, trades=deals))
        for fault in reply.errors:
            logger.error("the hub set deal %s aside: %s", fault.ticket, fault.detail)

    def _post_candles(self, batch: Sequence[Entry]) -> None:
        candles = msgspec.json.decode(batch[0].body, type=messages.Candles)
        self._client.candles(msgspec.structs.replace(candles, terminal_id=self._terminal_id))

    def _post_result(self, batch: Sequence[Entry]) -> None:
        done = msgspec.json.decode(batch[0].body, type=Result)
        self._client.command_result(done.command_id, done.result)


def _next_batch(pending: Sequence[Entry]) -> Sequence[Entry]:
    """The oldest entries that make one post; entries of deals join up to BATCH_DEALS."""
    if not pending or pending[0].kind != "trades":
        return pending[:1]
    total = 0
    for index, entry in enumerate(pending):
        total += len(msgspec.json.decode(entry.body, type=list[msgspec.Raw]))
        if total > BATCH_DEALS and index:
            return pending[:index]
    return pending
