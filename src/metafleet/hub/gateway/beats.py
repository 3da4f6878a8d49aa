"""Heartbeats of many terminals, written by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.database import Database
from metafleet.hub.kernel import safejson

MOST: Final = 400
"""Heartbeats in one statement."""
_RECORD: Final = """
    SELECT i, is_news, known, is_due FROM gateway_beats(%s::jsonb, %s::jsonb, %s)
"""

Amount = Decimal | float | int | str
"""Money as the database takes it; a text is a plain decimal number."""


class RunRow(msgspec.Struct, kw_only=True):
    """What a runner says of its run. `report` is its proof, None before it knows its account.

    `guard`: what it did by itself at a broken limit. `spread`: of its symbol, in points.
    """

    run: UUID
    instance: UUID
    generation: int
    status: str
    error: str
    report: dict[str, Any] | None
    ticked: str | None
    guard: dict[str, Any] | None = None
    spread: float | None = None
    i: int = 0
    t: str = ""
    v: int = 0


class Beat(msgspec.Struct, kw_only=True, gc=False):
    """One heartbeat, checked, as `limits.Counted`. Money in account currency; None: it did not say."""

    slot: Slot
    protocol: int
    build: int | None
    version: str | None
    utc_offset: int | None
    positions: int | None
    run: RunRow | None
    is_spent: bool = False
    allowed: bool | None = None
    balance: Amount | None = None
    equity: Amount | None = None
    margin: Amount | None = None
    free: Amount | None = None


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """is_current: else the token was overtaken and nothing was written. is_news: for the reconciler.

    known_ticket: the highest deal ticket of the account. is_due: a command waits for this terminal.
    """

    is_current: bool
    is_news: bool
    known_ticket: int
    is_due: bool


_OVERTAKEN: Final = Outcome(is_current=False, is_news=False, known_ticket=0, is_due=False)


class _Row(msgspec.Struct, omit_defaults=True, gc=False):
    i: int
    t: str
    v: int
    p: int
    build: int | None = None
    version: str | None = None
    utc_offset: int | None = None
    allowed: bool | None = None
    balance: Amount | None = None
    equity: Amount | None = None
    margin: Amount | None = None
    free: Amount | None = None
    positions: int | None = None


async def record(database: Database, beats: Sequence[Beat], now: datetime) -> list[Outcome]:
    """Write the heartbeats, each account's once at most; return their outcomes. Raises Unavailable."""
    rows = [_row(i, beat) for i, beat in enumerate(beats)]
    runs = []
    for i, beat in enumerate(beats):
        if beat.run is not None:
            beat.run.i, beat.run.t, beat.run.v = i, beat.slot.name, beat.slot.token_version
            runs.append(beat.run)
    values = [safejson.encode(rows), safejson.encode(runs) if runs else None, now]
    outcomes: dict[int, Outcome] = {}
    for i, is_news, known, is_due in await database.ask(_RECORD, values):
        outcomes[i] = Outcome(True, is_news, known, is_due)
    return [outcomes.get(i, _OVERTAKEN) for i in range(len(beats))]


def _row(i: int, beat: Beat) -> _Row:
    slot = beat.slot
    return _Row(
        i,
        slot.name,
        slot.token_version,
        beat.protocol,
        beat.build,
        beat.version,
        beat.utc_offset,
        beat.allowed,
        beat.balance,
        beat.equity,
        beat.margin,
        beat.free,
        beat.positions,
    )
