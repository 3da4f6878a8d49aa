"""Record what terminals report of an account. For the gateway's own connections, without the ORM.

Every function works inside the caller's transaction, in which the tenant is set.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from metafleet.hub.fleet.intake import Connection, Slot
from metafleet.hub.journal import folding
from metafleet.hub.journal.sql import intake as sql

_DEALS, _POSITIONS = 0x6D66_6465, 0x6D66_706F
"""What an account's lock is for: deals and snapshots do not wait for each other."""

_MOST_KEPT: Final = 20_000
"""Characters of a bad item that are kept; a real one has a few hundred."""


class OpenPosition(msgspec.Struct, frozen=True, kw_only=True):
    """One open position. Prices and volume to 8 decimals, money in account currency."""

    ticket: int
    symbol: str
    side: Literal["buy", "sell"]
    volume: Decimal
    open_price: Decimal
    current_price: Decimal
    profit: Decimal
    swap: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    magic: int | None
    comment: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that was set aside: its place in the batch, its own words, and what is wrong."""

    index: int
    ticket: int | None
    item: str
    detail: str


async def record_deals(
    connection: Connection, slot: Slot, deals: Sequence[folding.Deal], now: datetime
) -> set[int]:
    """Record the deals that are new and fold the trades that they touch; return the new tickets.

    The same deals again, in any order and from any number of senders at once, change nothing.
    """
    if not deals:
        return set()
    account = {"tenant": slot.tenant_id, "account": slot.account_id, "terminal": slot.terminal_id, "now": now}
    await connection.execute(sql.LOCK_ACCOUNT, {"lock": _lock(slot.account_id, _DEALS)})
    cursor = await connection.execute(sql.RECORD_DEALS, {**account, "deals": _json(deals)})
    new = await cursor.fetchall()
    touched = sorted({position for _, position, kind in new if position is not None and kind < 2})
    if touched:
        await _fold(connection, account, touched)
    return {ticket for ticket, _, _ in new}


async def _fold(connection: Connection, account: dict[str, Any], positions: list[int]) -> None:
    cursor = await connection.execute(sql.DEALS_OF_POSITIONS, {**account, "positions": positions})
    trades = folding.fold([folding.Deal(*row) for row in await cursor.fetchall()])
    counts = Counter(trade.position_id for trade in trades)
    parts = [{"position_id": position, "parts": counts[position]} for position in positions]
    async with connection.pipeline():
        await connection.execute(sql.WRITE_TRADES, {**account, "trades": _json(trades)})
        await connection.execute(sql.DROP_PARTS, {**account, "parts": _json(parts)})


async def known_ticket(connection: Connection, slot: Slot) -> int:
    """Return the highest deal ticket that the journal has of this account; 0 for none."""
    cursor = await connection.execute(sql.KNOWN_TICKET, {"account": slot.account_id})
    row = await cursor.fetchone()
    return row[0] if row else 0


async def keep_failed(
    connection: Connection, slot: Slot, kind: str, bad: Sequence[BadItem], now: datetime
) -> None:
    """Keep what could not be recorded, each item once, with the reason."""
    if not bad:
        return
    items = [
        {
            "digest": hashlib.sha256(item.item.encode("utf-8", "surrogatepass")).hexdigest(),
            # As text PostgreSQL takes neither a NUL nor half a character.
            "item": item.item.replace("\x00", "")[:_MOST_KEPT],
            "reason": item.detail,
        }
        for item in bad
    ]
    values = {
        "tenant": slot.tenant_id,
        "account": slot.account_id,
        "terminal": slot.terminal_id,
        "kind": kind,
        "items": _json(items),
        "now": now,
    }
    await connection.execute(sql.KEEP_FAILED, values)


async def replace_positions(
    connection: Connection,
    slot: Slot,
    positions: Sequence[OpenPosition],
    now: datetime,
    *,
    unreadable: Sequence[int] = (),
) -> None:
    """Make these the account's open positions. `unreadable`: tickets whose old row stays."""
    account = {"tenant": slot.tenant_id, "account": slot.account_id, "now": now}
    tickets = [position.ticket for position in positions]
    # The last one where a ticket comes twice: one statement may not touch a row twice.
    unique = list({position.ticket: position for position in positions}.values())
    async with connection.pipeline():
        await connection.execute(sql.LOCK_ACCOUNT, {"lock": _lock(slot.account_id, _POSITIONS)})
        await connection.execute(sql.CLOSE_POSITIONS, {**account, "tickets": [*tickets, *unreadable]})
        if unique:
            await connection.execute(sql.WRITE_POSITIONS, {**account, "positions": _json(unique)})


async def note_equity(
    connection: Connection, slot: Slot, *, balance: Decimal, equity: Decimal, now: datetime
) -> None:
    """Draw the account's curve on: the last reading of each 15 seconds stays."""
    values = {"tenant": slot.tenant_id, "account": slot.account_id, "now": now}
    await connection.execute(sql.POINT, {**values, "balance": balance, "equity": equity})


def _lock(account_id: UUID, purpose: int) -> int:
    """The account's advisory lock key; two accounts that share one only wait for each other."""
    key = int.from_bytes(account_id.bytes[:8], "big", signed=True)
    return key ^ purpose


def _json(rows: object) -> str:
    return msgspec.json.encode(rows).decode()
