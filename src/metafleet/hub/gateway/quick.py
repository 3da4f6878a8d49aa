"""Heartbeats, snapshots and polls like the last ones, answered without a task of their own.

Most requests are one of these, and nearly all of them say nothing that has to be waited for before they
come into their batch. Whatever is unusual about one, in how it is sent, in who sends it, in what it says or
in what comes of it, goes the way of every request, which makes the same of a usual one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Generic, TypeVar

from metafleet.hub.fleet.delivery import Delivery
from metafleet.hub.gateway import commands, edge, heartbeat, metrics, positions, replies
from metafleet.hub.gateway.beats import Beat, Outcome
from metafleet.hub.gateway.body import MOST_BYTES
from metafleet.hub.gateway.callers import Caller
from metafleet.hub.gateway.edge import Call
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Answer, Leave, Message, Request, Response, Scope
from metafleet.hub.gateway.longpoll import LongPoll
from metafleet.hub.gateway.snapshots import FENCED
from metafleet.hub.kernel import clock
from metafleet.wire import messages

_BEARER: Final = b"bearer "
_LONGER: Final = frozenset({b"content-encoding", b"traceparent", b"expect"})
"""Headers of requests that go the long way."""

Made = TypeVar("Made")
Said = TypeVar("Said", bound=messages.Said)

_log = logging.getLogger("metafleet.gateway")
_slow: Final[set[asyncio.Task[None]]] = set()


class _Pending(ABC, Generic[Made, Said]):
    """A request that waits for what is made of it."""

    __slots__ = ("_began_s", "_reply", "_scope", "call", "gateway", "id")

    def __init__(self, gateway: Gateway, call: Call[Said], scope: Scope, reply: Answer) -> None:
        self._began_s = time.perf_counter()
        self._scope = scope
        self._reply = reply
        self.id = edge.new_request_id()
        self.gateway = gateway
        self.call = call

    @property
    @abstractmethod
    def kind(self) -> str: ...

    @abstractmethod
    def answer(self, made: Made) -> Response | None:
        """Answer at once; None where something is to be waited for, or refused: then it is `finish`ed."""

    @abstractmethod
    async def finish(self, waiting: asyncio.Future[Made]) -> Response: ...

    def wait_for(self, waiting: asyncio.Future[Made]) -> None:
        waiting.add_done_callback(self._go_on)

    def _go_on(self, waiting: asyncio.Future[Made]) -> None:
        response = None
        if not waiting.cancelled() and waiting.exception() is None:
            try:
                response = self.answer(waiting.result())
            except Exception:  # noqa: BLE001 - it comes again there, where it is logged and answered
                response = None
        if response is None:
            task = asyncio.create_task(self._finish(waiting))
            _slow.add(task)
            task.add_done_callback(_slow.discard)
            return
        metrics.answered(self.kind, 200, time.perf_counter() - self._began_s)
        self._reply(response, self.id)

    async def _finish(self, waiting: asyncio.Future[Made]) -> None:
        """In a task after all."""
        request = Request(self._scope, _nothing_more, self.id)
        slot = self.call.caller.slot
        request.terminal_id, request.tenant_id = slot.terminal_id, slot.tenant_id
        response = await edge.answer(
            self.gateway, self.kind, lambda *_: self.finish(waiting), request, self._began_s
        )
        self._reply(response, self.id)


class _Heartbeat(_Pending[Outcome, messages.Heartbeat]):
    __slots__ = ("_beat",)
    kind = heartbeat.KIND

    def __init__(
        self, gateway: Gateway, call: Call[messages.Heartbeat], scope: Scope, reply: Answer, beat: Beat
    ) -> None:
        super().__init__(gateway, call, scope, reply)
        self._beat = beat
        self.wait_for(gateway.beats.submit(beat))

    def answer(self, made: Outcome) -> Response | None:
        if not made.is_current or made.is_due:
            return None
        return replies.reply(heartbeat.answered(self.gateway, self.id, self.call, self._beat, made))

    async def finish(self, waiting: asyncio.Future[Outcome]) -> Response:
        return replies.reply(await heartbeat.finish(self.gateway, self.id, self.call, self._beat, waiting))


class _Snapshot(_Pending[str, messages.Positions]):
    __slots__ = ("_errors",)
    kind = positions.KIND

    def __init__(self, gateway: Gateway, call: Call[messages.Positions], scope: Scope, reply: Answer) -> None:
        super().__init__(gateway, call, scope, reply)
        snapshot, self._errors = positions.read(call.caller.slot, call.said, gateway.arrivals.next())
        self.wait_for(gateway.positions.submit(snapshot))

    def answer(self, made: str) -> Response | None:
        if made == FENCED:
            return None
        return positions.answered(self.gateway, self.call.caller.slot, self._errors)

    async def finish(self, waiting: asyncio.Future[str]) -> Response:
        return await positions.finish(self.gateway, self.call, self._errors, waiting)


class _Poll(_Pending[list[Delivery], messages.Said]):
    __slots__ = ("leave",)
    kind = commands.KIND

    def __init__(
        self, gateway: Gateway, call: Call[messages.Said], scope: Scope, reply: Answer, wait_s: int
    ) -> None:
        super().__init__(gateway, call, scope, reply)
        poll = LongPoll(gateway, call.caller.slot, self.id, wait_s)
        self.leave = poll.leave
        self.wait_for(poll.leased)

    def answer(self, made: list[Delivery]) -> Response | None:
        return commands.answered(made)

    async def finish(self, waiting: asyncio.Future[list[Delivery]]) -> Response:
        return await commands.finish(self.gateway, self.call.caller.slot, self.call.now, waiting)


def take(gateway: Gateway, scope: Scope, body: bytes, reply: Answer) -> Leave | None:
    """Take a whole request that is a usual one; return None, and do nothing, where it is not.

    Else return whom to tell when its sender leaves before it is answered.
    """
    taker = _TAKERS.get((scope["method"], scope["path"]))
    if taker is None:
        return None
    now = clock.now()
    caller = _caller(gateway, scope, now)
    if caller is None or len(body) > MOST_BYTES or _log.isEnabledFor(logging.DEBUG):
        return None
    try:
        return taker(gateway, caller, scope, body, reply, now)
    except Exception:  # noqa: BLE001 - it comes again there, where it is answered and logged
        return None


def _take_heartbeat(
    gateway: Gateway, caller: Caller, scope: Scope, body: bytes, reply: Answer, now: datetime
) -> Leave | None:
    said = heartbeat.DECODER.decode(body)
    if not _is_at_home(caller, said) or heartbeat.is_unusual(caller.slot, said.account_info):
        return None
    beat = heartbeat.read(caller.slot, said)
    _Heartbeat(gateway, Call(caller, said, len(body), now), scope, reply, beat)
    return _stay


def _take_snapshot(
    gateway: Gateway, caller: Caller, scope: Scope, body: bytes, reply: Answer, now: datetime
) -> Leave | None:
    said = positions.DECODER.decode(body)
    if not _is_at_home(caller, said) or caller.slot.is_crossed or len(said.positions) > positions.FEW:
        return None
    _Snapshot(gateway, Call(caller, said, len(body), now), scope, reply)
    return _stay


def _take_poll(
    gateway: Gateway, caller: Caller, scope: Scope, body: bytes, reply: Answer, now: datetime
) -> Leave | None:
    wait_s = commands.wait_of(scope)
    if body or caller.slot.is_crossed:
        return None
    return _Poll(gateway, Call(caller, _NOTHING, 0, now), scope, reply, wait_s).leave


_NOTHING: Final = messages.Said()
_TAKERS: Final[
    Mapping[tuple[str, str], Callable[[Gateway, Caller, Scope, bytes, Answer, datetime], Leave | None]]
] = {
    ("POST", "/webhook/terminal/heartbeat"): _take_heartbeat,
    ("POST", "/webhook/terminal/positions"): _take_snapshot,
    ("GET", "/webhook/terminal/commands"): _take_poll,
}


def _caller(gateway: Gateway, scope: Scope, now: datetime) -> Caller | None:
    token = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            # Of two with one name the first counts.
            token = token or value
        elif name in _LONGER:
            return None
    if token[: len(_BEARER)].lower() != _BEARER:
        return None
    return gateway.callers.known(token[len(_BEARER) :].strip().decode("latin-1"), now)


def _is_at_home(caller: Caller, said: messages.Heartbeat | messages.Positions) -> bool:
    slot = caller.slot
    login = said.login if said.login is not None else said.mt5_login
    return (said.terminal_id is None or said.terminal_id == slot.name) and not edge.is_elsewhere(
        slot, login, said.server or said.mt5_server
    )


def _stay() -> None:
    """What was sent is a fact, whether or not its sender is still there."""


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}
