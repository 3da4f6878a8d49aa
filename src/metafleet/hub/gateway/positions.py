"""POST /positions: all that is open on the account, now."""

from __future__ import annotations

from typing import Final

import msgspec

from metafleet.hub.gateway import replies
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.edge import admit, showing_limits, spend
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.gateway.snapshots import Snapshot
from metafleet.hub.journal import items
from metafleet.wire import messages

KIND: Final = "positions"
MOST: Final = 1_000
FEW: Final = 20
"""So many are read before the request is counted, with its batch: of more, reading is what costs."""

_DECODER: Final = msgspec.json.Decoder(messages.Positions)


class PositionsReply(messages.Message, frozen=True, kw_only=True):
    """`errors` is left out where every position was readable."""

    success: bool
    errors: list[messages.ItemError] = msgspec.field(default_factory=list)


async def post_positions(gateway: Gateway, request: Request) -> Response:
    """Replace the account's open positions by this snapshot; one that arrived earlier changes nothing.

    An unreadable position is listed in the reply and keeps the row it had: it is open,
    all the same. It is an observation that comes again, so it is not kept as failed.
    """
    arrived_at = gateway.arrivals.next()
    call = await admit(gateway, request, KIND, _DECODER, is_spent_later=True)
    slot = call.caller.slot
    said = call.said
    is_spent = len(said.positions) > FEW
    if is_spent:
        await spend(gateway, slot, KIND, call.now)
    items.check_size("/positions", said.positions, MOST)
    read = items.read_positions(said.positions, slot.clock)
    # The last one where a ticket comes twice.
    positions = list({position.ticket: position for _, position in read.good}.values())
    keep = [bad.ticket for bad in read.bad if bad.ticket is not None]
    with showing_limits(gateway, slot, KIND, call.now):
        outcome = await gateway.positions.submit(Snapshot(slot, arrived_at, positions, keep, is_spent))
    if outcome == "fenced":
        raise revoked()
    gateway.announcer.say_latest(slot.tenant_id, "positions", slot.account_id, accountId=slot.account_name)
    errors = [messages.ItemError(index=b.index, ticket=b.ticket, detail=b.detail) for b in read.bad]
    return replies.reply(PositionsReply(success=True, errors=errors))
