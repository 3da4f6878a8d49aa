"""The gateway's HTTP protocol: patient, with an answer's head and body in one write, and no task for most.

uvicorn writes them one after the other, and uvloop makes a system call and a packet of each: a
sixth of what a heartbeat costs. `--http metafleet.hub.gateway.protocol:Protocol`.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast
from weakref import ref

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from metafleet.hub.gateway.http import WHOLE, Leave, Quick, Response
from metafleet.hub.kernel.patience import Patient

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

_replying: Final[set[asyncio.Task[None]]] = set()


class Joined:
    """A transport whose writes of one turn of the loop leave together, at its end."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        # Asked with each request.
        return self._transport.is_closing()

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def write_whole(self, data: bytes) -> None:
        """Write what nothing will be joined to."""
        self._flush()
        self._transport.write(data)

    def close(self) -> None:
        """Let go of the connection, after what was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            data, self._held = b"".join(self._held), []
            self._transport.write(data)


class Protocol(Patient):
    """An application with a method `quick`, as `http.Quick`, is asked by it first, with each request that
    has come whole; one that it takes is answered by `answer`, and gets no task."""

    body_s: ClassVar[float] = 20.0
    """Of 1 MiB at most."""

    _held: ASGI3Application | None = None
    """Whom the request is for whose head is here, until it is known whether its body is, too."""
    _is_heading = False
    _leave: Leave | None = None
    """Whom to tell when the connection is lost: of the last request that was taken."""

    def __init__(self, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._quick: Quick | None = getattr(self.app, "quick", None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(Joined(transport, self.loop))  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._leave is not None:
            self._leave()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._held is not None:
            self._start(self.cycle, self._held)

    def on_headers_complete(self) -> None:
        self._is_heading = self._quick is not None
        super().on_headers_complete()
        self._is_heading = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        held, cycle = self._held, self.cycle
        if held is None:
            return
        self._leave = self._quick and self._quick(
            cast(Any, cycle.scope), bytes(cycle.body), partial(_reply, cycle)
        )
        if self._leave is None:
            self._start(cycle, held)
        self._held = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self._is_heading and app is self.app:
            self._held = app
        else:
            self._start(cycle, app)

    def _start(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._held = None
        # Weakly: else the two would hold each other until the collector comes.
        whole: Any = partial(_answer_of, ref(cycle))
        cycle.scope["extensions"] = {WHOLE: whole}
        super()._start_asgi_task(cycle, app)


def _reply(cycle: RequestResponseCycle, response: Response, request_id: str) -> None:
    """Answer a request that has no task."""
    if cycle.disconnected:
        _let_go(cycle)
        return
    if response.write(partial(_answer, cycle), request_id):
        _let_go(cycle)
        return
    task = asyncio.get_running_loop().create_task(_reply_in_pieces(cycle, response, request_id))
    _replying.add(task)
    task.add_done_callback(_replying.discard)


async def _reply_in_pieces(cycle: RequestResponseCycle, response: Response, request_id: str) -> None:
    await response.send_in_pieces(cast(Any, cycle.send), request_id)
    _let_go(cycle)


def _let_go(cycle: RequestResponseCycle) -> None:
    """It and its connection hold each other, as uvicorn undoes at the end of a task."""
    cycle.on_response = _nothing


def _nothing() -> None:
    pass


def _answer_of(of: ref[RequestResponseCycle], status: int, head: bytes, body: bytes) -> bool:
    cycle = of()
    return cycle is not None and _answer(cycle, status, head, body)


def _answer(cycle: RequestResponseCycle, status: int, head: bytes, body: bytes) -> bool:
    """Answer in one go, without the general case's look at each header: `head` is our own.

    Return False where it is no plain answer on a connection that is kept: uvicorn knows what to do.
    """
    if (
        not cycle.keep_alive
        or cycle.response_started
        or cycle.disconnected
        or cycle.flow.write_paused
        or cycle.scope["method"] == "HEAD"
    ):
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    before = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers])
    whole = b"%b%b%b\r\n%b" % (STATUS_LINE[status], before, head, body)
    transport: Any = cycle.transport
    transport.write_whole(whole)
    cycle.message_event.set()
    cycle.on_response()
    return True
