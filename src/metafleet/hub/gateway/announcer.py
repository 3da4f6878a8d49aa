"""The live stream's messages, sent beside the requests: no sender waits for a screen."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from metafleet.hub.kernel.live import PREFIX, channel

MOST_WAITING: Final = 5_000
"""Messages; then the oldest are dropped. Screens refetch when they connect again."""
_AT_ONCE: Final = 200
_REST_S: Final = 1.0
_LOOK_S: Final = 0.5
"""Between two looks at which tenants have an open screen."""

_log = logging.getLogger(__name__)


class Announcer:
    """Call `say` after the commit; `run` sends until it is cancelled. At most once, in order.

    A tenant without an open screen costs nothing: nobody is told.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=MOST_WAITING)
        self._latest: dict[tuple[str, UUID], tuple[str, dict[str, Any]]] = {}
        self._is_filled = asyncio.Event()
        self._heard: frozenset[str] | None = None

    def is_heard(self, tenant_id: UUID) -> bool:
        """Whether the tenant has an open screen; yes where that is not known."""
        heard = self._heard
        return heard is None or (bool(heard) and channel(tenant_id) in heard)

    def hears(self, tenant_id: UUID) -> bool:
        """Whether the tenant is known to have an open screen."""
        return self._heard is not None and channel(tenant_id) in self._heard

    def say(self, tenant_id: UUID, type: str, **fields: Any) -> None:  # noqa: A002 - the wire's word
        """Tell this tenant's open screens."""
        if self.is_heard(tenant_id):
            self._waiting.append((channel(tenant_id), msgspec.json.encode({"type": type, **fields})))
            self._is_filled.set()

    def say_latest(self, tenant_id: UUID, type: str, subject: UUID, **fields: Any) -> None:  # noqa: A002
        """Tell the newest of what is said about a subject; an older one that still waits is dropped."""
        if len(self._latest) < MOST_WAITING:
            self._latest[type, subject] = (channel(tenant_id), {"type": type, **fields})
            self._is_filled.set()

    async def run(self) -> None:
        looking = asyncio.create_task(self._look())
        try:
            while True:
                await self._is_filled.wait()
                self._is_filled.clear()
                while self._waiting or self._latest:
                    await self._send(self._next())
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    def _next(self) -> list[tuple[str, bytes]]:
        messages = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
        while self._latest and len(messages) < _AT_ONCE:
            _, (name, said) = self._latest.popitem()
            messages.append((name, msgspec.json.encode(said)))
        return messages

    async def _look(self) -> None:
        while True:
            try:
                found = await self._redis.pubsub_channels(f"{PREFIX}*")
                self._heard = frozenset(str(name, "utf-8") for name in found if isinstance(name, bytes))
            except (RedisError, OSError):
                self._heard = None
            await asyncio.sleep(_LOOK_S)

    async def _send(self, messages: list[tuple[str, bytes]]) -> None:
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for name, message in messages:
                    pipe.publish(name, message)
                await pipe.execute()
        except (RedisError, OSError) as error:
            _log.warning("%d live messages dropped: %s", len(messages), error)
            await asyncio.sleep(_REST_S)
