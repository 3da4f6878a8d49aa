"""GET /health: 200 while the database answers; what Redis does is told beside it."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from redis.exceptions import RedisError

from metafleet.hub.fleet.intake import Connection
from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response

PATIENCE_S: Final = 1.5


async def get_health(gateway: Gateway, _request: Request) -> Response:
    """Without Redis facts are recorded all the same, and only seen later: the gateway stays in service."""
    database, redis = await asyncio.gather(_database(gateway), _redis(gateway))
    if not database:
        raise Unavailable("The database does not answer.", retry_after_s=1)
    return Response(msgspec.json.encode({"database": database, "redis": redis}))


async def _database(gateway: Gateway) -> bool:
    async def ask(connection: Connection) -> None:
        await connection.execute("SELECT 1")

    try:
        await asyncio.wait_for(gateway.database.look(ask), PATIENCE_S)
    except (TimeoutError, Unavailable):
        return False
    return True


async def _redis(gateway: Gateway) -> bool:
    try:
        await gateway.redis.ping()
    except (RedisError, OSError):
        return False
    return True
