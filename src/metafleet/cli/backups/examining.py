"""Whether what a restored database has of trades and deeds is whole, over all tenants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec
import psycopg
from psycopg.rows import TupleRow

from metafleet.engine.statements.folding import Deal, TradeRow, fold

MOST_TROUBLES: Final = 20
_PAGE: Final = 5_000

_ENTRIES: Final = "SELECT count(*), count(DISTINCT tenant_id) FROM audit_auditentry"
_BROKEN: Final = """
WITH link AS (
    SELECT e.id, tenant_id, sequence, previous_hash,
        sequence IS NOT NULL AND sha256(convert_to(audit_text(e), 'UTF8')) = hash AS is_as_written,
        lag(sequence) OVER chain AS before, lag(hash) OVER chain AS hash_before
    FROM audit_auditentry AS e WINDOW chain AS (PARTITION BY tenant_id ORDER BY sequence)
)
SELECT tenant_id, sequence, is_as_written FROM link
WHERE NOT is_as_written
    OR before IS NOT NULL AND (sequence <> before + 1 OR previous_hash <> hash_before)
    OR before IS NULL AND sequence > 1 AND NOT EXISTS (
        SELECT FROM audit_auditentry AS pruned
        WHERE pruned.tenant_id = link.tenant_id AND pruned.action = 'audit.pruned'
            AND pruned.detail @> jsonb_build_object(
                'through', link.sequence - 1, 'hash', encode(link.previous_hash, 'hex')))
ORDER BY tenant_id, sequence LIMIT %s
"""
_CUT: Final = """
SELECT tenant_id, max(sequence) FROM audit_auditcheckpoint AS signed GROUP BY tenant_id
HAVING max(sequence) > (SELECT coalesce(max(sequence), 0) FROM audit_auditentry AS entry
                        WHERE entry.tenant_id = signed.tenant_id)
"""
# Without the index, which may be what is damaged.
_TWICE: Final = """
SELECT account_id, ticket FROM journal_deal GROUP BY account_id, ticket HAVING count(*) > 1 LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at, and what is not as it must be, in sentences.

    entries: of the record of deeds. deals and trades: of the journal.
    """

    entries: int
    deals: int
    trades: int
    troubles: tuple[str, ...]


def examine(url: str) -> Examined:
    """Walk the record's chains, and fold every account's deals anew; two passes over either table."""
    with psycopg.connect(url) as connection:
        connection.execute("SET timezone = 'UTC'")
        entries, of_record = _record(connection)
        deals, trades, of_journal = _journal(connection)
    return Examined(entries, deals, trades, (*of_record, *of_journal)[:MOST_TROUBLES])


def _record(connection: psycopg.Connection) -> tuple[int, list[str]]:
    if not _has(connection, "audit_auditentry"):
        return 0, []
    row = connection.execute(_ENTRIES).fetchone()
    troubles = [
        f"entry {sequence} of the record of {tenant} "
        + ("does not follow the one before it" if is_as_written else "is not as it was written")
        for tenant, sequence, is_as_written in connection.execute(_BROKEN, [MOST_TROUBLES])
    ]
    troubles += [
        f"the record of {tenant} ends before entry {sequence}, which was signed"
        for tenant, sequence in connection.execute(_CUT)
    ]
    return row[0] if row else 0, troubles


def _journal(connection: psycopg.Connection) -> tuple[int, int, list[str]]:
    if not _has(connection, "journal_deal"):
        return 0, 0, []
    for way in ("indexscan", "indexonlyscan", "bitmapscan"):
        connection.execute("SELECT set_config(%s, 'off', false)", [f"enable_{way}"])
    twice = connection.execute(_TWICE, [MOST_TROUBLES]).fetchall()
    troubles = [f"deal {ticket} of account {account} is there more than once" for account, ticket in twice]
    deals = trades = 0
    kept = _groups(connection, "journal_trade", TradeRow, "part")
    there = next(kept, None)
    for key, rows in _groups(connection, "journal_deal", Deal, "ticket"):
        deals += len(rows)
        wanted = fold(rows)
        while there is not None and there[0] < key:
            troubles.append(_said(there[0], "has trades and no deals"))
            there = next(kept, None)
        found = there[1] if there is not None and there[0] == key else []
        if found:
            there = next(kept, None)
        trades += len(found)
        if found != wanted:
            troubles.append(_said(key, "is not what its deals make"))
    if there is not None:
        troubles.append(_said(there[0], "has trades and no deals"))
    return deals, trades, troubles


def _said(key: tuple[str, int], what: str) -> str:
    return f"position {key[1]} of account {key[0]} {what}"


def _groups(
    connection: psycopg.Connection, table: str, kind: type[Any], last: str
) -> Iterator[tuple[tuple[str, int], list[Any]]]:
    """Yield ((account, position), its rows as records), sorted, a page of rows in memory at a time."""
    names = [field.name for field in msgspec.structs.fields(kind)]
    query = (
        f"SELECT account_id::text, {', '.join(names)} FROM {table} WHERE position_id IS NOT NULL "  # noqa: S608
        f'ORDER BY account_id::text COLLATE "C", position_id, {last}'
    )
    with connection.cursor(name=f"examine_{table}") as cursor:
        cursor.itersize = _PAGE
        cursor.execute(query.encode())
        position = 1 + names.index("position_id")
        rows: Iterator[TupleRow] = iter(cursor)
        for key, group in groupby(rows, key=itemgetter(0, position)):
            yield (
                (str(key[0]), int(key[1])),
                [kind(**dict(zip(names, row[1:], strict=True))) for row in group],
            )


def _has(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
    return bool(row and row[0])
