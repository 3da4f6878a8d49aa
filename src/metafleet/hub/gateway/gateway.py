"""The parts that every endpoint works with, made once for the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from metafleet.hub.fleet import intake as fleet
from metafleet.hub.gateway.announcer import Announcer
from metafleet.hub.gateway.callers import Callers
from metafleet.hub.gateway.configuration import Configuration
from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.limits import REDIS_PATIENCE_S, Limiter
from metafleet.hub.gateway.nudger import Nudger, Send
from metafleet.hub.gateway.polls import Polls
from metafleet.hub.gateway.turns import Turns
from metafleet.hub.gateway.wakeups import Wakeups

_REDIS_CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Gateway:
    """`closing` is set when the process has been asked to stop: long polls end early."""

    configuration: Configuration
    database: Database
    redis: Redis
    callers: Callers
    limiter: Limiter
    announcer: Announcer
    nudger: Nudger
    wakeups: Wakeups
    polls: Polls
    turns: Turns
    closing: asyncio.Event

    def close_soon(self) -> None:
        """Let the long polls answer now."""
        self.closing.set()
        self.wakeups.wake_all()


@asynccontextmanager
async def running(configuration: Configuration, send_nudge: Send) -> AsyncIterator[Gateway]:
    """Yield a gateway whose background parts run, and end them after the block."""
    redis = _redis(configuration.redis_url)
    gateway = _assemble(configuration, redis, send_nudge)
    await gateway.database.open()
    parts = (gateway.announcer, gateway.nudger, gateway.wakeups)
    tasks = [asyncio.create_task(part.run(), name=type(part).__name__) for part in parts]
    try:
        yield gateway
    finally:
        gateway.close_soon()
        await _end(tasks)
        await gateway.database.close()
        await redis.aclose()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until they are over: a cancellation can be lost inside redis-py's own timeouts."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.2)


def _assemble(configuration: Configuration, redis: Redis, send_nudge: Send) -> Gateway:
    database = Database(configuration)

    async def find_slot(terminal_id: UUID) -> fleet.Slot | None:
        return await database.look(partial(fleet.find_slot, terminal_id=terminal_id))

    return Gateway(
        configuration=configuration,
        database=database,
        redis=redis,
        callers=Callers(find_slot),
        limiter=Limiter(redis, configuration.limits),
        announcer=Announcer(redis),
        nudger=Nudger(send_nudge),
        wakeups=Wakeups(redis),
        polls=Polls(redis),
        turns=Turns(),
        closing=asyncio.Event(),
    )


def _redis(url: str) -> Redis:
    """One retry, for a kept connection to a server that has restarted; then it counts as away."""
    return Redis(
        connection_pool=BlockingConnectionPool.from_url(
            url,
            max_connections=_REDIS_CONNECTIONS,
            timeout=REDIS_PATIENCE_S,
            socket_timeout=REDIS_PATIENCE_S,
            socket_connect_timeout=REDIS_PATIENCE_S,
            retry=Retry(NoBackoff(), 1),
        )
    )
