"""The bars around closed trades."""

from __future__ import annotations

from typing import Final

# How far the price went against and for the trade between entry and exit, by bid bars; its own exit
# was such a price too. The bars after a trade that has only just closed are fetched once they are there.
_MEASURE = """
    UPDATE journal_tradecandles c SET
        state = 'stored', attempt = 0, updated_at = %(now)s,
        due_at = CASE WHEN t.exited_at + %(around)s > %(now)s AND c.state <> 'stored'
                      THEN t.exited_at + %(around)s + interval '1 minute'
                      WHEN c.state = 'stored' AND c.due_at > %(now)s THEN c.due_at END,
        mae = greatest(0, CASE t.side WHEN 'buy' THEN bars.below ELSE bars.above END),
        mfe = greatest(0, CASE t.side WHEN 'buy' THEN bars.above ELSE bars.below END)
    FROM journal_trade t
    JOIN fleet_tradingaccount a ON a.id = t.account_id
    CROSS JOIN LATERAL (
        SELECT t.entry_price - least(min(b.low), t.exit_price) AS below,
               greatest(max(b.high), t.exit_price) - t.entry_price AS above, count(*) AS found
        FROM market_candle b
        WHERE b.tenant_id = t.tenant_id AND b.server = a.server AND b.symbol = t.symbol
          AND b.timeframe = '1m'
          AND b.opened_at >= date_trunc('minute', t.entered_at) AND b.opened_at <= t.exited_at
    ) bars
    WHERE c.account_id = t.account_id AND c.position_id = t.position_id AND c.part = t.part
      AND t.state = 'closed' AND bars.found > 0 AND {which}
"""

MEASURE_TRADE: Final = _MEASURE.format(which="t.id = %(trade)s AND t.account_id = %(account)s")
MEASURE_ROW: Final = _MEASURE.format(
    which="t.account_id = %(account)s AND t.position_id = %(position)s AND t.part = %(part)s"
)

# Nobody is there to ask: all that is due of the account waits, longer each time, and is given up at last.
POSTPONE: Final = """
    UPDATE journal_tradecandles SET
        attempt = attempt + 1, updated_at = %(now)s,
        state = CASE WHEN state = 'stored' OR attempt + 1 < %(most)s THEN state ELSE 'missing' END,
        due_at = CASE WHEN attempt + 1 < %(most)s
                      THEN %(now)s + least(interval '12 hours', interval '1 minute' * power(2, attempt)) END
    WHERE account_id = %(account)s AND due_at <= %(now)s
"""

DUE_ITEMS: Final = "SELECT tenant_id, account_id FROM journal_due_items(%s, %s)"
DUE_CANDLES: Final = "SELECT tenant_id, account_id FROM journal_due_candles(%s, %s)"
