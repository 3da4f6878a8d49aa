"""Commands that come by a queue instead of by HTTP, where a customer's network wants it.

A message is deleted once its command is committed; what dies in between comes again and is the same command,
by the message's id. What can never be a command is given back until the queue sets it aside.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import ValidationError

from metafleet.hub.console import requests, schemas
from metafleet.hub.fleet.commands import good_for
from metafleet.hub.fleet.errors import NoTerminal
from metafleet.hub.kernel.errors import Fault, Malformed, Refused
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.clouds.contract import Message, Queue

MOST_CALLS: Final = 20
"""To the queue in one beat: 200 commands."""

_log = logging.getLogger(__name__)


class QueuedCommand(schemas.CommandForm):
    """A message: the form of `POST /api/accounts/{id}/commands`, and the account."""

    account_id: UUID


class TooOld(Refused):
    """A stale order must not be executed."""


@dataclass(slots=True)
class Taken:
    """How many messages became commands, could not for good, and cannot just now."""

    done: int = 0
    refused: int = 0
    waiting: int = 0


def take(*, tenant_id: UUID, queue: Queue, clock: Callable[[], datetime]) -> Taken:
    """Make a tenant's commands of what is in its queue, until it is empty or enough for one beat.

    Not inside a scope. Raises AmazonError; what was done before stays done.
    """
    taken = Taken()
    for _ in range(MOST_CALLS):
        messages = queue.receive()
        for message in messages:
            _take(tenant_id, queue, message, clock(), taken)
        if not messages:
            break
    return taken


def _take(tenant_id: UUID, queue: Queue, message: Message, now: datetime, taken: Taken) -> None:
    try:
        with tenant_scope(tenant_id):
            _make(tenant_id, queue.name, message, now)
    except NoTerminal as refusal:
        # A terminal may come: the queue hands it out again, until it is too old or was taken too often.
        _log.info("message %s of %s waits: %s", message.id, queue.name, refusal)
        taken.waiting += 1
    except Refused as refusal:
        _log.warning("message %s of %s is no command: %s", message.id, queue.name, refusal)
        queue.give_back(message)
        taken.refused += 1
    else:
        queue.delete(message)
        taken.done += 1


def _make(tenant_id: UUID, queue: str, message: Message, now: datetime) -> None:
    try:
        form = QueuedCommand.model_validate_json(message.body)
    except ValidationError as error:
        raise Malformed(*(_fault(one["loc"], one["msg"]) for one in error.errors())) from None
    if now - message.sent_at > good_for(form.type):
        raise TooOld(f"It was sent at {message.sent_at.isoformat()}; {form.type} is too old by now.")
    requests.make(
        tenant_id=tenant_id,
        account_id=form.account_id,
        actor=f"sqs:{queue}",
        form=form.model_copy(update={"id": form.id or _id(message)}),
        now=now,
        said_at=message.sent_at,
    )


def _id(message: Message) -> UUID:
    """Amazon's ids are UUIDs; another's gives one, always the same."""
    try:
        return UUID(message.id)
    except ValueError:
        return uuid5(NAMESPACE_OID, message.id)


def _fault(location: tuple[int | str, ...], sentence: str) -> Fault:
    name = ".".join(str(part) for part in location)
    return Fault("/" + name.replace(".", "/"), f"{name}: {sentence}" if name else sentence)
