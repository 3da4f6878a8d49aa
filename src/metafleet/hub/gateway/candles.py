"""POST /candles: bars of one symbol, finished and forming."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from metafleet.hub.fleet import delivery
from metafleet.hub.fleet import intake as fleet
from metafleet.hub.fleet.intake import Connection
from metafleet.hub.gateway import replies
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.edge import admit
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.journal import candles as fetched
from metafleet.hub.journal import fields, items
from metafleet.hub.journal import intake as journal
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.market import intake as market
from metafleet.wire import messages

MOST: Final = 10_000
_TIMEFRAME: Final = re.compile(r"[1-9][0-9]?(m|h|d|w|mo)")
_LIVE_TIMEFRAME: Final = "1m"

_DECODER: Final = msgspec.json.Decoder(messages.Candles)


async def post_candles(gateway: Gateway, request: Request) -> Response:
    call = await admit(gateway, request, "candles", _DECODER)
    said = call.said
    items.check_size("/candles", said.candles, MOST)
    symbol, timeframe = _names(said)
    slot = call.caller.slot
    read = items.read_bars(said.candles, slot.clock)
    bars = [bar for _, bar in read.good]

    async def write(connection: Connection) -> None:
        await fleet.check_current(connection, slot)
        await market.store_candles(
            connection,
            tenant_id=slot.tenant_id,
            server=slot.server,
            symbol=symbol,
            timeframe=timeframe,
            bars=bars,
            now=call.now,
        )
        await journal.keep_failed(connection, slot, "candle", read.bad, call.now)
        if said.trade_id is not None:
            trade_id = fields.text(said.trade_id)
            await delivery.finish_flat_fetch(connection, slot, trade_id, call.now)
            await fetched.stored(connection, slot, said.trade_id, call.now)

    try:
        await gateway.database.in_tenant(slot.tenant_id, write)
    except fleet.FencedOff:
        raise revoked() from None
    # Bars that were fetched for a trade are history: a live chart has no use for them.
    if bars and timeframe == _LIVE_TIMEFRAME and said.trade_id is None and said.command_id is None:
        gateway.announcer.say(slot.tenant_id, "candle", **_live(slot.server, symbol, bars[-1]))
    errors = [messages.ItemError(index=b.index, ticket=None, detail=b.detail) for b in read.bad]
    return replies.reply(messages.CandlesReply(stored=len(bars), failed=len(errors), errors=errors))


def _names(said: messages.Candles) -> tuple[str, str]:
    """Return symbol and timeframe. Raises Malformed."""
    try:
        symbol = fields.symbol("symbol", said.symbol)
    except fields.FieldRefused as error:
        raise Malformed(Fault("/symbol", error.detail)) from None
    timeframe = said.timeframe.lower()
    if not _TIMEFRAME.fullmatch(timeframe):
        raise Malformed(Fault("/timeframe", "expected a timeframe like 1m, 4h or 1d"))
    return symbol, timeframe


def _live(server: str, symbol: str, bar: market.Bar) -> dict[str, Any]:
    return {
        "server": server,
        "symbol": symbol,
        "time": int(bar.opened_at.timestamp()),
        "open": float(bar.open),
        "high": float(bar.high),
        "low": float(bar.low),
        "close": float(bar.close),
    }
