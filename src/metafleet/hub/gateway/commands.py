"""GET /commands, which may wait for one, and POST /commands/{id}/result."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from metafleet.hub.fleet import delivery
from metafleet.hub.fleet.intake import FencedOff, Slot
from metafleet.hub.gateway import metrics, replies
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.edge import admit, admit_bare, named
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.journal import fields
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound
from metafleet.wire import messages

_log: Final = logging.getLogger(__name__)

LONGEST_WAIT_S: Final = 25
_RESULT: Final = msgspec.json.Decoder(messages.CommandResult)
_MOST_KEPT: Final = 64 * 1024
"""Bytes of a result that are kept; ours have a few hundred."""
_ERROR: Final = 2_000
"""Characters of an error that are kept."""


async def get_commands(gateway: Gateway, request: Request) -> Response:
    """Lease commands as soon as there are any, for at most `wait` seconds."""
    wait_s = _wait_s(request)
    slot = (await admit_bare(gateway, request, "commands")).slot
    gateway.polls.note(slot.terminal_id)
    leaving = asyncio.create_task(_until_gone(request))
    try:
        commands = await _first_commands(gateway, slot, request.id, wait_s, leaving)
    except FencedOff:
        raise revoked() from None
    finally:
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
    return replies.reply(messages.CommandsReply(commands=[as_message(command) for command in commands]))


async def post_result(gateway: Gateway, request: Request) -> Response:
    """End a command. The first result counts; another terminal's command does not exist here."""
    call = await admit(gateway, request, "commands", _RESULT)
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
        tell(gateway, slot, request.id)
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


def tell(gateway: Gateway, slot: Slot, request_id: str) -> None:
    """A command of this terminal ended: screens and the reconciler look again."""
    if slot.instance_id is None:
        return
    gateway.announcer.say(
        slot.tenant_id, "instance", id=str(slot.instance_id), accountId=str(slot.account_id)
    )
    gateway.nudger.nudge(slot.tenant_id, slot.instance_id, request_id)


async def _first_commands(
    gateway: Gateway, slot: Slot, request_id: str, wait_s: int, leaving: asyncio.Task[None]
) -> list[delivery.Delivery]:
    """Look, wait to be woken, look again. Whoever has left leases nothing: it would not be served."""
    loop = asyncio.get_running_loop()
    until, came_at = loop.time() + wait_s, clock.now()
    looks = gateway.first_looks
    with gateway.wakeups.waiting(slot.terminal_id) as woken:
        while not leaving.done():
            woken.clear()
            leased = await looks.submit(delivery.Ask(slot))
            looks = gateway.leases
            if leased.died:
                tell(gateway, slot, request_id)
            _count(leased.commands, came_at)
            left_s = until - loop.time()
            if leased.commands or left_s <= 0 or gateway.closing.is_set():
                return leased.commands
            await _wait(woken, leaving, left_s)
            if not woken.is_set() and loop.time() >= until:
                # The next poll looks as soon as it comes.
                return []
    return []


def _count(commands: list[delivery.Delivery], came_at: datetime) -> None:
    """Count how long first deliveries took from when both were there: the command, and this poll for it.

    Questions are none of them: they come in hundreds, and nobody waits for one of them.
    """
    now = clock.now()
    for command in commands:
        if command.attempt == 1 and command.type not in delivery.QUESTIONS:
            since = max(command.due_at, came_at)
            metrics.delivered(max(0.0, (now - since).total_seconds()))


async def _wait(woken: asyncio.Event, leaving: asyncio.Task[None], timeout_s: float) -> None:
    waking = asyncio.create_task(woken.wait())
    try:
        await asyncio.wait({waking, leaving}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waking.cancel()


async def _until_gone(request: Request) -> None:
    """Return when the other side has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _wait_s(request: Request) -> int:
    text = request.query("wait") or "0"
    if not text.isdecimal() or len(text) > 3 or int(text) > LONGEST_WAIT_S:
        raise Malformed(Fault("/wait", f"wait is a whole number of seconds from 0 to {LONGEST_WAIT_S}"))
    return int(text)
