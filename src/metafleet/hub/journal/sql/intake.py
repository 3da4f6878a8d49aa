"""What terminals' facts and observations write. All run in a transaction of the tenant.

Batches come as one JSON array: one parameter instead of one array for each column.
"""

from __future__ import annotations

from typing import Final

# One writer of an account's snapshot at a time.
LOCK_ACCOUNT: Final = "SELECT pg_advisory_xact_lock(%(lock)s)"

KNOWN_TICKET: Final = """
    SELECT coalesce(greatest(max(ticket), 0), 0) FROM journal_deal WHERE account_id = %(account)s
"""

# One statement, and one transaction where none is open; see migrations 0005 and 0011.
RECORD: Final = """
    SELECT account_id, tickets, known_ticket, closed_trades
    FROM journal_record(%b::uuid[], %b::int[], %b::uuid[], %b::uuid[], %b::text[], %b::bool[], %b)
"""

REFOLD: Final = "SELECT journal_fold(%s::uuid[], %s::bigint[], %s)"

# The lock that recording takes.
HOLD: Final = "SELECT pg_advisory_xact_lock(journal_lock(%s))"

BACKLOG: Final = "SELECT queue, waiting, oldest_s FROM journal_backlog(%s)"

# How many there were before, and how many are new.
KEEP_FAILED: Final = """
    WITH kept AS (
        INSERT INTO journal_faileditem
            (id, tenant_id, account_id, terminal_id, created_at, updated_at, kind, digest, item, reason,
             is_ours, due_at, utc_offset_s)
        SELECT gen_random_uuid(), %(tenant)s, %(account)s, %(terminal)s, %(now)s, %(now)s, %(kind)s,
               decode(digest, 'hex'), item, reason,
               is_ours, CASE WHEN is_ours THEN %(due)s END, %(utc_offset_s)s
        FROM ROWS FROM (json_to_recordset(%(items)s::json) AS
            (digest text, item text, reason text, is_ours boolean)) WITH ORDINALITY AS failed
            (digest, item, reason, is_ours, place)
        -- What the hub stumbled over may be a fact; of the senders' own faults there is an end.
        WHERE is_ours OR place <= %(most)s - (
            SELECT count(*) FROM journal_faileditem AS f WHERE f.account_id = %(account)s AND NOT f.is_ours)
        ON CONFLICT (account_id, kind, digest) DO NOTHING
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM journal_faileditem WHERE account_id = %(account)s),
           (SELECT count(*) FROM kept)
"""

# The first word stands; of a deal that is not there nobody may say why.
KEEP_REASONS: Final = """
    INSERT INTO journal_dealreason (tenant_id, account_id, ticket, tag, note, created_at, updated_at)
    SELECT DISTINCT ON (said.ticket)
           %(tenant)s, %(account)s, said.ticket, said.tag, said.note, %(now)s, %(now)s
    FROM json_to_recordset(%(reasons)s::json) AS said (ticket bigint, tag text, note text)
    JOIN journal_deal d ON d.account_id = %(account)s AND d.ticket = said.ticket
    ON CONFLICT (account_id, ticket) DO NOTHING
"""

# What is not in the snapshot is no longer open. Tickets that could not be read keep their row.
CLOSE_POSITIONS: Final = """
    DELETE FROM journal_position WHERE account_id = %(account)s AND NOT ticket = ANY(%(tickets)s)
"""

WRITE_POSITIONS: Final = """
    INSERT INTO journal_position
        (tenant_id, account_id, created_at, updated_at,
         ticket, symbol, side, volume, open_price, current_price, profit, swap,
         stop_loss, take_profit, magic, comment, opened_at)
    SELECT %(tenant)s, %(account)s, %(now)s, %(now)s,
           ticket, symbol, side, volume, open_price, current_price, profit, swap,
           stop_loss, take_profit, magic, comment, opened_at
    FROM json_to_recordset(%(positions)s::json) AS item
        (ticket bigint, symbol text, side text, volume numeric, open_price numeric,
         current_price numeric, profit numeric, swap numeric, stop_loss numeric, take_profit numeric,
         magic bigint, comment text, opened_at timestamptz)
    ON CONFLICT (account_id, ticket) DO UPDATE SET
        updated_at = excluded.updated_at, symbol = excluded.symbol, side = excluded.side,
        volume = excluded.volume, open_price = excluded.open_price,
        current_price = excluded.current_price, profit = excluded.profit, swap = excluded.swap,
        stop_loss = excluded.stop_loss, take_profit = excluded.take_profit,
        magic = excluded.magic, comment = excluded.comment, opened_at = excluded.opened_at
"""

# The last of each quarter of a minute.
POINT: Final = """
    INSERT INTO journal_equitypoint (tenant_id, account_id, at, balance, equity, created_at, updated_at)
    VALUES (%(tenant)s, %(account)s, date_bin('15 seconds', %(now)s, timestamptz '2000-01-01'),
            %(balance)s, %(equity)s, %(now)s, %(now)s)
    ON CONFLICT (account_id, at) DO UPDATE
    SET balance = excluded.balance, equity = excluded.equity, updated_at = excluded.updated_at
    WHERE journal_equitypoint.updated_at <= excluded.updated_at
"""
