"""Which terminals poll for their commands just now: those get none with their heartbeats."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.batches import Batches, Rest

LINGERS_S: Final = 30
"""How long after its last poll a terminal still counts as one that polls."""
MOST_TOGETHER: Final = 256
_MOST: Final = 50_000
_REST_S: Final = 0.02


@dataclass(slots=True)
class FirstLook:
    """A poll begins, as `limits.Counted`."""

    slot: Slot
    is_spent: bool = False


class Polls:
    """In Redis, because a poll and a heartbeat may reach different processes; and in memory, for speed.

    While Redis is away a poll elsewhere is not known here. Then a command may come with a
    heartbeat: it is leased all the same, so it is not delivered twice.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._seen: OrderedDict[UUID, float] = OrderedDict()
        self._telling = Batches[UUID, None](self._tell, most=MOST_TOGETHER, rest=Rest(_REST_S))

    def note(self, terminal_id: UUID) -> None:
        """The terminal polls now. The others are told within milliseconds; the poll does not wait for it."""
        self._seen[terminal_id] = time.monotonic()
        self._seen.move_to_end(terminal_id)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        self._telling.submit(terminal_id)

    async def _tell(self, terminals: Sequence[UUID]) -> Sequence[None]:
        with suppress(RedisError, OSError):
            async with self._redis.pipeline(transaction=False) as pipe:
                for terminal_id in terminals:
                    pipe.set(_key(terminal_id), b"1", ex=LINGERS_S)
                await pipe.execute()
        return [None] * len(terminals)

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
