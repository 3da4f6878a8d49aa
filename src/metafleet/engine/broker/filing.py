"""How deals and finished orders come into the books' large tables: many at once.

There they stand in eight tables and indexes, each of them a page that a commit would write. So an order's own
commit writes them to tables that have no index, `fresh_`, and a later one files what has come together.
A row is in one of the two; `deals`, `orders` and `executions` show both.
"""

from __future__ import annotations

import sqlite3
from typing import Final

MOST_FRESH: Final = 512
"""Rows that may wait to be filed: reading looks at each of them, and to file them takes a millisecond."""

_FILES: Final = (
    "INSERT INTO filed_deals SELECT * FROM fresh_deals",
    "INSERT INTO filed_executions SELECT * FROM fresh_executions",
    "REPLACE INTO filed_orders SELECT * FROM fresh_orders",
    "DELETE FROM fresh_executions",
    "DELETE FROM fresh_deals",
    "DELETE FROM fresh_orders",
)


def file_away(db: sqlite3.Connection) -> None:
    """File all that is fresh, within the caller's transaction."""
    for statement in _FILES:
        db.execute(statement)


def count_fresh(db: sqlite3.Connection) -> int:
    """Return how many deals and orders wait to be filed."""
    (count,) = db.execute(
        "SELECT (SELECT count(*) FROM fresh_deals) + (SELECT count(*) FROM fresh_orders)"
    ).fetchone()
    return int(count)


def highest_tickets(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the greatest ticket of an order and of a deal; 0 where there is none."""
    # Orders of before schema 3 are known by their deals only. Of a view no maximum is found by an index.
    row = db.execute(
        """SELECT max(
               coalesce((SELECT max("order") FROM filed_deals), 0),
               coalesce((SELECT max(ticket) FROM filed_orders), 0),
               coalesce((SELECT max(ticket) FROM fresh_orders), 0)
           ), max(
               coalesce((SELECT max(ticket) FROM filed_deals), 0),
               coalesce((SELECT max(ticket) FROM fresh_deals), 0)
           )"""
    ).fetchone()
    return row[0], row[1]
