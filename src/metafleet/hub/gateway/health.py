"""GET /health: this process answers. GET /ready: so does what it needs; what Redis does is told beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from redis.exceptions import RedisError

from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.kernel import readiness

_LIVE: Final = msgspec.json.encode({"status": "live"})


async def get_health(_gateway: Gateway, _request: Request) -> Response:
    return Response(_LIVE)


async def get_ready(gateway: Gateway, _request: Request) -> Response:
    """Without Redis facts are recorded all the same, and only seen later: the gateway stays in service."""
    status, document = readiness.report(
        await asyncio.gather(
            _check("database", lambda: gateway.database.ask("SELECT 1", [])),
            _check("migrations", lambda: _migrations(gateway)),
            _check("redis", gateway.redis.ping, is_needed=False),
        )
    )
    return Response(msgspec.json.encode(document), status=status)


async def _migrations(gateway: Gateway) -> None:
    if await gateway.database.ask(readiness.MISSING_MIGRATIONS, readiness.newest_migrations()):
        raise Unavailable("The schema is older than the gateway.", retry_after_s=1)


async def _check(
    name: str, ask: Callable[[], Awaitable[object]], *, is_needed: bool = True
) -> readiness.Check:
    began_s = time.perf_counter()
    try:
        await asyncio.wait_for(ask(), readiness.PATIENCE_S)
    except (TimeoutError, Unavailable, RedisError, OSError):
        is_up = False
    else:
        is_up = True
    return readiness.Check(name, is_up, time.perf_counter() - began_s, is_needed)
