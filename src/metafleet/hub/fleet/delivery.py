"""Deliver commands to terminals and take their results. For the gateway's own connections.

queued → leased → done | failed, and dead when it expired or nobody answered. Every
function works inside the caller's transaction, in which the tenant is set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from metafleet.hub.fleet.intake import Connection, FencedOff, Slot, wake_instance
from metafleet.hub.fleet.sql import commands as sql
from metafleet.hub.fleet.sql import doors

LEASE: Final = timedelta(seconds=30)
"""How long a delivered command waits for its result before it is delivered again."""
ATTEMPTS: Final = 3
BACK_OFF: Final = timedelta(seconds=1)
"""Before the second delivery; doubled before each next one."""
MOST: Final = 20
"""Commands in one delivery. All three: terminal protocol, "Commands"."""

FLAT_TYPES: Final = ("FETCH_CANDLES", "SYNC_TRADES")
"""What a version-1 client understands."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A leased command as its terminal gets it."""

    id: UUID
    type: str
    payload: dict[str, Any]
    attempt: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Leased:
    """What one look brought. `died`: how many commands ended undelivered, which is news."""

    commands: list[Delivery]
    died: int


async def lease(
    connection: Connection, slot: Slot, now: datetime, *, most: int = MOST, flat: bool = False
) -> Leased:
    """Lease what is due to the terminal, oldest first; commands that are past help die.

    flat: only what a version-1 client understands, and note that it cannot acknowledge.
    Raises FencedOff when the token is no longer the terminal's: a poll may outlive it.
    """
    values = {
        "terminal": slot.terminal_id,
        "token_version": slot.token_version,
        "now": now,
        "types": list(FLAT_TYPES) if flat else None,
        "most": most,
        "lease": LEASE,
        "back_off": BACK_OFF,
        "attempts": ATTEMPTS,
        "mark": '{"flat": true}' if flat else None,
    }
    async with connection.pipeline():
        current = await connection.execute(sql.IS_CURRENT, values)
        found = await connection.execute(sql.LEASE, values)
    if await current.fetchone() != (True,):
        raise FencedOff
    rows = sorted(await found.fetchall(), key=lambda row: (row[6], row[0]))
    leased = [Delivery(*row[:5]) for row in rows if row[5] == "leased"]
    return Leased(commands=leased, died=len(rows) - len(leased))


async def finish(
    connection: Connection,
    slot: Slot,
    command_id: UUID,
    *,
    status: Literal["done", "failed"],
    result: dict[str, Any] | None,
    error: str,
    now: datetime,
) -> bool | None:
    """Take a command's result; return whether it changed anything, None where there is no such command.

    A command that has ended already keeps its first result. A failure whose result
    says `"retriable": true` is delivered again, up to ATTEMPTS times in all.
    """
    values = {
        "command": command_id,
        "terminal": slot.terminal_id,
        "status": status,
        "result": None if result is None else msgspec.json.encode(result).decode(),
        "error": error,
        "retriable": status == "failed" and (result or {}).get("retriable") is True,
        "attempts": ATTEMPTS,
        "back_off": BACK_OFF,
        "now": now,
    }
    # The instance before its commands: the reconciler's order of locks.
    await wake_instance(connection, slot, now)
    if (await connection.execute(sql.FINISH, values)).rowcount == 1:
        return True
    known = await (await connection.execute(sql.EXISTS, values)).fetchone()
    return None if known is None else False


async def finish_flat(
    connection: Connection,
    slot: Slot,
    type: Literal["FETCH_CANDLES", "SYNC_TRADES"],  # noqa: A002 - the wire's word
    now: datetime,
    *,
    trade_id: str | None = None,
) -> None:
    """End what a version-1 client was told, now that it has done it; `trade_id`: for this trade only."""
    values = {"terminal": slot.terminal_id, "type": type, "trade": trade_id, "now": now}
    await connection.execute(sql.FINISH_FLAT, values)


async def find_assignment(connection: Connection, token_hash: bytes) -> tuple[UUID, UUID] | None:
    """Return (tenant, run) of a one-start token, through its narrow door; None for an unknown one."""
    cursor = await connection.execute(doors.ASSIGNMENT, {"token_hash": token_hash})
    row = await cursor.fetchone()
    return None if row is None else (row[0], row[1])


async def sealed_assignment(
    connection: Connection, run_id: UUID, token_hash: bytes, now: datetime
) -> bytes | None:
    """Return the run's sealed work while it may be fetched, else None."""
    values = {"run": run_id, "token_hash": token_hash, "now": now}
    row = await (await connection.execute(doors.SEALED_ASSIGNMENT, values)).fetchone()
    return None if row is None else bytes(row[0])
