"""Snapshots of one account are written in the order in which they arrived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary


class Turns:
    """First come, first served, for each account by itself.

    The order holds within this process. A terminal sends its next snapshot after the
    answer to the last one, so a second process could only meet one that was given up.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, account_id: UUID) -> AsyncIterator[None]:
        lock = self._locks.setdefault(account_id, asyncio.Lock())
        async with lock:
            yield
