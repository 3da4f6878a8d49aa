"""Deliver commands to terminals and take their results. For the gateway's own connections.

queued → leased → done | failed, and dead when it expired or nobody answered. Leases and
results are statements for many terminals at once (gateway/migrations); the other functions
work inside the caller's transaction, in which the tenant is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from metafleet.hub.fleet.intake import Connection, FencedOff, Slot
from metafleet.hub.fleet.sql import commands as sql
from metafleet.hub.fleet.sql import doors
from metafleet.hub.kernel import safejson

LEASE: Final = timedelta(seconds=30)
"""How long a delivered command waits for its result before it is delivered again."""
ATTEMPTS: Final = 3
BACK_OFF: Final = timedelta(seconds=1)
"""Before the second delivery; doubled before each next one."""
MOST: Final = 20
"""Commands in one delivery. All three: terminal protocol, "Commands"."""

QUESTIONS: Final = frozenset({"FETCH_CANDLES", "SYNC_TRADES"})
"""What only asks for facts: it waits for a terminal that is away, and any client understands it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A leased command as its terminal gets it. `due_at`: since when it could have been delivered."""

    id: UUID
    type: str
    payload: dict[str, Any]
    attempt: int
    expires_at: datetime | None
    due_at: datetime


@dataclass(slots=True)
class Leased:
    """What one look brought. `died`: how many commands ended undelivered, which is news."""

    commands: list[Delivery]
    died: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A terminal comes for its commands. flat: for what a version-1 client understands, alone."""

    slot: Slot
    most: int = MOST
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended, in its terminal's words. `retriable`: the failure may pass."""

    slot: Slot
    command_id: UUID
    status: Literal["done", "failed"]
    result: dict[str, Any] | None
    error: str

    @property
    def retriable(self) -> bool:
        return self.status == "failed" and (self.result or {}).get("retriable") is True


def lease_statement(asks: Sequence[Ask], now: datetime) -> tuple[str, list[Any]]:
    """Return the statement that leases what is due to these terminals, each once at most in `asks`.

    Oldest first; commands that are past help die. Its rows are for `leased`.
    """
    rows = [
        {"i": i, "t": ask.slot.name, "v": ask.slot.token_version, "most": ask.most, "flat": ask.flat}
        for i, ask in enumerate(asks)
    ]
    return sql.LEASE, [safejson.encode(rows), now, ATTEMPTS, LEASE, BACK_OFF]


def leased(asks: Sequence[Ask], rows: Iterable[Sequence[Any]]) -> list[Leased | Exception]:
    """Return what each ask brought; FencedOff where the token is no longer the terminal's."""
    found = [Leased(commands=[], died=0) for _ in asks]
    fenced: set[int] = set()
    for i, is_current, command_id, type_, payload, attempt, expires_at, died, due_at in rows:
        if not is_current:
            fenced.add(i)
        elif command_id is not None and died:
            found[i].died += 1
        elif command_id is not None:
            found[i].commands.append(Delivery(command_id, type_, payload, attempt, expires_at, due_at))
    return [FencedOff() if i in fenced else one for i, one in enumerate(found)]


def finish_statement(results: Sequence[Result], now: datetime) -> tuple[str, list[Any]]:
    """Return the statement that takes these results, each command once at most.

    A command that has ended already keeps its first result. A failure whose result says
    `"retriable": true` is delivered again, up to ATTEMPTS times in all.
    """
    rows = [
        {
            "i": i,
            "t": said.slot.name,
            "v": said.slot.token_version,
            "c": said.command_id,
            "status": said.status,
            "result": said.result,
            "error": said.error,
            "retriable": said.retriable,
        }
        for i, said in enumerate(results)
    ]
    return sql.FINISH, [safejson.encode(rows), now, ATTEMPTS, BACK_OFF]


Outcome = Literal["changed", "known", "unknown", "fenced"]
"""Of a result: it ended the command, came again, is of no command here, or of no current token."""


def flat_syncs_statement(slots: Sequence[Slot], now: datetime) -> tuple[str, list[Any]]:
    """Return the statement that ends the SYNC_TRADES of version-1 clients whose trades have come."""
    return sql.FLAT_SYNCS, [[slot.terminal_id for slot in slots], [slot.token_version for slot in slots], now]


async def finish_flat_fetch(connection: Connection, slot: Slot, trade_id: str, now: datetime) -> None:
    """End the FETCH_CANDLES of a trade that a version-1 client was told, now that its bars have come."""
    values = {"terminal": slot.terminal_id, "trade": trade_id, "now": now}
    await connection.execute(sql.FINISH_FLAT_FETCH, values)


async def find_assignment(connection: Connection, token_hash: bytes) -> tuple[UUID, UUID] | None:
    """Return (tenant, run) of a one-start token, through its narrow door; None for an unknown one."""
    cursor = await connection.execute(doors.ASSIGNMENT, {"token_hash": token_hash})
    row = await cursor.fetchone()
    return None if row is None else (row[0], row[1])


class TakenAlready(Exception):
    """Another process has this run's work: somebody else has its one-start token too."""


async def take_assignment(
    connection: Connection, run_id: UUID, token_hash: bytes, taker: bytes, now: datetime
) -> bytes | None:
    """Return the run's sealed work while it may be fetched, else None; from then on it is the taker's alone.

    taker: 32 bytes by which the asking process is known again. Raises TakenAlready.
    """
    values = {"run": run_id, "token_hash": token_hash, "taker": taker, "now": now}
    row = await (await connection.execute(doors.SEALED_ASSIGNMENT, values)).fetchone()
    if row is None:
        return None
    if row[0] is None:
        raise TakenAlready
    return bytes(row[0])
