from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from metafleet.hub.market.models import Candle

STEPS: Final = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
}
"""The timeframes, shortest first, and how long a bar of each is."""

_STORED = """
    SELECT DISTINCT timeframe FROM market_candle
    WHERE tenant_id = %(tenant)s AND server = %(server)s AND symbol = %(symbol)s
      AND timeframe = ANY(%(timeframes)s) AND opened_at >= %(since)s AND opened_at < %(until)s
"""
_BARS = """
    SELECT date_bin(%(step)s, opened_at, timestamptz '1970-01-01'), (array_agg(open ORDER BY opened_at))[1],
           max(high), min(low), (array_agg(close ORDER BY opened_at DESC))[1]
    FROM market_candle
    WHERE tenant_id = %(tenant)s AND server = %(server)s AND symbol = %(symbol)s
      AND timeframe = %(timeframe)s AND opened_at >= %(since)s AND opened_at < %(until)s
    GROUP BY 1 ORDER BY 1 LIMIT %(limit)s
"""

_CLOSES = """
    SELECT asked_symbol, bar.close, bar.opened_at
    FROM unnest(%(servers)s::text[]) AS asked_server, unnest(%(symbols)s::text[]) AS asked_symbol,
    LATERAL (
        SELECT close, opened_at FROM market_candle AS bar
        WHERE bar.tenant_id = %(tenant)s AND bar.server = asked_server AND bar.symbol = asked_symbol
          AND timeframe = '1m'
        ORDER BY opened_at DESC LIMIT 1
    ) AS bar
"""


def newest_closes(
    *, tenant_id: UUID, servers: Sequence[str], symbols: Sequence[str]
) -> list[tuple[str, Decimal, datetime]]:
    """Return (symbol, close, opening time) of the newest one-minute bar at each server: one step each."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSES, {"tenant": tenant_id, "servers": list(servers), "symbols": list(symbols)})
        return list(cursor.fetchall())


def newest_candles(*, tenant_id: UUID, server: str, symbol: str, count: int) -> list[Candle]:
    """Return up to `count` one-minute bars, oldest first; the last may still be forming."""
    newest = Candle.objects.filter(
        tenant_id=tenant_id, server=server, symbol=symbol, timeframe="1m"
    ).order_by("-opened_at")[:count]
    return list(reversed(newest))


def bars_between(
    *,
    tenant_id: UUID,
    server: str,
    symbol: str,
    timeframe: str,
    span: tuple[datetime, datetime],
    limit: int,
) -> tuple[str, list[tuple[Any, ...]]]:
    """Return the timeframe and (opening time, open, high, low, close) of a span's bars, oldest first.

    They are put together from the shortest bars that are stored; where only longer ones than
    `timeframe` are, the shortest of these come as they are.
    """
    asked: dict[str, Any] = {
        "tenant": tenant_id, "server": server, "symbol": symbol, "since": span[0], "until": span[1],
        "timeframes": list(STEPS), "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STORED, asked)
        stored = sorted((name for (name,) in cursor.fetchall()), key=lambda name: STEPS[name])
        if not stored:
            return timeframe, []
        made = max(timeframe, stored[0], key=lambda name: STEPS[name])
        values: dict[str, Any] = {**asked, "timeframe": stored[0], "step": STEPS[made]}
        cursor.execute(_BARS, values)
        return made, list(cursor.fetchall())
