"""Commands as a version-1 client reads them: two flat strings in the heartbeat's reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metafleet.hub.fleet.delivery import Delivery
from metafleet.wire import scalars
from metafleet.wire.scalars import Clock


def command(leased: Sequence[Delivery], clock: Clock) -> dict[str, str]:
    """Return `command` and `payload` of the one command that was leased; nothing for none.

    FETCH_CANDLES is `SYMBOL,1m,START,END,TRADE_ID`, in epoch seconds of server time.
    """
    if not leased:
        return {}
    first = leased[0]
    payload = _fetch(first.payload, clock) if first.type == "FETCH_CANDLES" else ""
    return {"command": first.type, "payload": payload}


def _fetch(payload: dict[str, Any], clock: Clock) -> str:
    start, end = (
        scalars.server_epoch_s(scalars.to_utc(payload[name], clock), clock) for name in ("from", "to")
    )
    trade = payload.get("tradeId") or ""
    return f"{payload['symbol']},{payload.get('timeframe', '1m')},{start},{end},{trade}"
