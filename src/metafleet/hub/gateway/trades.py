"""POST /trades: deals, recorded once and folded into trades before the answer."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from metafleet.hub.fleet import delivery
from metafleet.hub.fleet.intake import Connection
from metafleet.hub.gateway import items, replies
from metafleet.hub.gateway.body import decode
from metafleet.hub.gateway.edge import admit
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.journal import intake as journal
from metafleet.hub.journal.folding import Deal
from metafleet.wire import messages

MOST: Final = 1_000


async def post_trades(gateway: Gateway, request: Request) -> Response:
    call = await admit(gateway, request, "trades")
    said = decode(call.body, messages.Trades)
    items.check_size("/trades", said.trades, MOST)
    slot = call.caller.slot
    read = items.read_deals(said.trades, slot.utc_offset_s)
    deals = [deal for _, made in read.good for deal in made]

    async def write(connection: Connection) -> tuple[set[int], int]:
        new = await journal.record_deals(connection, slot, deals, call.now)
        await journal.keep_failed(connection, slot, "deal", read.bad, call.now)
        await delivery.finish_flat(connection, slot, "SYNC_TRADES", call.now)
        return new, await journal.known_ticket(connection, slot)

    new, known = await gateway.database.in_tenant(slot.tenant_id, write)
    if new:
        gateway.announcer.say(slot.tenant_id, "trades", accountId=str(slot.account_id), count=len(new))
    imported = _imported([made for _, made in read.good], new)
    return replies.reply(
        messages.TradesReply(
            imported=imported,
            skipped=len(read.good) - imported,
            failed=len(read.bad),
            errors=[messages.ItemError(index=b.index, ticket=b.ticket, detail=b.detail) for b in read.bad],
            known_deal_ticket=known,
        )
    )


def _imported(good: list[tuple[Deal, ...]], new: set[int]) -> int:
    """Count the items that brought something new; one that comes twice in a batch counts once."""
    left, count = set(new), 0
    for made in good:
        tickets = {deal.ticket for deal in made}
        count += bool(tickets & left)
        left -= tickets
    return count
