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
from typing import Final, Generic, NamedTuple, TypeVar

from metafleet.hub.fleet.delivery import Delivery
from metafleet.hub.gateway import commands, edge, heartbeat, metrics, positions, replies
from metafleet.hub.gateway.beats import Outcome
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


class _Came(NamedTuple):
    """A whole request of a known caller. began_s: by `perf_counter`."""

    gateway: Gateway
    caller: Caller
    scope: Scope
    body: bytes
    reply: Answer
    now: datetime
    began_s: float

    def call(self, said: Said) -> Call[Said]:
        return Call(self.caller, said, len(self.body), self.now)


class _Pending(ABC, Generic[Made]):
    """A request that waits for what is made of it."""

    __slots__ = ("_came", "_id")

    def __init__(self, came: _Came, request_id: str, waiting: asyncio.Future[Made]) -> None:
        self._came = came
        self._id = request_id
        waiting.add_done_callback(self._go_on)

    @property
    @abstractmethod
    def kind(self) -> str: ...

    @abstractmethod
    def answer(self, made: Made) -> Response | None:
        """Answer at once; None where something is to be waited for, or refused: then it is `finish`ed."""

    @abstractmethod
    async def finish(self, waiting: asyncio.Future[Made]) -> Response: ...

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
        metrics.answered(self.kind, 200, time.perf_counter() - self._came.began_s)
        self._came.reply(response, self._id)

    async def _finish(self, waiting: asyncio.Future[Made]) -> None:
        """In a task after all."""
        came = self._came
        request = Request(came.scope, _nothing_more, self._id)
        slot = came.caller.slot
        request.terminal_id, request.tenant_id = slot.terminal_id, slot.tenant_id
        response = await edge.answer(
            came.gateway, self.kind, lambda *_: self.finish(waiting), request, came.began_s
        )
        came.reply(response, self._id)


class _Heartbeat(_Pending[Outcome]):
    __slots__ = ("_beat", "_call")
    kind = heartbeat.KIND

    def __init__(self, came: _Came, said: messages.Heartbeat) -> None:
        self._call = came.call(said)
        self._beat = heartbeat.read(came.caller.slot, said)
        super().__init__(came, edge.new_request_id(), came.gateway.beats.submit(self._beat))

    def answer(self, made: Outcome) -> Response | None:
        if not made.is_current or made.is_due:
            return None
        return replies.reply(heartbeat.answered(self._came.gateway, self._id, self._call, self._beat, made))

    async def finish(self, waiting: asyncio.Future[Outcome]) -> Response:
        return replies.reply(
            await heartbeat.finish(self._came.gateway, self._id, self._call, self._beat, waiting)
        )


class _Snapshot(_Pending[str]):
    __slots__ = ("_call", "_errors")
    kind = positions.KIND

    def __init__(self, came: _Came, said: messages.Positions) -> None:
        self._call = came.call(said)
        snapshot, self._errors = positions.read(came.caller.slot, said, came.gateway.arrivals.next())
        super().__init__(came, edge.new_request_id(), came.gateway.positions.submit(snapshot))

    def answer(self, made: str) -> Response | None:
        if made == FENCED:
            return None
        return positions.answered(self._came.gateway, self._came.caller.slot, self._errors)

    async def finish(self, waiting: asyncio.Future[str]) -> Response:
        return await positions.finish(self._came.gateway, self._call, self._errors, waiting)


class _Poll(_Pending[list[Delivery]]):
    __slots__ = ("leave",)
    kind = commands.KIND

    def __init__(self, came: _Came, wait_s: int) -> None:
        request_id = edge.new_request_id()
        poll = LongPoll(came.gateway, came.caller.slot, request_id, wait_s)
        self.leave = poll.leave
        super().__init__(came, request_id, poll.leased)

    def answer(self, made: list[Delivery]) -> Response | None:
        return commands.answered(made)

    async def finish(self, waiting: asyncio.Future[list[Delivery]]) -> Response:
        return await commands.finish(self._came.gateway, self._came.caller.slot, self._came.now, waiting)


def take(gateway: Gateway, scope: Scope, body: bytes, reply: Answer) -> Leave | None:
    """Take a whole request that is a usual one; return None, and do nothing, where it is not.

    Else return whom to tell when its sender leaves before it is answered.
    """
    began_s = time.perf_counter()
    taker = _TAKERS.get((scope["method"], scope["path"]))
    if taker is None:
        return None
    now = clock.now()
    caller = _caller(gateway, scope, now)
    if caller is None or len(body) > MOST_BYTES or _log.isEnabledFor(logging.DEBUG):
        return None
    try:
        return taker(_Came(gateway, caller, scope, body, reply, now, began_s))
    except Exception:  # noqa: BLE001 - it comes again there, where it is answered and logged
        return None


def _take_heartbeat(came: _Came) -> Leave | None:
    said = heartbeat.DECODER.decode(came.body)
    if not _is_at_home(came.caller, said) or heartbeat.is_unusual(came.caller.slot, said.account_info):
        return None
    _Heartbeat(came, said)
    return _stay


def _take_snapshot(came: _Came) -> Leave | None:
    said = positions.DECODER.decode(came.body)
    slot = came.caller.slot
    if not _is_at_home(came.caller, said) or slot.is_crossed or len(said.positions) > positions.FEW:
        return None
    _Snapshot(came, said)
    return _stay


def _take_poll(came: _Came) -> Leave | None:
    wait_s = commands.wait_of(came.scope)
    if came.body or came.caller.slot.is_crossed:
        return None
    return _Poll(came, wait_s).leave


_TAKERS: Final[Mapping[tuple[str, str], Callable[[_Came], Leave | None]]] = {
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
