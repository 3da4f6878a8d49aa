"""Record what is reported of an account. For the gateway's own connections, without the ORM.

`record` is one statement for many accounts at once and needs no transaction around it; every other
function works inside the caller's transaction, in which the tenant is set.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, Protocol
from uuid import UUID

import msgspec

from metafleet.engine.statements import folding
from metafleet.hub.fleet.intake import Connection, Slot
from metafleet.hub.journal.sql import intake as sql

_POSITIONS = 0x6D66_706F
"""What an account's lock is for: snapshots do not wait for deals, which lock in the database."""

LINKS: Final = ("from #", "to #")
"""How the comment of an MT4 order begins that is part of a chain of partial closes."""

FIRST_WAIT: Final = timedelta(seconds=30)
"""Until an item that failed by a fault of ours is tried again; each further try waits four times as long."""

_MANY: Final = (10, 100, 1000)
"""Failed items of one account at which somebody should look."""

MOST_FAILED: Final = 10_000
"""Bad items of one account that are kept for a person; of more only their sender is told."""

_MOST_KEPT: Final = 20_000
"""Characters of a bad item that are kept; a real one has a few hundred."""


_log = logging.getLogger(__name__)


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


class BadItem(msgspec.Struct, frozen=True):
    """An item that was set aside: its place in the batch, its own words, and what is wrong.

    is_ours: the fault is the hub's, which tries by itself again.
    """

    index: int
    ticket: int | None
    item: str
    detail: str
    is_ours: bool = False


class DealReason(msgspec.Struct, frozen=True):
    """Why an EA sent the order of a deal, by the deal's ticket."""

    ticket: int
    tag: str
    note: str


class Deals(msgspec.Struct, frozen=True):
    """Deals of one account, ready to be recorded.

    tickets: of each item its deal's ticket; of a closed MT4 order both, N and -N.
    body: the deals as one JSON array of objects with the columns' names; numbers as they came,
    the database rounds them half away from zero.
    has_orders: whether some of them are, or may be, orders of MT4, which are looked through for
    what they say of partial closes.
    """

    tickets: list[tuple[int, ...]]
    body: str
    has_orders: bool


class DealBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What one sender reports of one account.

    By a terminal: `terminal_id` and the `token_version` that it spoke under; the database takes the
    account from the terminal's row. Without one, as an import: `account_id`, in a transaction of the
    account's tenant.
    """

    deals: Deals
    terminal_id: UUID | None = None
    token_version: int | None = None
    account_id: UUID | None = None
    import_id: UUID | None = None


class Recorded(msgspec.Struct, frozen=True):
    """What became of a batch.

    is_current: False where the terminal's token was revoked or replaced, or the account is gone or
    another tenant's: then nothing was written.
    tickets: those that were new. imported: the items that brought something new.
    known_ticket: the highest ticket that the journal has of the account; 0 for none.
    closed: how many trades closed for the first time.
    """

    is_current: bool
    tickets: Set[int]
    imported: int
    known_ticket: int
    closed: int


class _Cursor(Protocol):
    """As much of a cursor, Django's or psycopg's own, as recording needs."""

    def execute(self, query: str, params: Sequence[Any]) -> object: ...

    def fetchall(self) -> list[Any]: ...


def prepare(deals: Iterable[folding.Deal]) -> Deals:
    """Return deals that were made one by one, as `record` takes them.

    Of a closed MT4 order the entry, N, comes somewhere before the exit, -N.
    """
    found = list(deals)
    return Deals(
        tickets=[(deal.ticket,) for deal in found],
        body=_json(found),
        has_orders=any(deal.ticket < 0 or deal.comment.startswith(LINKS) for deal in found),
    )


async def record(connection: Connection, batches: Sequence[DealBatch], now: datetime) -> list[Recorded]:
    """Record all batches in one statement and fold the trades that they touch, each or none.

    Runs as a transaction of its own on a connection that commits by itself. The same deals again,
    in any order and from any number of senders at once, change nothing.
    batches: of one account at most one gives its `closed`, the first.
    Raises psycopg.DataError where a number does not fit its column; nothing is written then.
    """
    if not batches:
        return []
    cursor = await connection.execute(sql.RECORD.encode(), _columns(batches, now), prepare=True)
    return _recorded(batches, await cursor.fetchall())


def record_in_tenant(cursor: _Cursor, batches: Sequence[DealBatch], now: datetime) -> list[Recorded]:
    """Do what `record` does within the open transaction, whose tenant owns the accounts."""
    if not batches:
        return []
    cursor.execute(sql.RECORD, _columns(batches, now))
    return _recorded(batches, cursor.fetchall())


def refold(cursor: _Cursor, account_id: UUID, positions: Sequence[int], now: datetime) -> None:
    """Fold these positions again after deals of theirs were removed, in the open transaction.

    The caller holds the account by `hold` from before it looked at the deals. Trades of positions
    that have no deal left go.
    """
    if positions:
        cursor.execute(sql.REFOLD, [[account_id] * len(positions), list(positions), now])


def hold(cursor: _Cursor, account_id: UUID) -> None:
    """Keep others from recording deals of the account until the open transaction ends."""
    cursor.execute(sql.HOLD, [account_id])


async def record_deals(
    connection: Connection, slot: Slot, deals: Sequence[folding.Deal], now: datetime
) -> set[int]:
    """Record deals of one terminal; return the new tickets."""
    batch = DealBatch(deals=prepare(deals), terminal_id=slot.terminal_id, token_version=slot.token_version)
    (done,) = await record(connection, [batch], now)
    return set(done.tickets)


def _columns(batches: Sequence[DealBatch], now: datetime) -> list[object]:
    return [
        [batch.terminal_id for batch in batches],
        [batch.token_version for batch in batches],
        [batch.account_id for batch in batches],
        [batch.import_id for batch in batches],
        [batch.deals.body for batch in batches],
        [batch.deals.has_orders for batch in batches],
        now,
    ]


def _recorded(batches: Sequence[DealBatch], rows: Sequence[Sequence[Any]]) -> list[Recorded]:
    """Share out what was new: each account's tickets stand beside each of its batches."""
    left: dict[UUID, set[int]] = {}
    answers = []
    for batch, (account_id, new, known, closed) in zip(batches, rows, strict=True):
        is_first = account_id not in left
        pool = left.setdefault(account_id, set(new or ()))
        tickets, imported = set(), 0
        for item in batch.deals.tickets if pool else ():
            # An item that comes twice counts once.
            brought = pool.intersection(item)
            if brought:
                imported += 1
                tickets |= brought
                pool -= brought
        answers.append(
            Recorded(
                is_current=account_id is not None,
                tickets=frozenset(tickets),
                imported=imported,
                known_ticket=known,
                closed=closed if is_first else 0,
            )
        )
    return answers


