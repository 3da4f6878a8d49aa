"""What the journal adds up, where one statement is clearer or the only quick way.

{chosen} is the statement of the chosen trades: Django's own, with its parameters before ours.
"""

from __future__ import annotations

from typing import Final

# Half a minute's worth of sorting in memory instead of on disk, for this transaction alone.
ROOM: Final = "SET LOCAL work_mem = '48MB'"

# Every exit of the chosen trades, each with its share of the entries' costs. One that closed all of
# its trade has the trade's whole net; of several, each has its own money and, by volume, of what
# the trade's net has besides (what its entries cost). The exit of an MT4 order, -N, goes with its
# own entry, N; that of an order whose ticket was derived with the one before. Exits of one instant in
# the broker's order.
CLOSINGS: Final = """
    WITH chosen AS ({chosen}),
    closing AS (
        SELECT d.executed_at AS at, d.kind = 1 AS is_long, d.volume,
               CASE
               WHEN t.state = 'closed' AND d.volume = t.volume THEN t.net_profit
               WHEN d.ticket < 0 THEN
                    (SELECT sum(s.profit + s.commission + s.swap + s.fee) FROM journal_deal s
                     WHERE s.account_id = d.account_id AND s.ticket IN (
                         d.ticket,
                         CASE WHEN d.ticket < -(2::bigint << 60) THEN d.ticket + 1 ELSE -d.ticket END))
               ELSE (SELECT d.profit + d.commission + d.swap + d.fee
                            + (t.net_profit - sum(s.profit + s.commission + s.swap + s.fee))
                              * d.volume / greatest(sum(s.volume), t.volume)
                     FROM journal_deal s
                     WHERE s.account_id = d.account_id AND s.position_id = d.position_id
                       AND s.kind < 2 AND s.entry IN (1, 2, 3)
                       AND (t.part = 0 OR s.executed_at > t.entered_at)
                       AND (t.exited_at IS NULL OR s.executed_at <= t.exited_at))
               END AS net
        FROM journal_deal d
        JOIN chosen t ON t.account_id = d.account_id AND t.position_id = d.position_id
                     AND (t.part = 0 OR d.executed_at > t.entered_at)
                     AND (t.exited_at IS NULL OR d.executed_at <= t.exited_at)
        WHERE d.tenant_id = %s AND d.account_id = ANY(%s) AND d.kind < 2 AND d.entry IN (1, 2, 3)
          AND (%s::timestamptz IS NULL OR d.executed_at >= %s)
          AND (%s::timestamptz IS NULL OR d.executed_at < %s)
        ORDER BY d.executed_at, abs(d.ticket)
    )
    SELECT array_agg(date_part('epoch', at)), array_agg(net::float8), array_agg(is_long), sum(volume)
    FROM closing
"""

# The same of trades as a whole.
CLOSED_TRADES: Final = """
    WITH chosen AS ({chosen}),
    closing AS (
        SELECT exited_at AS at, side = 'buy' AS is_long, closed_volume, net_profit
        FROM chosen
        WHERE (%s::timestamptz IS NULL OR exited_at >= %s) AND (%s::timestamptz IS NULL OR exited_at < %s)
        ORDER BY exited_at, position_id, part
    )
    SELECT array_agg(date_part('epoch', at)), array_agg(net_profit::float8), array_agg(is_long),
           sum(closed_volume)
    FROM closing
"""

# By account: (whether the broker told a balance, what it holds that the journal has no deal of: history
# from before its time; what all deals made). Every trading deal is in a trade, which are half as many.
# 3 is credit, which is no balance.
BALANCES: Final = """
    SELECT a.id, s.balance IS NOT NULL, coalesce(s.balance - t.made - f.came + later.made, 0),
           t.made + f.came
    FROM unnest(%(accounts)s) AS a (id)
    LEFT JOIN fleet_accountstate s ON s.account_id = a.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(net_profit), 0) AS made FROM journal_trade
        WHERE tenant_id = %(tenant)s AND account_id = a.id
    ) t
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(profit + commission + swap + fee), 0) AS came FROM journal_deal
        WHERE tenant_id = %(tenant)s AND account_id = a.id AND kind >= 2 AND kind <> 3
    ) f
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(profit + commission + swap + fee), 0) AS made FROM journal_deal
        WHERE tenant_id = %(tenant)s AND account_id = a.id AND kind <> 3 AND executed_at > s.observed_at
    ) later
"""

BOOKED_BEFORE: Final = """
    SELECT coalesce(sum(profit + commission + swap + fee), 0) FROM journal_deal
    WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s) AND kind <> 3 AND executed_at < %(at)s
"""

SPAN: Final = """
    SELECT min(least(d.first, e.first)), max(greatest(d.last, e.last))
    FROM unnest(%(accounts)s) AS a (id)
    CROSS JOIN LATERAL (
        SELECT min(executed_at) AS first, max(executed_at) AS last FROM journal_deal
        WHERE tenant_id = %(tenant)s AND account_id = a.id AND kind <> 3
          AND (%(since)s::timestamptz IS NULL OR executed_at >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR executed_at < %(until)s)
    ) d
    CROSS JOIN LATERAL (
        SELECT min(at) AS first, max(at) AS last FROM journal_equitypoint
        WHERE account_id = a.id
          AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
    ) e
"""

# (end of the bin, what was traded in it, what came or went)
BALANCE_BINS: Final = """
    SELECT max(executed_at),
           coalesce(sum(profit + commission + swap + fee) FILTER (WHERE kind < 2), 0)::float8,
           coalesce(sum(profit + commission + swap + fee) FILTER (WHERE kind >= 2), 0)::float8,
           date_bin(make_interval(secs => %(step)s), executed_at, %(first)s) AS bin
    FROM journal_deal
    WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s) AND kind <> 3
      AND executed_at >= %(first)s AND executed_at <= %(last)s
    GROUP BY bin ORDER BY bin
"""

# The last equity of each bin, for one account: a look into the index for each, whatever the span.
EQUITY_BINS: Final = """
    SELECT bin, p.at, p.equity::float8
    FROM generate_series(%(first)s, %(last)s, make_interval(secs => %(step)s)) AS bin
    CROSS JOIN LATERAL (
        SELECT at, equity FROM journal_equitypoint
        WHERE account_id = %(account)s AND at >= bin AND at < bin + make_interval(secs => %(step)s)
        ORDER BY at DESC LIMIT 1
    ) p
"""

# Closed trades by tag; one with several is in the group of each.
BY_TAG: Final = """
    WITH chosen AS ({chosen})
    SELECT t.account_id, tag.name AS key, count(*) AS trades,
           count(*) FILTER (WHERE t.net_profit > 0) AS wins,
           count(*) FILTER (WHERE t.net_profit < 0) AS losses,
           sum(t.net_profit) AS net,
           coalesce(sum(t.net_profit) FILTER (WHERE t.net_profit > 0), 0) AS gross_win,
           coalesce(sum(t.net_profit) FILTER (WHERE t.net_profit < 0), 0) AS gross_loss,
           sum(t.closed_volume) AS lots, count(t.r) AS measured, coalesce(sum(t.r), 0) AS total_r
    FROM chosen t
    JOIN journal_tradereview r USING (account_id, position_id, part)
    CROSS JOIN LATERAL unnest(r.tags) AS tag (name)
    WHERE r.tenant_id = %s
    GROUP BY t.account_id, tag.name ORDER BY tag.name
"""
