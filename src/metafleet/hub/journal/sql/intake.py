"""What terminals' facts and observations write. All run in a transaction of the tenant.

Batches come as one JSON array: one parameter instead of one array for each column.
"""

from __future__ import annotations

from typing import Final

# One writer per account at a time: a fold must see every deal that was recorded before.
LOCK_ACCOUNT: Final = "SELECT pg_advisory_xact_lock(%(lock)s)"

KNOWN_TICKET: Final = """
    SELECT coalesce(greatest(max(ticket), 0), 0) FROM journal_deal WHERE account_id = %(account)s
"""

# Only the rows that were new come back: that is what "imported" means.
RECORD_DEALS: Final = """
    INSERT INTO journal_deal
        (tenant_id, account_id, terminal_id, created_at, updated_at,
         ticket, position_id, order_id, symbol, kind, entry, volume, price, executed_at,
         profit, commission, swap, fee, magic, reason, stop_loss, take_profit, comment)
    SELECT %(tenant)s, %(account)s, %(terminal)s, %(now)s, %(now)s,
           ticket, position_id, order_id, symbol, kind, entry, volume, price, executed_at,
           profit, commission, swap, fee, magic, reason, stop_loss, take_profit, comment
    FROM json_to_recordset(%(deals)s::json) AS item
        (ticket bigint, position_id bigint, order_id bigint, symbol text, kind smallint, entry smallint,
         volume numeric, price numeric, executed_at timestamptz, profit numeric, commission numeric,
         swap numeric, fee numeric, magic bigint, reason smallint, stop_loss numeric,
         take_profit numeric, comment text)
    ON CONFLICT (account_id, ticket) DO NOTHING
    RETURNING ticket, position_id, kind
"""

DEALS_OF_POSITIONS: Final = """
    SELECT ticket, position_id, order_id, symbol, kind, entry, volume, price, executed_at,
           profit, commission, swap, fee, magic, reason, stop_loss, take_profit, comment
    FROM journal_deal WHERE account_id = %(account)s AND position_id = ANY(%(positions)s)
"""

WRITE_TRADES: Final = """
    INSERT INTO journal_trade
        (id, tenant_id, account_id, created_at, updated_at,
         position_id, part, symbol, side, state, volume, closed_volume, entry_price, exit_price,
         entered_at, exited_at, profit, commission, swap, fee, net_profit, magic, exit_reason,
         stop_loss, take_profit, comment)
    SELECT gen_random_uuid(), %(tenant)s, %(account)s, %(now)s, %(now)s,
           position_id, part, symbol, side, state, volume, closed_volume, entry_price, exit_price,
           entered_at, exited_at, profit, commission, swap, fee, net_profit, magic, exit_reason,
           stop_loss, take_profit, comment
    FROM json_to_recordset(%(trades)s::json) AS item
        (position_id bigint, part smallint, symbol text, side text, state text, volume numeric,
         closed_volume numeric, entry_price numeric, exit_price numeric, entered_at timestamptz,
         exited_at timestamptz, profit numeric, commission numeric, swap numeric, fee numeric,
         net_profit numeric, magic bigint, exit_reason text, stop_loss numeric, take_profit numeric,
         comment text)
    ON CONFLICT (account_id, position_id, part) DO UPDATE SET
        updated_at = excluded.updated_at, symbol = excluded.symbol, side = excluded.side,
        state = excluded.state, volume = excluded.volume, closed_volume = excluded.closed_volume,
        entry_price = excluded.entry_price, exit_price = excluded.exit_price,
        entered_at = excluded.entered_at, exited_at = excluded.exited_at,
        profit = excluded.profit, commission = excluded.commission, swap = excluded.swap,
        fee = excluded.fee, net_profit = excluded.net_profit, magic = excluded.magic,
        exit_reason = excluded.exit_reason, stop_loss = excluded.stop_loss,
        take_profit = excluded.take_profit, comment = excluded.comment
"""

# A late deal may show that what looked like two legs was one.
DROP_PARTS: Final = """
    DELETE FROM journal_trade AS trade
    USING json_to_recordset(%(parts)s::json) AS item (position_id bigint, parts int)
    WHERE trade.account_id = %(account)s AND trade.position_id = item.position_id
      AND trade.part >= item.parts
"""

KEEP_FAILED: Final = """
    INSERT INTO journal_faileditem
        (id, tenant_id, account_id, terminal_id, created_at, updated_at, kind, digest, item, reason)
    SELECT gen_random_uuid(), %(tenant)s, %(account)s, %(terminal)s, %(now)s, %(now)s, %(kind)s,
           decode(digest, 'hex'), item, reason
    FROM json_to_recordset(%(items)s::json) AS failed (digest text, item text, reason text)
    ON CONFLICT (account_id, kind, digest) DO NOTHING
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
