"""POST /enrol: a customer's own terminal trades its owner's pairing code for a token of its own."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec

from metafleet.hub.fleet import pairing, tokens
from metafleet.hub.gateway import metrics, replies
from metafleet.hub.gateway.body import decode, read_body
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.journal import fields
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Fault, Malformed, Throttled
from metafleet.wire import messages, scalars

_DECODER: Final = msgspec.json.Decoder(messages.Enrolment)
_BUILD_BELOW: Final = 2**31


async def post_enrol(gateway: Gateway, request: Request) -> Response:
    """Let the terminal in whose owner gave it a code that is alive; the code is used up by it."""
    try:
        await gateway.limiter.spend("enrol", request.address)
    except Throttled:
        metrics.LIMITS.labels("enrol").inc()
        raise
    said = decode(await read_body(request), _DECODER)
    now = clock.now()
    enrolled = await gateway.database.look(
        partial(pairing.enrol, code=said.pairing_code, claimant=_claimant(said), now=now)
    )
    token = tokens.issue(terminal_id=enrolled.terminal_id, version=enrolled.token_version, now=now)
    gateway.announcer.say(
        enrolled.tenant_id,
        "account",
        id=str(enrolled.account_id),
    )
    return replies.reply(
        messages.EnrolmentReply(
            terminal_id=str(enrolled.terminal_id),
            token=token,
            expires_at=tokens.read(token, now=now).expires_at.isoformat(),
        )
    )


def _claimant(said: messages.Enrolment) -> pairing.Claimant:
    """Raises Malformed."""
    try:
        login = scalars.whole(said.login, low=1)
    except scalars.ScalarRefused as error:
        raise Malformed(Fault("/login", str(error))) from None
    if said.build is not None and not 0 <= said.build < _BUILD_BELOW:
        raise Malformed(Fault("/build", "expected a whole number"))
    return pairing.Claimant(said.platform, login, fields.text(said.server, 64), said.build)
