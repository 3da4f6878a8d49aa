"""POST /webhook/runner/assignment: a starting runner trades its one-start token for its work."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

import msgspec

from metafleet.hub.fleet import assignment, delivery
from metafleet.hub.gateway import replies
from metafleet.hub.gateway.body import decode, read_body
from metafleet.hub.gateway.errors import Unauthorised
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.kernel import clock
from metafleet.wire import messages

_log: Final = logging.getLogger(__name__)
_DECODER: Final = msgspec.json.Decoder(messages.AssignmentRequest)


async def post_assignment(gateway: Gateway, request: Request) -> Response:
    """Answer the opened work to the first who asks, and to them again until it expires or the run's first
    heartbeat has come: an answer may be lost on its way. Anybody else is refused, and that is logged.

    The token opens it here, in memory: nothing that is stored can.
    """
    await gateway.limiter.spend("assignment", request.address)
    said = decode(await read_body(request), _DECODER)
    taker = assignment.hash_of("" if said.runner is msgspec.UNSET else said.runner)
    return replies.reply(await _open(gateway, said.assignment_token, taker, request.address))


async def _open(gateway: Gateway, token: str, taker: bytes, address: str) -> messages.Assignment:
    token_hash = assignment.hash_of(token)
    found = await gateway.database.look(partial(delivery.find_assignment, token_hash=token_hash))
    if found is None:
        raise _unknown()
    tenant_id, run_id = found
    take = partial(
        delivery.take_assignment, run_id=run_id, token_hash=token_hash, taker=taker, now=clock.now()
    )
    try:
        sealed = await gateway.database.in_tenant(tenant_id, take)
    except delivery.TakenAlready:
        _log.error("ALARM: the work of run %s was asked for a second time, from %s: refused", run_id, address)
        raise _unknown() from None
    if sealed is None:
        raise _unknown()
    try:
        return assignment.open_sealed(token, sealed, run_id)
    except assignment.SealBroken:
        raise _unknown() from None


def _unknown() -> Unauthorised:
    return Unauthorised("This assignment token is unknown, expired or used, or its run has begun already.")
