"""Wake the long polls of this process when a command is queued for their terminal.

One connection to Redis hears all wake-ups of the installation: commands are rare
beside heartbeats, and a subscription for each poll would cost more than it saves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

_CHANNELS: Final = "commands:"
_REST_S: Final = 1.0
_LISTEN_S: Final = 30.0

_log = logging.getLogger(__name__)


class Wakeups:
    """`run` listens until it is cancelled. A wake-up may be lost: polls also look by themselves."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def waiting(self, terminal_id: UUID) -> Iterator[asyncio.Event]:
        """Yield an event that is set by each wake-up of this terminal."""
        key, event = str(terminal_id), asyncio.Event()
        events = self._waiting.setdefault(key, set())
        events.add(event)
        try:
            yield event
        finally:
            events.discard(event)
            if not events and self._waiting.get(key) is events:
                del self._waiting[key]

    def wake_all(self) -> None:
        """Let every poll look: wake-ups may have been missed, or the process is about to stop."""
        for events in self._waiting.values():
            for event in events:
                event.set()

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                _log.warning("wake-ups are not heard, polls look by themselves: %s", error)
            await asyncio.sleep(_REST_S)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as heard:
            await heard.psubscribe(f"{_CHANNELS}*")
            self.wake_all()
            while True:
                message = await heard.get_message(ignore_subscribe_messages=True, timeout=_LISTEN_S)
                if message is not None:
                    self._wake(message["channel"].decode().removeprefix(_CHANNELS))

    def _wake(self, terminal_id: str) -> None:
        for event in self._waiting.get(terminal_id, ()):
            event.set()
