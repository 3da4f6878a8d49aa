"""Accounts that deals can be recorded for, on connections that commit: past the tenant fence, as owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg

from metafleet.engine.statements.folding import Deal, TradeRow
from metafleet.hub.journal import intake
from tests.emptying import EMPTY

Connection = psycopg.Connection[tuple[Any, ...]]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIELDS = TradeRow.__struct_fields__


class Place(msgspec.Struct, frozen=True):
    """A terminal with an account of its own."""

    tenant_id: UUID
    account_id: UUID
    terminal_id: UUID
    version: int = 1


@dataclass
class Ledger:
    """`owner` sees everything; `writers` are what the product records on, two of them."""

    owner: Connection
    writers: tuple[Connection, Connection]
    logins: int = field(default=40_000)

    def place(self, platform: str = "mt5") -> Place:
        tenant_id = self.insert("identity_tenant", name="Alice")
        self.logins += 1
        account_id = self.insert(
            "fleet_tradingaccount",
            tenant_id=tenant_id,
            label="Demo",
            platform=platform,
            login=self.logins,
            server="Broker-Demo",
            currency="USD",
            utc_offset_s=0,
        )
        return Place(tenant_id, account_id, self.terminal(tenant_id, account_id, platform))

    def terminal(self, tenant_id: UUID, account_id: UUID, platform: str = "mt5") -> UUID:
        return self.insert(
            "fleet_terminal",
            tenant_id=tenant_id,
            account_id=account_id,
            platform=platform,
            token_version=1,
            version="",
        )

    def insert(self, table: str, **columns: Any) -> UUID:
        row = {"id": uuid4(), "created_at": NOW, "updated_at": NOW, **columns}
        marks = ", ".join(["%s"] * len(row))
        statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608
        self.owner.execute(statement.encode(), list(row.values()))
        found = row["id"]
        assert isinstance(found, UUID)
        return found

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.owner.execute(query.encode(), values).fetchall()

    def record(
        self, place: Place, deals: Sequence[Deal], *, writer: int = 0, now: datetime = NOW
    ) -> intake.Recorded:
        (done,) = self.record_all([batch(place, deals)], writer=writer, now=now)
        return done

    def record_all(
        self, batches: Sequence[intake.DealBatch], *, writer: int = 0, now: datetime = NOW
    ) -> list[intake.Recorded]:
        with self.writers[writer].cursor() as cursor:
            return intake.record_in_tenant(cursor, batches, now)

    def trades(self, place: Place) -> list[TradeRow]:
        query = (
            f"SELECT {', '.join(FIELDS)} FROM journal_trade WHERE account_id = %s ORDER BY position_id, part"  # noqa: S608
        )
        return [TradeRow(**dict(zip(FIELDS, row, strict=True))) for row in self.rows(query, place.account_id)]

    def clear(self) -> None:
        self.owner.execute(EMPTY)


def batch(place: Place, deals: Iterable[Deal]) -> intake.DealBatch:
    return intake.DealBatch(
        deals=intake.prepare(deals), terminal_id=place.terminal_id, token_version=place.version
    )
