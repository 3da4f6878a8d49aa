"""Commands on their way to a terminal and back. All run in a transaction of the terminal's tenant."""

from __future__ import annotations

from typing import Final

LEASE: Final = """
    SELECT i, is_current, id, type, payload, attempt, expires_at, died, due_at
    FROM gateway_lease(%s::jsonb, %s, %s, %s, %s)
"""

FINISH: Final = "SELECT i, outcome FROM gateway_results(%s::jsonb, %s, %s, %s)"

# A version-1 client cannot acknowledge: what it sends next says that it was served.
FLAT_SYNCS: Final = "SELECT ended FROM gateway_flat_syncs(%s, %s, %s)"

FINISH_FLAT_FETCH: Final = """
    UPDATE fleet_command
    SET state = 'done', finished_at = %(now)s, updated_at = %(now)s, lease_until = NULL
    WHERE terminal_id = %(terminal)s AND finished_at IS NULL AND state = 'leased' AND type = 'FETCH_CANDLES'
      AND (result ->> 'flat')::boolean AND payload ->> 'tradeId' = %(trade)s
"""
