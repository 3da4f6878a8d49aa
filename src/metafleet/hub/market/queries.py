from __future__ import annotations

from uuid import UUID

from metafleet.hub.market.models import Candle


def newest_candles(*, tenant_id: UUID, server: str, symbol: str, count: int) -> list[Candle]:
    """Return up to `count` one-minute bars, oldest first; the last may still be forming."""
    newest = Candle.objects.filter(
        tenant_id=tenant_id, server=server, symbol=symbol, timeframe="1m"
    ).order_by("-opened_at")[:count]
    return list(reversed(newest))
