"""Snapshots of many accounts' open positions, written by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.database import Database
from metafleet.hub.journal.intake import OpenPosition
from metafleet.hub.kernel import clock, safejson

MOST: Final = 1_000
"""Positions in one statement."""
_STORE: Final = "SELECT i, outcome FROM gateway_positions(%s::jsonb)"
FENCED: Final = "fenced"
_TICK: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class Snapshot:
    """All that is open on a terminal's account, as `limits.Counted`.

    keep: tickets that are open and could not be read.
    """

    slot: Slot
    arrived_at: datetime
    positions: Sequence[OpenPosition]
    keep: Sequence[int]
    is_spent: bool = False


class Arrivals:
    """Instants of arrival, no two alike: two snapshots have an order, across gateways too."""

    def __init__(self) -> None:
        self._last = clock.now()

    def next(self) -> datetime:
        """Return the next one; take it before anything is awaited."""
        self._last = max(clock.now(), self._last + _TICK)
        return self._last


async def store(database: Database, snapshots: Sequence[Snapshot]) -> list[str | Exception]:
    """Store them, each account's once at most: "stored", "older", or FENCED for no current token."""
    rows = [
        {
            "i": i,
            "t": snapshot.slot.name,
            "v": snapshot.slot.token_version,
            "at": snapshot.arrived_at,
            "keep": snapshot.keep,
            "positions": snapshot.positions,
        }
        for i, snapshot in enumerate(snapshots)
    ]
    outcomes: dict[int, str] = dict(row for row in await database.ask(_STORE, [safejson.encode(rows)]))
    return [outcomes[i] for i in range(len(snapshots))]
