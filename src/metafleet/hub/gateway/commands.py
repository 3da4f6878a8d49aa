"""GET /commands, which may wait for one, and POST /commands/{id}/result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from metafleet.hub.fleet import delivery
from metafleet.hub.fleet.intake import FencedOff, Slot
from metafleet.hub.gateway import replies
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.edge import admit, admit_bare, named, showing_limits
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response, Scope, query
from metafleet.hub.gateway.longpoll import LongPoll
from metafleet.hub.journal import fields
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound
from metafleet.wire import messages

_log: Final = logging.getLogger(__name__)

KIND: Final = "commands"
LONGEST_WAIT_S: Final = 25
_RESULT: Final = msgspec.json.Decoder(messages.CommandResult)
_MOST_KEPT: Final = 64 * 1024
"""Bytes of a result that are kept; ours have a few hundred."""
_ERROR: Final = 2_000
"""Characters of an error that are kept."""


async def get_commands(gateway: Gateway, request: Request) -> Response:
    """Lease commands as soon as there are any, for at most `wait` seconds."""
    wait_s, now = wait_of(request.scope), clock.now()
    slot = (await admit_bare(gateway, request, KIND, is_spent_later=True)).slot
    poll = LongPoll(gateway, slot, request.id, wait_s)
    leaving = asyncio.create_task(_until_gone(request))
    leaving.add_done_callback(lambda _: poll.leave())
    try:
        return await finish(gateway, slot, now, poll.leased)
    finally:
        poll.leave()
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving


async def finish(
    gateway: Gateway, slot: Slot, now: datetime, leased: Awaitable[list[delivery.Delivery]]
) -> Response:
    """Wait for the poll, and return its answer. Raises Throttled, Unauthorised, Unavailable."""
    try:
        with showing_limits(gateway, slot, KIND, now):
            return answered(await leased)
    except FencedOff:
        raise revoked() from None


def answered(leased: list[delivery.Delivery]) -> Response:
    """Return what a poll is answered that got these commands."""
    return replies.reply(messages.CommandsReply(commands=[as_message(command) for command in leased]))


async def post_result(gateway: Gateway, request: Request) -> Response:
    """End a command. The first result counts; another terminal's command does not exist here."""
    call = await admit(gateway, request, KIND, _RESULT)
    said = call.said
    slot = call.caller.slot
    try:
        command_id = UUID(request.path_end)
    except ValueError:
        raise NotFound("command") from None
    outcome = await gateway.results.submit(
        delivery.Result(
            slot, command_id, said.status, _result(call.size, said), fields.text(said.error or "", _ERROR)
        )
    )
    if outcome == "fenced":
        raise revoked()
    if outcome == "unknown":
        raise NotFound("command")
    if outcome == "changed":
        about = named(request) | {"command_id": str(command_id)}
        _log.info("command %s %s", command_id, said.status, extra=about)
        gateway.announcer.say(
            slot.tenant_id, "command", id=str(command_id), accountId=slot.account_name, state=said.status
        )
        gateway.tell(slot, request.id)
    return replies.reply(messages.Success())


def _result(size: int, said: messages.CommandResult) -> dict[str, Any] | None:
    """Return the result's words: of one that is too long how it ended counts, and they are left out."""
    if said.result is None or size <= _MOST_KEPT:
        return said.result
    return {"retriable": said.result.get("retriable") is True, "leftOut": f"{size} bytes"}


def as_message(command: delivery.Delivery) -> messages.Command:
    return messages.Command(
        id=str(command.id),
        type=command.type,
        payload=command.payload,
        attempt=command.attempt,
        expires_at=command.expires_at.isoformat() if command.expires_at else None,
    )


async def _until_gone(request: Request) -> None:
    """Return when the other side has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def wait_of(scope: Scope) -> int:
    """Return for how long a poll waits, seconds. Raises Malformed."""
    text = query(scope, "wait") or "0"
    if not text.isdecimal() or len(text) > 3 or int(text) > LONGEST_WAIT_S:
        raise Malformed(Fault("/wait", f"wait is a whole number of seconds from 0 to {LONGEST_WAIT_S}"))
    return int(text)
