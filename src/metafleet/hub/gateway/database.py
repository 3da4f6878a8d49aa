"""PostgreSQL as the gateway uses it: a pool that outlives the server's restarts.

Everything that the gateway writes is idempotent. So a transaction whose connection
broke is simply run again, for as long as the sender can be kept waiting; then the
sender is told to come again (503). A fact is never answered before its commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from metafleet.hub.gateway.configuration import Configuration
from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.kernel.tenancy import SET_TENANT

PATIENCE_S: Final = 6.0
"""How long a sender waits for the database; well within the 10 s that clients allow."""
_PAUSE_S: Final = 0.1
_RETRY_AFTER_S: Final = 2
_PASSING: Final = (OperationalError, InterfaceError, ReadOnlySqlTransaction)
"""A lost or refused connection, a deadlock, a timeout, a server that is failing over."""

_log = logging.getLogger(__name__)

Connection = AsyncConnection[TupleRow]
Work = Callable[[Connection], Awaitable["Answer"]]
Answer = TypeVar("Answer")


class Database:
    """Use `in_tenant` for everything private, `look` only for the narrow doors."""

    def __init__(self, configuration: Configuration, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._abandoned: set[asyncio.Task[object]] = set()
        # A transaction of many steps holds its connection for as many turns of the loop. Single
        # statements, which carry whole batches, must not stand in line behind those.
        transactions = max(1, configuration.connections // 3)
        self._pool = _pool(configuration, configuration.connections - transactions, patience_s)
        self._transactions = _pool(configuration, transactions, patience_s)

    async def open(self) -> None:
        """Begin to connect; the server need not be there yet."""
        for pool in self._pools:
            await pool.open(wait=False)

    async def close(self) -> None:
        for pool in self._pools:
            await pool.close(timeout=2.0)

    @property
    def _pools(self) -> tuple[AsyncConnectionPool, ...]:
        return (self._pool, self._transactions)

    async def in_tenant(self, tenant_id: UUID, work: Work[Answer]) -> Answer:
        """Run `work` in one transaction of this tenant, and return its answer after the commit.

        `work` may run more than once. What it raises rolls everything back.
        Raises Unavailable.
        """

        async def attempt() -> Answer:
            async with self._transactions.connection() as connection, connection.transaction():
                await connection.execute(SET_TENANT, [str(tenant_id)])
                return await work(connection)

        return await self._patiently(attempt)

    async def ask(self, statement: str, values: Sequence[Any]) -> list[TupleRow]:
        """Run one statement, a transaction of its own, and return its rows after the commit.

        It may run more than once. Raises Unavailable.
        """

        async def attempt() -> list[TupleRow]:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(statement.encode(), values)
                return await cursor.fetchall()

        return await self._patiently(attempt)

    async def look(self, work: Work[Answer]) -> Answer:
        """Run `work` without a tenant. Raises Unavailable."""

        async def attempt() -> Answer:
            async with self._pool.connection() as connection:
                return await work(connection)

        return await self._patiently(attempt)

    async def _patiently(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        # Not cancelled when time is up: psycopg would wait for a server that does not answer.
        trying = asyncio.ensure_future(self._until_it_works(attempt))
        try:
            done, _ = await asyncio.wait({trying}, timeout=self._patience_s)
        except asyncio.CancelledError:
            self._abandon(trying)
            raise
        if done:
            return trying.result()
        self._abandon(trying)
        raise Unavailable(
            "The database does not answer. Keep it and send it again.", retry_after_s=_RETRY_AFTER_S
        )

    async def _until_it_works(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_s
        while True:
            try:
                return await attempt()
            except _PASSING as error:
                _log.warning("database: %s", str(error).strip())
                if loop.time() + _PAUSE_S > until:
                    raise Unavailable(
                        "The database is away. Keep it and send it again.", retry_after_s=_RETRY_AFTER_S
                    ) from error
            # Idle connections of a server that restarted are all dead: look at them at once.
            for pool in self._pools:
                await pool.check()
            await asyncio.sleep(_PAUSE_S)

    def _abandon(self, trying: asyncio.Future[Answer]) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(_quietly(trying))
        self._abandoned.add(task)
        task.add_done_callback(self._abandoned.discard)


def _pool(configuration: Configuration, most: int, patience_s: float) -> AsyncConnectionPool:
    return AsyncConnectionPool(
        kwargs={**configuration.database, "autocommit": True},
        min_size=1,
        max_size=most,
        timeout=patience_s,
        # Give a failed attempt up soon: the next request begins another, without the long
        # back-off that would keep the gateway away after the server is back.
        reconnect_timeout=1.0,
        open=False,
    )


async def _quietly(trying: Awaitable[object]) -> None:
    """Let what nobody waits for come to its end: it commits whole or not at all."""
    try:
        await trying
    except Exception as error:  # noqa: BLE001 - its sender was told to come again
        _log.warning("database, given up before: %s", str(error).strip())
