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
GATHERED_S: Final = 1.0
"""Observations that come within it go out together: of five thousand terminals a screen gets one frame
a second, and not five hundred."""
_AT_ONCE: Final = 1_000
_REST_S: Final = 1.0
_LOOK_S: Final = 0.5
"""Between two looks at which tenants have an open screen."""

_log = logging.getLogger(__name__)


class Announcer:
    """Call `say` after the commit; `run` sends until it is cancelled. At most once, in order.

    What is said goes out at once, what is observed at most once in `GATHERED_S`; what goes out
    together is one frame. A tenant without an open screen costs nothing: nobody is told.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=MOST_WAITING)
        self._latest: dict[tuple[str, UUID], tuple[str, dict[str, Any]]] = {}
        self._gathers_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
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
        if self.is_heard(tenant_id) and len(self._latest) < MOST_WAITING:
            self._latest[type, subject] = (channel(tenant_id), {"type": type, **fields})
            if self._timer is None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(self._gathers_until - loop.time(), self._gathered)

    def _gathered(self) -> None:
        self._timer = None
        self._is_filled.set()

    async def run(self) -> None:
        looking = asyncio.create_task(self._look())
        try:
            while True:
                await self._is_filled.wait()
                self._is_filled.clear()
                while messages := self._next():
                    await self._send(messages)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    def _next(self) -> list[tuple[str, bytes]]:
        """Return what is to go out now, as (channel, message)."""
        messages = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
        if self._timer is None and self._latest:
            messages += [(name, msgspec.json.encode(said)) for name, said in self._latest.values()]
            self._latest.clear()
            self._gathers_until = asyncio.get_running_loop().time() + GATHERED_S
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
        frames: dict[str, list[bytes]] = {}
        for name, message in messages:
            frames.setdefault(name, []).append(message)
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for name, together in frames.items():
                    pipe.publish(name, together[0] if len(together) == 1 else b"[%b]" % b",".join(together))
                await pipe.execute()
        except (RedisError, OSError) as error:
            _log.warning("%d live messages dropped: %s", len(messages), error)
            await asyncio.sleep(_REST_S)
