"""Who the terminals are, for the gateway's own connections, without the ORM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from metafleet.hub.fleet.sql import doors
from metafleet.wire.scalars import Clock

Connection = AsyncConnection[TupleRow]


class FencedOff(Exception):
    """The token was revoked, or a newer start of the runner has taken the terminal over."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One terminal's place: whom it speaks for, and which token version may.

    `utc_offset_s`: seconds that its server's time is east of UTC, and `timezone`, where it is
    set, the IANA name that says so better. `protocol`: the version that it spoke last.
    """

    terminal_id: UUID
    tenant_id: UUID
    account_id: UUID
    instance_id: UUID | None
    token_version: int
    is_revoked: bool
    utc_offset_s: int
    timezone: str
    login: int
    server: str
    protocol: int | None
    is_crossed: bool = False
    """It last spoke for another account: until a right heartbeat nothing of it is taken."""
    currency: str | None = None
    leverage: int | None = None
    margin_mode: str | None = None
    name: str = field(init=False, compare=False)
    """The terminal's id as text …"""
    account_name: str = field(init=False, compare=False)
    """… and its account's: both are written with every request."""

    clock: Clock = field(init=False, compare=False)
    """How its server's clock goes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock", _clock(self.timezone, self.utc_offset_s))
        object.__setattr__(self, "name", str(self.terminal_id))
        object.__setattr__(self, "account_name", str(self.account_id))


@dataclass(frozen=True, slots=True)
class Terms:
    """What the broker says of a terminal's account; None: it does not say."""

    slot: Slot
    currency: str | None
    leverage: int | None
    margin_mode: str | None

    @property
    def are_new(self) -> bool:
        """Whether it is other than what is known."""
        said = (self.currency, self.leverage, self.margin_mode)
        known = (self.slot.currency, self.slot.leverage, self.slot.margin_mode)
        return any(new is not None and new != old for new, old in zip(said, known, strict=True))


@lru_cache(maxsize=4096)
def _clock(timezone: str, utc_offset_s: int) -> Clock:
    try:
        return ZoneInfo(timezone) if timezone else utc_offset_s
    except (ValueError, OSError, ZoneInfoNotFoundError):
        # A zone that this machine's tables do not know: what the account said before it.
        return utc_offset_s


async def find_slots(connection: Connection, terminals: Sequence[UUID]) -> dict[UUID, Slot]:
    """Return the places of those terminals that there are, through their narrow door."""
    cursor = await connection.execute(doors.TERMINALS, [list(terminals)])
    return {row[0]: Slot(*row) for row in await cursor.fetchall()}


async def find_slot(connection: Connection, terminal_id: UUID) -> Slot | None:
    """Return the terminal's place; None where there is no such terminal."""
    return (await find_slots(connection, [terminal_id])).get(terminal_id)


def cross_statement(slot: Slot, now: datetime, *, is_crossed: bool) -> tuple[str, list[Any]]:
    """Return the statement that marks the terminal as one that speaks for another account, or no longer."""
    return doors.CROSS, [slot.terminal_id, slot.token_version, is_crossed, now]


def terms_statement(said: Sequence[Terms], now: datetime) -> tuple[str, list[Any]]:
    """Return the statement that writes what brokers say of accounts, each of them once at most."""
    return doors.TERMS, [
        [terms.slot.terminal_id for terms in said],
        [terms.slot.token_version for terms in said],
        [terms.currency for terms in said],
        [terms.leverage for terms in said],
        [terms.margin_mode for terms in said],
        now,
    ]


async def check_current(connection: Connection, slot: Slot) -> None:
    """Raise FencedOff unless the slot's token version is the terminal's own, in its tenant's transaction."""
    values = {"terminal": slot.terminal_id, "version": slot.token_version}
    if await (await connection.execute(doors.CURRENT, values)).fetchone() is None:
        raise FencedOff
