"""POST /trades: deals, recorded once and folded into trades before the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from metafleet.hub.fleet import delivery
from metafleet.hub.fleet.intake import Connection, Slot
from metafleet.hub.gateway import metrics, replies
from metafleet.hub.gateway.body import decode
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.edge import admit
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.journal import intake as journal
from metafleet.hub.journal import items
from metafleet.wire import messages

MOST: Final = 1_000

_DECODER: Final = msgspec.json.Decoder(messages.Trades)


async def post_trades(gateway: Gateway, request: Request) -> Response:
    call = await admit(gateway, request, "trades")
    said = decode(call.body, _DECODER)
    items.check_size("/trades", said.trades, MOST)
    slot = call.caller.slot
    deals, bad = items.read_trades(said.trades, slot.clock)
    recorded = await gateway.deals.submit(
        journal.DealBatch(deals=deals, terminal_id=slot.terminal_id, token_version=slot.token_version)
    )
    if not recorded.is_current:
        raise revoked()
    if bad or slot.protocol != messages.PROTOCOL_VERSION:
        await _set_aside(gateway, slot, bad, call.now)
    if recorded.tickets:
        gateway.announcer.say(
            slot.tenant_id, "trades", accountId=slot.account_name, count=len(recorded.tickets)
        )
    skipped = len(deals.tickets) - recorded.imported
    metrics.deals(recorded.imported, skipped, len(bad))
    return replies.reply(
        messages.TradesReply(
            imported=recorded.imported,
            skipped=skipped,
            failed=len(bad),
            errors=[messages.ItemError(index=b.index, ticket=b.ticket, detail=b.detail) for b in bad],
            known_deal_ticket=recorded.known_ticket,
        )
    )


async def _set_aside(gateway: Gateway, slot: Slot, bad: Sequence[journal.BadItem], now: datetime) -> None:
    """Keep what could not be read; a version-1 client has now done what SYNC_TRADES asked of it."""

    async def write(connection: Connection) -> None:
        await journal.keep_failed(connection, slot, "deal", bad, now)
        await delivery.finish_flat(connection, slot, "SYNC_TRADES", now)

    await gateway.database.in_tenant(slot.tenant_id, write)
