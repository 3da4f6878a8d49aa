"""How far symbols move in a day, by the candles that a tenant's terminals have shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from django.core.cache import cache
from django.db import connection

from metafleet.hub.market.queries import STEPS

DAYS: Final = 14
LEAST_DAYS: Final = 5
"""Fewer say nothing of what is usual."""
_LOOKS_BACK: Final = timedelta(days=28)
"""Fourteen trading days with weekends and a holiday among them."""
_KEPT_S: Final = 600
_DOUBT_KEPT_S: Final = 30
"""What is not known may be fetched any moment."""

_DAYS: Final = """
    SELECT symbol, timeframe, date_bin('1 day', opened_at + %(offset)s, timestamptz '1970-01-01') AS day,
           count(*), max(high), min(low), (array_agg(close ORDER BY opened_at DESC))[1]
    FROM market_candle
    WHERE tenant_id = %(tenant)s AND server = %(server)s AND symbol = ANY(%(symbols)s)
      AND timeframe = ANY(%(timeframes)s) AND opened_at >= %(since)s AND opened_at < %(until)s
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class DayBar:
    """A symbol's day. count: how many bars it was put together from."""

    count: int
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True, slots=True)
class DailyRange:
    """average: of the true ranges of `days` days, in the symbol's price."""

    average: Decimal
    days: int


def average_true_range(bars: Sequence[DayBar], days: int = DAYS) -> DailyRange | None:
    """Return the mean of the newest `days` true ranges, as MetaTrader's iATR; of fewer where fewer are known.

    bars: complete days, oldest first; the first lends its close alone. Days of which less than half as
    many bars are known as of the fullest (a Sunday's two hours, a day offline) are left out. None where
    less than LEAST_DAYS ranges are left.
    """
    fullest = max((bar.count for bar in bars), default=0)
    whole = [bar for bar in bars if bar.count * 2 >= fullest]
    ranges = [max(bar.high, before.close) - min(bar.low, before.close) for before, bar in pairwise(whole)][
        -days:
    ]
    if len(ranges) < LEAST_DAYS:
        return None
    return DailyRange(sum(ranges, Decimal(0)) / len(ranges), len(ranges))


def daily_ranges(
    *, tenant_id: UUID, server: str, symbols: Collection[str], utc_offset_s: int, now: datetime
) -> dict[str, DailyRange]:
    """Return how far each symbol usually moves in a day of its broker's clock, where that is known.

    Kept for ten minutes. utc_offset_s: of that clock.
    """
    keys = {symbol: f"range:{tenant_id}:{server}:{utc_offset_s}:{symbol}" for symbol in symbols}
    kept = {symbol: cache.get(key) for symbol, key in keys.items()}
    missing = [symbol for symbol, value in kept.items() if value is None]
    if missing:
        found = _daily_ranges(tenant_id, server, missing, timedelta(seconds=utc_offset_s), now)
        for symbol in missing:
            known = found.get(symbol)
            kept[symbol] = (str(known.average), known.days) if known else ()
            cache.set(keys[symbol], kept[symbol], _KEPT_S if known else _DOUBT_KEPT_S)
    return {symbol: DailyRange(Decimal(value[0]), value[1]) for symbol, value in kept.items() if value}


def _daily_ranges(
    tenant_id: UUID, server: str, symbols: Sequence[str], offset: timedelta, now: datetime
) -> dict[str, DailyRange]:
    today = (now + offset).replace(hour=0, minute=0, second=0, microsecond=0) - offset
    asked: dict[str, Any] = {
        "tenant": tenant_id, "server": server, "symbols": list(symbols), "timeframes": list(STEPS),
        "offset": offset, "since": today - _LOOKS_BACK, "until": today,
    }  # fmt: skip
    bars: dict[str, dict[str, list[DayBar]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, asked)
        for symbol, timeframe, _, count, high, low, close in cursor.fetchall():
            bars[symbol][timeframe].append(DayBar(count, high, low, close))
    # Of several timeframes the one that knows most days; of equals the shortest.
    best = {
        symbol: max(known.items(), key=lambda item: (len(item[1]), -STEPS[item[0]].total_seconds()))[1]
        for symbol, known in bars.items()
    }
    found = {symbol: average_true_range(known) for symbol, known in best.items()}
    return {symbol: known for symbol, known in found.items() if known}
