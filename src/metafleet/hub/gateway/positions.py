"""POST /positions: all that is open on the account, now."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Final

import msgspec

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway import replies
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.edge import Call, admit, showing_limits, spend
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.gateway.snapshots import FENCED, Snapshot
from metafleet.hub.journal import items
from metafleet.wire import messages

KIND: Final = "positions"
MOST: Final = 1_000
FEW: Final = 20
"""So many are read before the request is counted, with its batch: of more, reading is what costs."""

DECODER: Final = msgspec.json.Decoder(messages.Positions)


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
    call = await admit(gateway, request, KIND, DECODER, is_spent_later=True)
    slot = call.caller.slot
    is_spent = len(call.said.positions) > FEW
    if is_spent:
        await spend(gateway, slot, KIND, call.now)
    items.check_size("/positions", call.said.positions, MOST)
    snapshot, errors = read(slot, call.said, arrived_at)
    snapshot.is_spent = is_spent
    return await finish(gateway, call, errors, gateway.positions.submit(snapshot))


def read(
    slot: Slot, said: messages.Positions, arrived_at: datetime
) -> tuple[Snapshot, list[messages.ItemError]]:
    """Return what is to be stored, and what could not be read."""
    found = items.read_positions(said.positions, slot.clock)
    # The last one where a ticket comes twice.
    positions = list({position.ticket: position for _, position in found.good}.values())
    keep = [bad.ticket for bad in found.bad if bad.ticket is not None]
    errors = [messages.ItemError(index=b.index, ticket=b.ticket, detail=b.detail) for b in found.bad]
    return Snapshot(slot, arrived_at, positions, keep), errors


async def finish(
    gateway: Gateway,
    call: Call[messages.Positions],
    errors: list[messages.ItemError],
    stored: Awaitable[str],
) -> Response:
    """Wait until it is stored, and return its answer. Raises Throttled, Unauthorised, Unavailable."""
    slot = call.caller.slot
    with showing_limits(gateway, slot, KIND, call.now):
        outcome = await stored
    if outcome == FENCED:
        raise revoked()
    return answered(gateway, slot, errors)


def answered(gateway: Gateway, slot: Slot, errors: list[messages.ItemError]) -> Response:
    """Tell the screens of a snapshot that was stored, and return what to answer."""
    gateway.announcer.say_latest(slot.tenant_id, KIND, slot.account_id, accountId=slot.account_name)
    return replies.reply(PositionsReply(success=True, errors=errors))
