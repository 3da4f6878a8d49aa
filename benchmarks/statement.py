"""The database's own limit: the statement that records deals, without a gateway around it."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg

CONNECTIONS = 2
"""As many as the gateway has under way at the same time."""


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
    ready = iter([_columns(group) for group in groups])

    def work(connection: psycopg.Connection[Any]) -> None:
        for columns in ready:
            _record(connection, columns)

    connections = [_connection() for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(work, connections))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return len(groups) / took


def _connection() -> psycopg.Connection[Any]:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, options="-c role=metafleet_app")


def _record(connection: psycopg.Connection[Any], columns: list[object]) -> None:
    from metafleet.hub.journal.sql import intake as sql

    connection.execute(sql.RECORD.encode(), columns, prepare=True).fetchall()


def _columns(group: Sequence[tuple[Any, bytes]]) -> list[object]:
    from metafleet.hub.journal import intake
    from metafleet.hub.journal.items import read_deals

    batches = []
    for sender, body in group:
        raw = [msgspec.Raw(msgspec.json.encode(item)) for item in msgspec.json.decode(body)["trades"]]
        deals = [deal for _, found in read_deals(raw, 0).good for deal in found]
        batches.append(intake.DealBatch(deals=intake.prepare(deals), terminal_id=sender.id, token_version=1))
    return intake._columns(batches, datetime.now(UTC))
