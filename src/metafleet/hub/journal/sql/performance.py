"""How each EA of a tenant does now, as it is, in its minute and in its hour. In the tenant's scope."""

from __future__ import annotations

from typing import Final

# The minute's and the hour's rows are the last of theirs: written again with each sample, so that no
# roll-up can be missed. `profit` is what its trades made and what its open positions show.
SAMPLE: Final = """
    INSERT INTO fleet_eaperformance (tenant_id, instance_id, resolution, at, balance, equity, profit, trades,
        cpu_percent, memory_mb, created_at, updated_at)
    SELECT instance.tenant_id, instance.id, kept.resolution, kept.at, state.balance, state.equity,
           coalesce(made.total, 0) + coalesce(floating.total, 0), coalesce(made.trades, 0),
           run.cpu_percent, run.memory_mb, %(now)s, %(now)s
    FROM fleet_eainstance AS instance
    JOIN fleet_run AS run ON run.instance_id = instance.id AND run.generation = instance.generation
    LEFT JOIN fleet_accountstate AS state ON state.account_id = instance.account_id
    LEFT JOIN LATERAL (
        SELECT sum(trade.net_profit) AS total, count(*) FILTER (WHERE trade.state = 'closed') AS trades
        FROM journal_trade AS trade
        WHERE trade.tenant_id = instance.tenant_id AND trade.account_id = instance.account_id
          AND trade.magic = instance.magic
    ) AS made ON true
    LEFT JOIN LATERAL (
        SELECT sum(position.profit + position.swap) AS total FROM journal_position AS position
        WHERE position.account_id = instance.account_id AND position.magic = instance.magic
    ) AS floating ON true
    CROSS JOIN (VALUES ('raw', %(raw)s::timestamptz), ('minute', date_trunc('minute', %(now)s::timestamptz)),
                       ('hour', date_trunc('hour', %(now)s::timestamptz))) AS kept (resolution, at)
    WHERE instance.tenant_id = %(tenant)s AND run.ended_at IS NULL AND run.heartbeat_at > %(heard_since)s
    ON CONFLICT (instance_id, resolution, at) DO UPDATE
    SET balance = excluded.balance, equity = excluded.equity, profit = excluded.profit,
        trades = excluded.trades, cpu_percent = excluded.cpu_percent, memory_mb = excluded.memory_mb,
        updated_at = excluded.updated_at
"""
