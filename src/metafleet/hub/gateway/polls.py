"""Which terminals poll for their commands just now: those get none with their heartbeats."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

LINGERS_S: Final = 30
"""How long after its last poll a terminal still counts as one that polls."""
_MOST: Final = 50_000


class Polls:
    """In Redis, because a poll and a heartbeat may reach different processes; and in memory, for speed.

    While Redis is away a poll elsewhere is not known here. Then a command may come with a
    heartbeat: it is leased all the same, so it is not delivered twice.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._seen: OrderedDict[UUID, float] = OrderedDict()

    async def note(self, terminal_id: UUID) -> None:
        """The terminal polls now."""
        self._seen[terminal_id] = time.monotonic()
        self._seen.move_to_end(terminal_id)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        try:
            await self._redis.set(_key(terminal_id), b"1", ex=LINGERS_S)
        except (RedisError, OSError):
            return

    async def is_polling(self, terminal_id: UUID) -> bool:
        seen = self._seen.get(terminal_id)
        if seen is not None and time.monotonic() - seen < LINGERS_S:
            return True
        try:
            return bool(await self._redis.exists(_key(terminal_id)))
        except (RedisError, OSError):
            return False


def _key(terminal_id: UUID) -> str:
    return f"polls:{terminal_id}"
