"""Store the candles that terminals report. For the gateway's own connections, without the ORM."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

# An observation: the latest wins. Bars that did not change are not written again.
# In the order of their times: two writers of one symbol cannot wait for each other.
_STORE: Final = """
    INSERT INTO market_candle AS bar
        (tenant_id, server, symbol, timeframe, created_at, updated_at,
         opened_at, open, high, low, close, volume)
    SELECT %(tenant)s, %(server)s, %(symbol)s, %(timeframe)s, %(now)s, %(now)s,
           opened_at, open, high, low, close, volume
    FROM json_to_recordset(%(candles)s::json) AS item
        (opened_at timestamptz, open numeric, high numeric, low numeric, close numeric, volume numeric)
    ORDER BY opened_at
    ON CONFLICT (tenant_id, server, symbol, timeframe, opened_at) DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        volume = excluded.volume, updated_at = excluded.updated_at
    WHERE (bar.open, bar.high, bar.low, bar.close, bar.volume)
        IS DISTINCT FROM (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume)
"""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar, bid prices. `opened_at` in UTC; `volume` in ticks or lots, as the sender counts."""

    opened_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None


async def store_candles(
    connection: AsyncConnection[TupleRow],
    *,
    tenant_id: UUID,
    server: str,
    symbol: str,
    timeframe: str,
    bars: Sequence[Bar],
    now: datetime,
) -> None:
    """Write the bars, each time once at most in `bars`, inside the tenant's open transaction."""
    if not bars:
        return
    values = {
        "tenant": tenant_id,
        "server": server,
        "symbol": symbol,
        "timeframe": timeframe,
        "candles": msgspec.json.encode(bars).decode(),
        "now": now,
    }
    await connection.execute(_STORE, values)
