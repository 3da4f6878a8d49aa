"""A script in Redis, over connections that are kept for it alone.

For each call redis-py takes a connection out of its pool and wraps it three times, which costs this
process four times what the call itself does.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import NoScriptError

_RETRIES: Final = 1
"""A kept connection to a server that has restarted is only found lost when it is used."""


class RedisScript:
    """As many connections as there are calls at the same time; each does one after the other."""

    def __init__(self, redis: Redis, text: str) -> None:
        self._pool: Any = redis.connection_pool
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # Redis names it so
        self._free: list[Any] = []

    async def run(self, key: str, *arguments: Any) -> Any:
        """Return its answer. Raises RedisError, OSError; then it may have run."""
        connection = self._free.pop() if self._free else self._pool.make_connection()
        try:
            answer = await self._patiently(connection, (1, key, *arguments))
        except BaseException:
            # An answer that comes later would be taken for the next call's.
            await connection.disconnect(nowait=True)
            raise
        self._free.append(connection)
        return answer

    async def close(self) -> None:
        while self._free:
            await self._free.pop().disconnect()

    async def _patiently(self, connection: Any, arguments: tuple[Any, ...]) -> Any:
        for _ in range(_RETRIES):
            try:
                return await self._ask(connection, arguments)
            except Lost:
                await connection.disconnect(nowait=True)
        return await self._ask(connection, arguments)

    async def _ask(self, connection: Any, arguments: tuple[Any, ...]) -> Any:
        try:
            await connection.send_command("EVALSHA", self._digest, *arguments)
            return await connection.read_response()
        except NoScriptError:
            await connection.send_command("EVAL", self._text, *arguments)
            return await connection.read_response()
