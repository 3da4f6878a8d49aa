"""What is counted and drawn beside the requests, and written each second in one statement.

Observations: a gateway that is killed loses the last second of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec
import psycopg

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.beats import Amount
from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.kernel import safejson

EACH_S: Final = 1.0
MOST: Final = 20_000
"""Rows that wait; while the database is away the newest are dropped beyond."""
_AT_ONCE: Final = 2_000

_TROUBLES: Final = "SELECT written FROM gateway_troubles(%s::jsonb)"
_POINTS: Final = "SELECT written FROM gateway_points(%s::jsonb)"

_log = logging.getLogger(__name__)


class Trouble(msgspec.Struct):
    """Something of a terminal was refused, so many times."""

    t: str
    v: int
    kind: str
    count: int
    detail: str
    at: datetime


class Point(msgspec.Struct):
    """The newest balance and equity of an account, in its currency."""

    t: str
    v: int
    balance: Amount
    equity: Amount
    at: datetime


class _Source(Protocol):
    statement: str

    def take(self) -> Sequence[msgspec.Struct]: ...


class Troubles:
    """Counted by terminal and kind."""

    statement: str = _TROUBLES

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], Trouble] = {}

    def note(self, slot: Slot, kind: str, detail: str, now: datetime) -> None:
        """Count one more. `detail`: the newest one's words."""
        trouble = self._waiting.get((slot.name, kind))
        if trouble is not None:
            trouble.count += 1
            trouble.v, trouble.detail, trouble.at = slot.token_version, detail[:300], now
        elif len(self._waiting) < MOST:
            said = Trouble(slot.name, slot.token_version, kind, 1, detail[:300], now)
            self._waiting[slot.name, kind] = said

    def take(self) -> Sequence[Trouble]:
        taken, self._waiting = list(self._waiting.values()), {}
        return taken


class Curve:
    """The accounts' curves: the latest reading of each wins."""

    statement: str = _POINTS

    def __init__(self) -> None:
        self._waiting: dict[str, Point] = {}

    def draw(self, slot: Slot, balance: Amount, equity: Amount, now: datetime) -> None:
        if len(self._waiting) < MOST or slot.account_name in self._waiting:
            self._waiting[slot.account_name] = Point(slot.name, slot.token_version, balance, equity, now)

    def take(self) -> Sequence[Point]:
        taken, self._waiting = list(self._waiting.values()), {}
        return taken


class Ledger:
    """Writes what its sources hold, until it is cancelled; then once more."""

    def __init__(self, database: Database, *sources: _Source) -> None:
        self._database = database
        self._sources = sources

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EACH_S)
            await self.write()

    async def write(self) -> None:
        """Write what waits now."""
        for source in self._sources:
            rows = source.take()
            for start in range(0, len(rows), _AT_ONCE):
                try:
                    part = safejson.encode(rows[start : start + _AT_ONCE])
                    await self._database.ask(source.statement, [part])
                except Unavailable as error:
                    _log.warning("%d observations dropped: %s", len(rows) - start, error.detail)
                    break
                except psycopg.DataError as error:
                    _log.warning("%d observations dropped: %s", _AT_ONCE, str(error).strip())
