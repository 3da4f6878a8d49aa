"""The live stream's messages, sent beside the requests: no sender waits for a screen."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any, Final
from uuid import UUID

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from metafleet.hub.kernel.live import channel

MOST_WAITING: Final = 5_000
"""Messages; then the oldest are dropped. Screens refetch when they connect again."""
_AT_ONCE: Final = 200
_REST_S: Final = 1.0

_log = logging.getLogger(__name__)


class Announcer:
    """Call `say` after the commit; `run` sends until it is cancelled. At most once, in order."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=MOST_WAITING)
        self._is_filled = asyncio.Event()

    def say(self, tenant_id: UUID, type: str, **fields: Any) -> None:  # noqa: A002 - the wire's word
        """Tell this tenant's open screens."""
        self._waiting.append((channel(tenant_id), msgspec.json.encode({"type": type, **fields})))
        self._is_filled.set()

    async def run(self) -> None:
        while True:
            await self._is_filled.wait()
            self._is_filled.clear()
            while self._waiting:
                await self._send([self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))])

    async def _send(self, messages: list[tuple[str, bytes]]) -> None:
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for name, message in messages:
                    pipe.publish(name, message)
                await pipe.execute()
        except (RedisError, OSError) as error:
            _log.warning("%d live messages dropped: %s", len(messages), error)
            await asyncio.sleep(_REST_S)
