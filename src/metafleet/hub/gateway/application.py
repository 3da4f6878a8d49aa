"""The gateway as an ASGI application: its routes, and its parts' life."""

from __future__ import annotations

import signal
import threading
from asyncio import get_running_loop
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType

from starlette.applications import Starlette
from starlette.routing import Route

from metafleet.hub.gateway import edge
from metafleet.hub.gateway.assignment import post_assignment
from metafleet.hub.gateway.candles import post_candles
from metafleet.hub.gateway.commands import get_commands, post_result
from metafleet.hub.gateway.configuration import Configuration
from metafleet.hub.gateway.gateway import Gateway, running
from metafleet.hub.gateway.health import get_health
from metafleet.hub.gateway.heartbeat import post_heartbeat
from metafleet.hub.gateway.nudger import Send
from metafleet.hub.gateway.positions import post_positions
from metafleet.hub.gateway.trades import post_trades

_TERMINAL = "/webhook/terminal"
_ROUTES: tuple[tuple[str, str, edge.Endpoint], ...] = (
    ("POST", f"{_TERMINAL}/heartbeat", post_heartbeat),
    ("POST", f"{_TERMINAL}/trades", post_trades),
    ("POST", f"{_TERMINAL}/positions", post_positions),
    ("POST", f"{_TERMINAL}/candles", post_candles),
    ("GET", f"{_TERMINAL}/commands", get_commands),
    ("POST", _TERMINAL + "/commands/{command_id}/result", post_result),
    ("POST", "/webhook/runner/assignment", post_assignment),
    ("GET", "/health", get_health),
)


def build(configure: Callable[[], Configuration], make_sender: Callable[[], Send]) -> Starlette:
    """Return the application; `configure` and `make_sender` are called when it starts."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(configure(), make_sender()) as gateway:
            app.state.gateway = gateway
            _hear_the_end(gateway)
            yield

    return Starlette(
        routes=[Route(path, edge.answered(endpoint), methods=[method]) for method, path, endpoint in _ROUTES],
        exception_handlers={404: edge.unknown, 405: edge.unknown},
        lifespan=lifespan,
    )


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
