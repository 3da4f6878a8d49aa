"""The database's own limit: the statement that records deals, without a gateway around it."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg

CONNECTIONS = 3
"""As many as the gateway has under way at the same time."""

INSERT = b"""
    INSERT INTO journal_deal (tenant_id, account_id, created_at, updated_at,
        ticket, position_id, order_id, symbol, kind, entry, volume, price, executed_at, profit, commission,
        swap, fee, magic, reason, stop_loss, take_profit, comment)
    SELECT b.tenant, b.account, now(), now(), i.*
    FROM unnest(%b::uuid[], %b::uuid[], %b::text[]) AS b (tenant, account, body)
    CROSS JOIN LATERAL json_to_recordset(b.body::json) AS i (
        ticket bigint, position_id bigint, order_id bigint, symbol text, kind smallint, entry smallint,
        volume numeric, price numeric, executed_at timestamptz, profit numeric, commission numeric,
        swap numeric, fee numeric, magic bigint, reason smallint, stop_loss numeric, take_profit numeric,
        comment text)
    ON CONFLICT DO NOTHING
"""


def one_by_one(sender: Any, bodies: Sequence[bytes]) -> float:
    """Return the median seconds of one batch, each sent when the one before is committed."""
    took = []
    with _connection() as connection:
        for columns in [_columns([(sender, body)]) for body in bodies]:
            began = time.perf_counter()
            _record(connection, columns)
            took.append(time.perf_counter() - began)
    return statistics.median(took[10:])


def sustained(groups: Sequence[Sequence[tuple[Any, bytes]]]) -> float:
    """Return how many of these groups of (sender, body) a second two connections record, a commit each."""
    return _rate([_columns(group) for group in groups], _record, "-c role=metafleet_app")


def inserted(groups: Sequence[Sequence[tuple[Any, bytes]]]) -> float:
    """As `sustained`, of rows that are only put into their table and its indexes, as any way must."""
    values = [
        [
            [sender.tenant_id for sender, _ in group],
            [sender.account_id for sender, _ in group],
            [batch.deals.body for batch in _batches(group)],
        ]
        for group in groups
    ]
    return _rate(values, lambda connection, value: connection.execute(INSERT, value, prepare=True), "")


def _rate(values: Sequence[Any], send: Callable[[Any, Any], object], options: str) -> float:
    ready = iter(values)

    def work(connection: psycopg.Connection[Any]) -> None:
        for value in ready:
            send(connection, value)

    connections = [_connection(options) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(work, connections))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return len(values) / took


def _connection(options: str = "-c role=metafleet_app") -> psycopg.Connection[Any]:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, options=options)


def _record(connection: psycopg.Connection[Any], columns: list[object]) -> None:
    from metafleet.hub.journal.sql import intake as sql

    connection.execute(sql.RECORD.encode(), columns, prepare=True).fetchall()


def _columns(group: Sequence[tuple[Any, bytes]]) -> list[object]:
    from metafleet.hub.journal import intake

    return intake._columns(_batches(group), datetime.now(UTC))


def _batches(group: Sequence[tuple[Any, bytes]]) -> list[Any]:
    from metafleet.hub.journal import intake
    from metafleet.hub.journal.items import read_deals

    batches = []
    for sender, body in group:
        raw = [msgspec.Raw(msgspec.json.encode(item)) for item in msgspec.json.decode(body)["trades"]]
        deals = [deal for _, found in read_deals(raw, 0).good for deal in found]
        batches.append(intake.DealBatch(deals=intake.prepare(deals), terminal_id=sender.id, token_version=1))
    return batches
