"""Snapshots of one account: an older one never overwrites a newer one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

_REMEMBERED: Final = 50_000
"""Accounts whose newest snapshot is known."""


class Turns:
    """One snapshot of an account at a time, and none after one that arrived later.

    The order holds within this process. A terminal sends its next snapshot after the
    answer to the last one, so a second process could only meet one that was given up.
    """

    def __init__(self) -> None:
        self._arrivals = count(1)
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._newest: OrderedDict[UUID, int] = OrderedDict()

    def arrive(self) -> int:
        """Return the next number of arrival; take it before anything is awaited."""
        return next(self._arrivals)

    @asynccontextmanager
    async def of(self, account_id: UUID, arrival: int) -> AsyncIterator[bool]:
        """Wait for the account's turn; yield whether this snapshot is still the newest.

        A block that ends well makes it the newest that is known.
        """
        lock = self._locks.setdefault(account_id, asyncio.Lock())
        async with lock:
            is_newest = arrival > self._newest.get(account_id, 0)
            yield is_newest
            if is_newest:
                self._remember(account_id, arrival)

    def _remember(self, account_id: UUID, arrival: int) -> None:
        self._newest[account_id] = arrival
        self._newest.move_to_end(account_id)
        while len(self._newest) > _REMEMBERED:
            self._newest.popitem(last=False)
