"""Snapshots of open positions, of many accounts at once.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

# What is not in a snapshot is no longer open; tickets that could not be read (`keep`) keep their
# row. One writer per account at a time, the accounts in one order.
POSITIONS = """
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(('x' || left(replace(lane.account::text, '-', ''), 16))::bit(64)::bigint
                                  # 1835429999)
    FROM (
        SELECT DISTINCT terminal.account_id AS account
        FROM jsonb_to_recordset(snapshots) AS said (t uuid)
        JOIN fleet_terminal AS terminal ON terminal.id = said.t
        ORDER BY 1
    ) AS lane;

    RETURN QUERY
    -- Each step carries on what the next one needs: joins of the snapshots with themselves would
    -- take the square of what many terminals have open.
    WITH said AS MATERIALIZED (
        SELECT s.*, ARRAY(SELECT (p ->> 'ticket')::bigint FROM jsonb_array_elements(s.positions) AS p) AS open
        FROM jsonb_to_recordset(snapshots) AS s (i int, t uuid, v int, at timestamptz, keep bigint[], positions jsonb)
        ORDER BY s.t
    ), taken AS (
        UPDATE fleet_terminal AS terminal SET snapshot_at = said.at
        FROM said
        WHERE terminal.id = said.t AND terminal.token_version = said.v AND terminal.revoked_at IS NULL
          AND (terminal.snapshot_at IS NULL OR terminal.snapshot_at <= said.at
               -- No request takes so long: the clock that it was taken by was wrong.
               OR terminal.snapshot_at > said.at + interval '1 minute')
        RETURNING said.i, terminal.account_id, terminal.tenant_id, said.at, said.positions,
                  said.open || said.keep AS kept
    ), gone AS (
        DELETE FROM journal_position AS position
        USING taken
        WHERE position.account_id = taken.account_id AND NOT position.ticket = ANY(taken.kept)
    ), written AS (
        INSERT INTO journal_position
            (tenant_id, account_id, created_at, updated_at,
             ticket, symbol, side, volume, open_price, current_price, profit, swap,
             stop_loss, take_profit, magic, comment, opened_at)
        SELECT tenant_id, account_id, at, at,
               ticket, symbol, side, volume, open_price, current_price, profit, swap,
               stop_loss, take_profit, magic, comment, opened_at
        FROM taken CROSS JOIN LATERAL jsonb_to_recordset(taken.positions) AS p
            (ticket bigint, symbol text, side text, volume numeric, open_price numeric,
             current_price numeric, profit numeric, swap numeric, stop_loss numeric,
             take_profit numeric, magic bigint, comment text, opened_at timestamptz)
        ON CONFLICT (account_id, ticket) DO UPDATE SET
            updated_at = excluded.updated_at, symbol = excluded.symbol, side = excluded.side,
            volume = excluded.volume, open_price = excluded.open_price,
            current_price = excluded.current_price, profit = excluded.profit, swap = excluded.swap,
            stop_loss = excluded.stop_loss, take_profit = excluded.take_profit,
            magic = excluded.magic, comment = excluded.comment, opened_at = excluded.opened_at
    )
    SELECT said.i, CASE
        WHEN taken.i IS NOT NULL THEN 'stored'
        WHEN EXISTS (SELECT FROM fleet_terminal AS terminal WHERE terminal.id = said.t
                     AND terminal.token_version = said.v AND terminal.revoked_at IS NULL) THEN 'older'
        ELSE 'fenced' END
    FROM said LEFT JOIN taken ON taken.i = said.i;
END
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_statements"), ("fleet", "0006_snapshot_order")]

    operations = [
        written_door(
            "gateway_positions",
            "snapshots jsonb",
            "i int, outcome text",
            POSITIONS,
            options="SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off",
        ),
    ]
