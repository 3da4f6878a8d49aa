"""What an import asks of the journal, and takes back. All run in a transaction of the tenant."""

from __future__ import annotations

from typing import Final

_DEAL: Final = (
    "ticket, position_id, order_id, symbol, kind, entry, volume, price, executed_at, profit, commission, "
    "swap, fee, magic, reason, stop_loss, take_profit, comment"
)

# By the primary key, one look for each ticket.
KNOWN: Final = f"""
    SELECT {_DEAL}, import_id IS NULL, import_id FROM journal_deal
    WHERE account_id = %(account)s AND ticket = ANY (%(tickets)s)
"""  # noqa: S608 - the columns are ours

# Symbols as terminals wrote them: positions are few, deals are skipped through one symbol after another.
SYMBOLS: Final = """
    SELECT DISTINCT symbol FROM journal_deal
    WHERE account_id = %(account)s AND ticket > %(highest)s AND import_id IS NULL AND symbol <> ''
    UNION SELECT symbol FROM journal_position WHERE account_id = %(account)s
"""

SPAN: Final = f"""
    SELECT {_DEAL} FROM journal_deal
    WHERE account_id = %(account)s AND tenant_id = current_setting('app.tenant_id')::uuid
      AND executed_at BETWEEN %(since)s AND %(until)s
"""  # noqa: S608

BROUGHT: Final = """
    SELECT ticket FROM journal_deal
    WHERE account_id = %(account)s AND import_id = %(import)s
"""

HAND_OVER: Final = """
    UPDATE journal_deal SET import_id = %(import)s, updated_at = %(now)s
    WHERE account_id = %(account)s AND ticket = ANY (%(tickets)s)
"""

REMOVE: Final = """
    DELETE FROM journal_deal WHERE account_id = %(account)s AND ticket = ANY (%(tickets)s)
    RETURNING position_id
"""

FORGET_CANDLES: Final = """
    DELETE FROM journal_tradecandles AS candles
    WHERE candles.account_id = %(account)s AND candles.position_id = ANY (%(positions)s)
      AND NOT EXISTS (SELECT FROM journal_trade AS trade
                      WHERE trade.account_id = candles.account_id AND trade.position_id = candles.position_id
                        AND trade.part = candles.part)
"""
