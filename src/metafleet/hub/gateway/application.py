"""The gateway as an ASGI application: its routes, and its parts' life."""

from __future__ import annotations

import os
import signal
import threading
from asyncio import get_running_loop
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import Any, Final, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from metafleet.hub.gateway import edge, quick, replies, traces
from metafleet.hub.gateway.assignment import post_assignment
from metafleet.hub.gateway.brain import post_signal, post_signals
from metafleet.hub.gateway.brain_stream import get_stream
from metafleet.hub.gateway.candles import post_candles
from metafleet.hub.gateway.commands import get_commands, post_result
from metafleet.hub.gateway.configuration import Configuration
from metafleet.hub.gateway.enrol import post_enrol
from metafleet.hub.gateway.gateway import Gateway, running
from metafleet.hub.gateway.health import get_health, get_ready
from metafleet.hub.gateway.heartbeat import post_heartbeat
from metafleet.hub.gateway.http import Answer, Leave, Receive, Request, Response, Scope
from metafleet.hub.gateway.http import Send as SendHttp
from metafleet.hub.gateway.machine import post_machine
from metafleet.hub.gateway.metrics import get_metrics
from metafleet.hub.gateway.nudger import Send
from metafleet.hub.gateway.positions import post_positions
from metafleet.hub.gateway.trades import post_trades
from metafleet.hub.kernel import tracing
from metafleet.wire import brain

_TERMINAL = "/webhook/terminal"
_ROUTES: Final[Mapping[tuple[str, str], tuple[str, edge.Endpoint]]] = {
    ("POST", f"{_TERMINAL}/heartbeat"): ("heartbeat", post_heartbeat),
    ("POST", f"{_TERMINAL}/trades"): ("trades", post_trades),
    ("POST", f"{_TERMINAL}/positions"): ("positions", post_positions),
    ("POST", f"{_TERMINAL}/candles"): ("candles", post_candles),
    ("POST", f"{_TERMINAL}/machine"): ("machine", post_machine),
    ("GET", f"{_TERMINAL}/commands"): ("commands", get_commands),
    ("POST", f"{_TERMINAL}/enrol"): ("enrol", post_enrol),
    ("POST", "/webhook/runner/assignment"): ("assignment", post_assignment),
    ("POST", "/webhook/runner/spans"): ("spans", traces.post_spans),
    ("POST", brain.SIGNAL_PATH): ("signal", post_signal),
    ("POST", brain.SIGNALS_PATH): ("signals", post_signals),
    ("GET", brain.STREAM_PATH): ("stream", get_stream),
    ("GET", "/health"): ("health", get_health),
    ("GET", "/ready"): ("ready", get_ready),
    ("GET", "/metrics"): ("metrics", get_metrics),
}
_COMMANDS: Final = f"{_TERMINAL}/commands/"
_RESULT: Final = "/result"
_COMPATIBLE: Final = "/api/v1"
_ADDRESSED: Final = frozenset({f"{_TERMINAL}/enrol", "/webhook/runner/assignment", "/metrics"})
"""Where the sender's address counts: what a trusted proxy says of it is read there alone, and the
server, started with --no-proxy-headers, reads it nowhere."""


_METHODS: Final = {path: method for method, path in _ROUTES}
_SPOKEN: Final = ", ".join(
    path.removeprefix(_TERMINAL + "/") for path in sorted(_METHODS) if path.startswith(_TERMINAL)
)


def _nowhere(request: Request) -> Response:
    """Say what there is instead: EAs of others are pointed here by people who read no protocol."""
    wanted = _METHODS.get(request.path)
    if wanted is not None:
        response = replies.problem(405, f"At this address only {wanted} is answered.", request.id)
        response.headers.append((b"allow", wanted.encode()))
        return response
    detail = f"There is nothing at this address. Terminals speak to {_TERMINAL}/ and one of: {_SPOKEN}."
    return replies.problem(404, detail, request.id)


class Application:
    """`gateway` is there between start-up and shutdown."""

    def __init__(self, configure: Callable[[], Configuration], make_sender: Callable[[], Send]) -> None:
        self._configure = configure
        self._make_sender = make_sender
        self.gateway: Gateway | None = None
        self._answer: edge.Around = edge.answer
        trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
        self._behind_proxies: Any = ProxyHeadersMiddleware(cast(Any, self._serve), trusted_hosts=trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: SendHttp) -> None:
        if scope["type"] == "http":
            # By the same path that the route is found by, so that no alias counts a proxy as the sender.
            is_addressed = scope["path"].removeprefix(_COMPATIBLE) in _ADDRESSED
            await (self._behind_proxies if is_addressed else self._serve)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def quick(self, scope: Scope, body: bytes, answer: Answer) -> Leave | None:
        """Take a request that came whole and needs no task, as `http.Quick`."""
        return None if self.gateway is None else quick.take(self.gateway, scope, body, answer)

    async def _serve(self, scope: Scope, receive: Receive, send: SendHttp) -> None:
        request = Request(scope, receive, edge.new_request_id())
        # The public sync EA appends this to whatever address it is given.
        request.path = request.path.removeprefix(_COMPATIBLE)
        route = _ROUTES.get((request.method, request.path)) or _with_id(request)
        if route is None or self.gateway is None:
            response = _nowhere(request)
        else:
            kind, endpoint = route
            response = await self._answer(self.gateway, kind, endpoint, request)
        await response.send(send, request)

    @asynccontextmanager
    async def living(self) -> AsyncIterator[Gateway]:
        """Make the gateway for as long as the block runs."""
        async with running(self._configure(), self._make_sender()) as gateway:
            self.gateway = gateway
            self._answer = traces.answer if tracing.is_on() else edge.answer
            _hear_the_end(gateway)
            yield gateway

    async def _live(self, receive: Receive, send: SendHttp) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.living())
            except (Exception, SystemExit) as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def build(configure: Callable[[], Configuration], make_sender: Callable[[], Send]) -> Application:
    """Return the application; `configure` and `make_sender` are called when it starts."""
    return Application(configure, make_sender)


def _with_id(request: Request) -> tuple[str, edge.Endpoint] | None:
    path = request.path
    if request.method != "POST" or not path.startswith(_COMMANDS) or not path.endswith(_RESULT):
        return None
    request.path_end = path[len(_COMMANDS) : -len(_RESULT)]
    return "result", post_result


def _hear_the_end(gateway: Gateway) -> None:
    """End the long polls when the process is told to stop.

    uvicorn waits for open requests before it ends the lifespan, and tells the
    application nothing before; so its signal handler is called through ours.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if not callable(before):
            continue

        def handle(
            received: int,
            frame: FrameType | None,
            before: Callable[[int, FrameType | None], object] = before,
        ) -> None:
            loop.call_soon_threadsafe(gateway.close_soon)
            before(received, frame)

        signal.signal(number, handle)
