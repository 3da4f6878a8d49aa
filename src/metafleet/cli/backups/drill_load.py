"""What a drill writes: deals as the gateway records them, and which of them were acknowledged."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

import psycopg

if TYPE_CHECKING:
    from metafleet.cli.simulator.terminal import Place
    from metafleet.engine.statements.folding import Deal

TERMINALS: Final = 4
_PRICE: Final = Decimal("1.1")


@dataclass(slots=True)
class Acknowledged:
    """Positions that the database has said it has, by (account, position), and when (monotonic seconds).

    Each is two deals: its position's number is the entry's ticket, the exit's is one more.
    """

    positions: dict[tuple[UUID, int], float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


@contextmanager
def writing(url: str) -> Iterator[Acknowledged]:
    """Write as fast as the database acknowledges while the block runs, or until the database is gone."""
    from metafleet.cli.simulator import rows
    from metafleet.cli.simulator.plan import Plan

    made = rows.make(Plan(terminals=TERMINALS, minutes=0), datetime.now(UTC))
    known, ended = Acknowledged(), threading.Event()

    async def all_of_them() -> None:
        await asyncio.gather(*(_write(url, place, known, ended) for place in made.places))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    try:
        yield known
    finally:
        ended.set()
        thread.join()


async def _write(url: str, place: Place, known: Acknowledged, ended: threading.Event) -> None:
    from metafleet.hub.journal import intake

    account = UUID(place.account_id)
    terminal = UUID(place.terminal_id)
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            position = 1
            while not ended.is_set():
                now = datetime.now(UTC)
                deals = intake.prepare(_position(position, now))
                batch = intake.DealBatch(deals=deals, terminal_id=terminal, token_version=1)
                (done,) = await intake.record(connection, [batch], now)
                if set(done.tickets) != {position, position + 1}:
                    known.failures.append(f"position {position} was not recorded")
                known.positions[account, position] = time.monotonic()
                position += 2
    except psycopg.OperationalError:
        return  # it was killed, which is the point


def _position(ticket: int, now: datetime) -> list[Deal]:
    return [_deal(ticket, ticket, now, is_exit=False), _deal(ticket + 1, ticket, now, is_exit=True)]


def _deal(ticket: int, position: int, now: datetime, *, is_exit: bool) -> Deal:
    from metafleet.engine.statements.folding import Deal

    return Deal(
        ticket=ticket,
        position_id=position,
        order_id=ticket,
        symbol="EURUSD",
        kind=1 if is_exit else 0,
        entry=1 if is_exit else 0,
        volume=Decimal("0.1"),
        price=_PRICE,
        executed_at=now,
        profit=Decimal(0),
        commission=Decimal(0),
        swap=Decimal(0),
        fee=Decimal(0),
        magic=None,
        reason=None,
        stop_loss=None,
        take_profit=None,
        comment="",
    )
