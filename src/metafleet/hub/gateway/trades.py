"""POST /trades: deals, recorded once and folded into trades before the answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec
import psycopg

from metafleet.hub.fleet.intake import Connection, Slot
from metafleet.hub.gateway import metrics, replies
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.edge import admit, showing_limits, spend
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.gateway.limits import bucket
from metafleet.hub.journal import intake as journal
from metafleet.hub.journal import items
from metafleet.wire import messages

KIND: Final = "trades"
MOST: Final = 1_000
FEW: Final = 200
"""So many are read while their request is counted: of more, reading is what costs."""

_log = logging.getLogger(__name__)

_DECODER: Final = msgspec.json.Decoder(messages.Trades)


async def post_trades(gateway: Gateway, request: Request) -> Response:
    call = await admit(gateway, request, KIND, _DECODER, is_spent_later=True)
    said, slot = call.said, call.caller.slot
    deals, bad = await _read(gateway, slot, said.trades, call.now)
    batch = journal.DealBatch(deals=deals, terminal_id=slot.terminal_id, token_version=slot.token_version)
    try:
        recorded = await gateway.deals.submit(batch)
    except psycopg.DataError as error:
        # Read well and refused all the same: the fault is ours, and nothing may be lost by it.
        bad = [*bad, *_ours(said.trades, bad, error)]
        deals = journal.prepare(())
        recorded = await gateway.deals.submit(msgspec.structs.replace(batch, deals=deals))
    if not recorded.is_current:
        raise revoked()
    if reasons := items.read_reasons(said.trades):
        await _keep_reasons(gateway, slot, reasons, call.now)
    if bad:
        await _set_aside(gateway, slot, bad, call.now)
    if slot.protocol != messages.PROTOCOL_VERSION:
        await gateway.flat_syncs.submit(slot)
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


async def _read(
    gateway: Gateway, slot: Slot, trades: Sequence[msgspec.Raw], now: datetime
) -> tuple[journal.Deals, list[journal.BadItem]]:
    """Count the request, and read what it brings. Raises Throttled, Malformed."""
    if len(trades) > FEW:
        await spend(gateway, slot, KIND, now)
        items.check_size("/trades", trades, MOST)
        return items.read_trades(trades, slot.clock)
    with showing_limits(gateway, slot, KIND, now):
        async with gateway.limiter.spending(bucket(slot, KIND), slot.name):
            return items.read_trades(trades, slot.clock)


def _ours(
    raw: Sequence[msgspec.Raw], bad: Sequence[journal.BadItem], error: psycopg.DataError
) -> Iterator[journal.BadItem]:
    _log.error("a batch was read and could not be recorded: %s", error)
    known = {item.index for item in bad}
    for index, item in enumerate(raw):
        if index not in known:
            text = bytes(item).decode("utf-8", "replace")
            detail = "It could not be recorded; the hub tries again by itself."
            yield journal.BadItem(index, None, text, detail, is_ours=True)


async def _keep_reasons(
    gateway: Gateway, slot: Slot, reasons: Sequence[journal.DealReason], now: datetime
) -> None:
    """Keep why an EA traded, before the answer: what was not answered is sent again."""

    async def write(connection: Connection) -> None:
        await journal.keep_reasons(connection, slot, reasons, now)

    await gateway.database.in_tenant(slot.tenant_id, write)


async def _set_aside(gateway: Gateway, slot: Slot, bad: Sequence[journal.BadItem], now: datetime) -> None:
    """Keep what could not be read."""

    async def write(connection: Connection) -> None:
        await journal.keep_failed(connection, slot, "deal", bad, now)

    await gateway.database.in_tenant(slot.tenant_id, write)
