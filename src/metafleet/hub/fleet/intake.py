"""What the terminals' heartbeats do to the fleet. For the gateway's own connections, without the ORM.

Every function but `find_slot` works inside the caller's transaction, in which the tenant is set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from metafleet.hub.fleet.sql import doors, heartbeat

Connection = AsyncConnection[TupleRow]


class FencedOff(Exception):
    """The token was revoked, or a newer start of the runner has taken the terminal over."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One terminal's place: whom it speaks for, and which token version may."""

    terminal_id: UUID
    tenant_id: UUID
    account_id: UUID
    instance_id: UUID | None
    token_version: int
    is_revoked: bool
    utc_offset_s: int
    login: int
    server: str


@dataclass(frozen=True, slots=True)
class AccountReading:
    """What a terminal says of its account. Money in account currency; None: it did not say."""

    balance: Decimal
    equity: Decimal
    margin: Decimal
    free_margin: Decimal
    open_positions: int | None


@dataclass(frozen=True, slots=True)
class RunReading:
    """What a runner says of its run. `report` is its proof, None before it knows its account."""

    run_id: UUID
    generation: int
    status: str
    error: str
    report: dict[str, Any] | None
    first_tick_at: str | None


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat, decoded."""

    build: int | None
    version: str | None
    utc_offset_s: int | None
    account: AccountReading | None
    run: RunReading | None


async def find_slot(connection: Connection, terminal_id: UUID) -> Slot | None:
    """Return the terminal's place, through its narrow door; None where there is no such terminal."""
    cursor = await connection.execute(doors.TERMINAL, {"terminal": terminal_id})
    row = await cursor.fetchone()
    return None if row is None else Slot(terminal_id, *row)


async def observe_beat(connection: Connection, slot: Slot, beat: Beat, now: datetime) -> bool:
    """Write what the heartbeat says; return whether it is news for the reconciler.

    News: the run's first proof or first tick, a changed status or error. Then the
    instance is due. A beat of an unknown, older or ended run leaves the runs alone.
    Raises FencedOff, and nothing is to be kept.
    """
    is_news = await _is_news(connection, slot, beat.run)
    async with connection.pipeline():
        if is_news:
            await wake_instance(connection, slot, now)
        cursor = await connection.execute(heartbeat.SEE_TERMINAL, _terminal_values(slot, beat, now))
        if beat.account is not None:
            await connection.execute(heartbeat.OBSERVE_ACCOUNT, _account_values(slot, beat.account, now))
        if beat.run is not None and slot.instance_id is not None:
            await connection.execute(heartbeat.REPORT_RUN, _run_values(slot, beat.run, now))
    if cursor.rowcount != 1:
        raise FencedOff
    return is_news


async def wake_instance(connection: Connection, slot: Slot, now: datetime) -> None:
    """Make the terminal's instance due for a look."""
    if slot.instance_id is not None:
        await connection.execute(heartbeat.WAKE_INSTANCE, {"instance": slot.instance_id, "now": now})


async def _is_news(connection: Connection, slot: Slot, run: RunReading | None) -> bool:
    if run is None or slot.instance_id is None:
        return False
    key = {"run": run.run_id, "instance": slot.instance_id, "generation": run.generation}
    cursor = await connection.execute(heartbeat.LOOK_AT_RUN, key)
    row = await cursor.fetchone()
    if row is None:
        return False
    status, error, is_proven, has_ticked = row
    return (
        (status, error) != (run.status, run.error)
        or (not is_proven and run.report is not None)
        or (not has_ticked and run.first_tick_at is not None)
    )


def _terminal_values(slot: Slot, beat: Beat, now: datetime) -> dict[str, Any]:
    return {
        "terminal": slot.terminal_id,
        "token_version": slot.token_version,
        "now": now,
        "build": beat.build,
        "version": beat.version,
        "utc_offset_s": beat.utc_offset_s,
    }


def _account_values(slot: Slot, account: AccountReading, now: datetime) -> dict[str, Any]:
    return {
        "account": slot.account_id,
        "tenant": slot.tenant_id,
        "balance": account.balance,
        "equity": account.equity,
        "margin": account.margin,
        "free_margin": account.free_margin,
        "open_positions": account.open_positions,
        "now": now,
    }


def _run_values(slot: Slot, run: RunReading, now: datetime) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "instance": slot.instance_id,
        "generation": run.generation,
        "status": run.status,
        "error": run.error,
        "report": None if run.report is None else msgspec.json.encode(run.report).decode(),
        "first_tick_at": run.first_tick_at,
        "now": now,
    }
