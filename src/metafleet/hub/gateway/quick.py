"""A heartbeat like its last one, answered without a task of its own.

Most requests are heartbeats, and nearly all of them say nothing that has to be waited for before they are
written. Whatever is unusual about one, in how it is sent, in who sends it, in what it says or in what comes
of it, goes the way of every request, `post_heartbeat`, which makes the same of a usual one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from typing import Final

import msgspec

from metafleet.hub.gateway import edge, heartbeat, metrics, replies
from metafleet.hub.gateway.beats import Beat, Outcome
from metafleet.hub.gateway.body import MOST_BYTES
from metafleet.hub.gateway.callers import Caller
from metafleet.hub.gateway.edge import Call
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Answer, Message, Request, Response, Scope
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Malformed
from metafleet.wire import messages

_BEARER: Final = b"bearer "
_LONGER: Final = frozenset({b"content-encoding", b"traceparent", b"expect"})
"""Headers of requests that go the long way."""

_log = logging.getLogger("metafleet.gateway")
_slow: Final[set[asyncio.Task[None]]] = set()


def take(gateway: Gateway, scope: Scope, body: bytes, answer: Answer) -> bool:
    """Take a whole request that is a usual heartbeat; return False, and do nothing, where it is not."""
    began_s, now = time.perf_counter(), clock.now()
    caller = _caller(gateway, scope, now)
    if caller is None or len(body) > MOST_BYTES or _log.isEnabledFor(logging.DEBUG):
        return False
    try:
        said = heartbeat.DECODER.decode(body)
        if not _is_usual(caller, said):
            return False
        beat = heartbeat.read(caller.slot, said)
    except (msgspec.DecodeError, Malformed, RecursionError):
        return False
    call = Call(caller, said, len(body), now)
    written = gateway.beats.submit(beat)
    written.add_done_callback(_Quick(gateway, scope, call, beat, answer, began_s).go_on)
    return True


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


def _is_usual(caller: Caller, said: messages.Heartbeat) -> bool:
    slot = caller.slot
    login = said.login if said.login is not None else said.mt5_login
    return (
        (said.terminal_id is None or said.terminal_id == slot.name)
        and not edge.is_elsewhere(slot, login, said.server or said.mt5_server)
        and not heartbeat.is_unusual(slot, said.account_info)
    )


class _Quick:
    """A heartbeat that waits for its batch."""

    __slots__ = ("_answer", "_beat", "_began_s", "_call", "_gateway", "_scope")

    def __init__(
        self,
        gateway: Gateway,
        scope: Scope,
        call: Call[messages.Heartbeat],
        beat: Beat,
        answer: Answer,
        began_s: float,
    ) -> None:
        self._gateway = gateway
        self._scope = scope
        self._call = call
        self._beat = beat
        self._answer = answer
        self._began_s = began_s

    def go_on(self, written: asyncio.Future[Outcome]) -> None:
        if written.cancelled() or written.exception() is not None:
            self._go_slowly(written)
            return
        outcome = written.result()
        if not outcome.is_current or outcome.is_due:
            self._go_slowly(written)
            return
        request_id = edge.new_request_id()
        try:
            reply = heartbeat.answered(self._gateway, request_id, self._call, self._beat, outcome)
        except Exception:  # noqa: BLE001 - it comes again there, where it is logged and answered
            self._go_slowly(written)
            return
        metrics.answered(heartbeat.KIND, 200, time.perf_counter() - self._began_s)
        self._answer(replies.reply(reply), request_id)

    def _go_slowly(self, written: asyncio.Future[Outcome]) -> None:
        """In a task after all: something has to be waited for, or to be refused."""
        task = asyncio.create_task(self._finish(written))
        _slow.add(task)
        task.add_done_callback(_slow.discard)

    async def _finish(self, written: asyncio.Future[Outcome]) -> None:
        request = Request(self._scope, _nothing_more, edge.new_request_id())
        slot = self._beat.slot
        request.terminal_id, request.tenant_id = slot.terminal_id, slot.tenant_id

        async def finish(gateway: Gateway, request: Request) -> Response:
            made = await heartbeat.finish(gateway, request.id, self._call, self._beat, written)
            return replies.reply(made)

        response = await edge.answer(self._gateway, heartbeat.KIND, finish, request, self._began_s)
        self._answer(response, request.id)


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}