async def known_ticket(connection: Connection, slot: Slot) -> int:
    """Return the highest deal ticket that the journal has of this account; 0 for none."""
    cursor = await connection.execute(sql.KNOWN_TICKET, {"account": slot.account_id})
    row = await cursor.fetchone()
    return row[0] if row else 0


async def keep_failed(
    connection: Connection, slot: Slot, kind: str, bad: Sequence[BadItem], now: datetime
) -> None:
    """Keep what could not be recorded, each item once, with the reason; say when there are many."""
    if not bad:
        return
    items = [
        {
            "digest": hashlib.sha256(item.item.encode("utf-8", "surrogatepass")).hexdigest(),
            # As text PostgreSQL takes neither a NUL nor half a character.
            "item": item.item.replace("\x00", "")[:_MOST_KEPT],
            "reason": item.detail,
            "is_ours": item.is_ours,
        }
        for item in bad
    ]
    values = {
        "tenant": slot.tenant_id,
        "account": slot.account_id,
        "terminal": slot.terminal_id,
        "utc_offset_s": slot.utc_offset_s,
        "kind": kind,
        "items": _json(items),
        "due": now + FIRST_WAIT,
        "most": MOST_FAILED,
        "now": now,
    }
    row = await (await connection.execute(sql.KEEP_FAILED, values)).fetchone()
    before, kept = row or (0, 0)
    for many in _MANY:
        if before < many <= before + kept:
            _log.warning("account %s has %d items that could not be recorded", slot.account_id, before + kept)


async def keep_reasons(
    connection: Connection, slot: Slot, reasons: Sequence[DealReason], now: datetime
) -> None:
    """Keep why an EA sent the orders of deals that are recorded; what was said first stands."""
    values = {"tenant": slot.tenant_id, "account": slot.account_id, "reasons": _json(reasons), "now": now}
    await connection.execute(sql.KEEP_REASONS, values)


async def backlog(connection: Connection, now: datetime) -> list[tuple[str, int, float | None]]:
    """Return (queue, how many wait, seconds that the oldest has waited) over all tenants, for the metrics."""
    cursor = await connection.execute(sql.BACKLOG, [now])
    return [(queue, waiting, oldest_s) for queue, waiting, oldest_s in await cursor.fetchall()]


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
