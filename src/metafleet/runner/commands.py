"""Commands: each served once, its result kept until the hub has it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from metafleet.engine.broker.errors import BrokerError
from metafleet.engine.experts.charts import ChartRefused
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.experts.inputs import InputRefused
from metafleet.runner import clock, delivery, handlers, orders
from metafleet.runner.orders import OrderRefused
from metafleet.runner.outbox import Entry
from metafleet.runner.payloads import PayloadRefused
from metafleet.runner.session import Session
from metafleet.wire import messages

REMEMBERED: Final = 256
"""Results kept in memory, for commands that come again because their result crossed the next lease."""

DEFERRED_AT_MOST_S: Final = 60.0
"""How long a command without `expiresAt` waits for a terminal that is away."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    command: messages.Command
    since_s: float


@dataclass(frozen=True, slots=True)
class _Delivered:
    """Which delivery of a command was accepted last: a fresh `expires_at` says that it was queued again."""

    attempt: int = 0
    expires_at: str | None = None

    def is_before_a_requeue_to(self, command: messages.Command) -> bool:
        """Whether the command was queued again since: each time it is good for longer.

        A hub that sets no such time counts the deliveries anew.
        """
        if self.expires_at is None or command.expires_at is None:
            return command.attempt <= self.attempt
        return clock.epoch_s(command.expires_at) != clock.epoch_s(self.expires_at)


class CommandServer:
    """Used by the trading loop only. `waiting`: the commands that are not done yet, by their ids."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.waiting: dict[str, _Waiting] = {}
        self._results: dict[str, messages.CommandResult | None] = {}
        self._delivered: dict[str, _Delivered] = {}
        for _, kept in self._on_their_way():
            self._results[kept.command_id] = kept.result
            self._delivered[kept.command_id] = _Delivered(kept.attempt, kept.expires_at)

    def take(self, command: messages.Command) -> None:
        """Accept a command; one that is known already is served again only when it was queued again."""
        if command.id in self.waiting:
            return
        if command.id in self._results:
            if not self._is_queued_again(command):
                self._repeat_result(command.id)
                return
            self._withdraw_result(command.id)
        self._delivered[command.id] = _Delivered(command.attempt, command.expires_at)
        logger.info(
            "command %s %s, attempt %d",
            *(command.type, command.id, command.attempt),
            extra={"command_id": command.id},
        )
        self.waiting[command.id] = _Waiting(command, clock.steady_s())

    def serve(self) -> None:
        """Serve what waits; what needs an absent terminal goes on waiting until it expires.

        Raises ExpertCrashed from an EA that fails while it is configured, and OSError
        from an outbox that cannot be written.
        """
        for waiting in list(self.waiting.values()):
            if self._is_expired(waiting):
                self._expire(waiting.command)
                continue
            if self._session.ending is not None:
                return
            self._serve_one(waiting.command)

    def finish(
        self, command_id: str, *, result: dict[str, Any] | None = None, error: str | None = None
    ) -> None:
        """Keep the result for delivery; with an `error` the command has failed."""
        status: Any = "done" if error is None else "failed"
        done = messages.CommandResult(status=status, result=result, error=error)
        logger.info("command %s %s %s", command_id, status, error or "", extra={"command_id": command_id})
        self.waiting.pop(command_id, None)
        self._remember(command_id, done)
        self._deliver(command_id, done)

    def _serve_one(self, command: messages.Command) -> None:
        handler = handlers.HANDLERS.get(command.type)
        if handler is None:
            self.finish(command.id, error=f"type: this runner knows no command {command.type!r}")
            return
        self._attempt(command, handler)

    def _attempt(self, command: messages.Command, handler: handlers.Handler) -> None:
        try:
            result = handler(self._session, command)
        except DeskLost:
            return
        except (OrderRefused, PayloadRefused, InputRefused, ChartRefused, BrokerError) as refused:
            self.finish(command.id, error=str(refused))
            return
        if result is not None:
            self.finish(command.id, result=result)
        else:
            self.waiting.pop(command.id, None)
            self._remember(command.id, None)

    def _expire(self, command: messages.Command) -> None:
        """Nothing more is sent for it; but where an order of it may have left, find out and say so."""
        try:
            if command.type in handlers.ORDERS and self._has_been_sent(command):
                return
        except DeskLost:
            if command.attempt > 1:  # an earlier life of this runner may have sent it
                return
        self.finish(command.id, error="expired before the terminal could be reached")

    def _has_been_sent(self, command: messages.Command) -> bool:
        """Whether an order of it left; where that is settled, its result is told. Raises DeskLost."""
        if orders.may_have_traded(self._session, command.id):
            return True  # the loop settles it, or the hub asks no more
        if not orders.has_traded(self._session, command.id):
            return False
        if command.type == "CLOSE_ALL":
            self.finish(command.id, error="expired before every position was closed")
        else:
            self._serve_one(command)  # finds the mark, and sends nothing
        return True

    def _is_queued_again(self, command: messages.Command) -> bool:
        """Whether a person wants another try of what has failed."""
        known = self._results[command.id]
        has_failed = known is not None and known.status == "failed"
        return has_failed and self._delivery_of(command.id).is_before_a_requeue_to(command)

    def _is_expired(self, waiting: _Waiting) -> bool:
        expires_at = waiting.command.expires_at
        if expires_at is None:
            return clock.steady_s() - waiting.since_s > DEFERRED_AT_MOST_S
        return clock.wall_s() + self._session.inbox.clock_offset_s >= clock.epoch_s(expires_at)

    def _remember(self, command_id: str, result: messages.CommandResult | None) -> None:
        self._results[command_id] = result
        while len(self._results) > REMEMBERED:
            oldest = next(iter(self._results))
            del self._results[oldest]
            self._delivered.pop(oldest, None)

    def _repeat_result(self, command_id: str) -> None:
        """Send a known result again, unless it is still on its way or has yet to come."""
        result = self._results[command_id]
        is_on_its_way = any(kept.command_id == command_id for _, kept in self._on_their_way())
        if result is not None and not is_on_its_way:
            self._deliver(command_id, result)

    def _withdraw_result(self, command_id: str) -> None:
        """Tell no more of the try before: it would end the new one.

        Where the hub has it and only its answer is late or lost, nothing is lost; where the hub
        never heard it, whoever queued the command again has no use for it.
        """
        self._session.outbox.drop(
            [entry.id for entry, kept in self._on_their_way() if kept.command_id == command_id]
        )

    def _on_their_way(self) -> list[tuple[Entry, delivery.Result]]:
        pending = self._session.outbox.pending("result")
        return [(entry, msgspec.json.decode(entry.body, type=delivery.Result)) for entry in pending]

    def _delivery_of(self, command_id: str) -> _Delivered:
        return self._delivered.get(command_id, _Delivered())

    def _deliver(self, command_id: str, result: messages.CommandResult) -> None:
        answered = self._delivery_of(command_id)
        self._session.outbox.append(
            "result",
            delivery.result_body(delivery.Result(command_id, result, answered.attempt, answered.expires_at)),
        )
        self._session.bulletin.wake()
