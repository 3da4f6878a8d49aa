"""Commands to terminals, from a person's or the platform's wish on. The gateway leases them and takes
their results; a trigger tells it of each that is queued, with the commit.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import addressees, places
from metafleet.hub.fleet.delivery import QUESTIONS
from metafleet.hub.fleet.errors import CommandFinal, CommandUnknown
from metafleet.hub.fleet.models import Command, CommandState, Terminal
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import NotFound

EXPIRES_AFTER: Final = timedelta(minutes=5)
"""A command older than this is never delivered: a stale order must not be executed."""
QUESTION_EXPIRES_AFTER: Final = timedelta(hours=24)
"""What only asks for facts does no harm when it comes late; a terminal may be off over night."""

ORDERS: Final = frozenset({"OPEN", "MODIFY", "CLOSE", "CLOSE_ALL"})
"""What trades."""
REQUESTABLE: Final = ORDERS | QUESTIONS | {"PING"}
"""What a person may ask for. The others are the reconciler's, which knows when they are due."""


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of an account's terminals. `payload` is in the protocol's words and checked.

    id: made by the client, so that a request sent twice is one command.
    terminal_id: this terminal and no other. magic: of the position that the order is about.
    said_at: when it was said, where that is before it reached the hub: it stays good from then on.
    """

    type: str
    payload: dict[str, Any]
    id: UUID | None = None
    terminal_id: UUID | None = None
    magic: int | None = None
    said_at: datetime | None = None


def request(*, tenant_id: UUID, account_id: UUID, actor: str, wish: Wish, now: datetime) -> Command:
    """Queue what a person wants; return the command, or the one that this very request has made before.

    Raises NotFound for an account or terminal that is not the tenant's, NoTerminal where
    nothing could carry it out, CommandUnknown where the id is another command's.
    """
    if wish.type not in REQUESTABLE:
        raise ValueError(f"{wish.type} is not for people to ask")
    account = places.find_account(tenant_id, account_id)
    earlier = _made_before(account_id, wish)
    if earlier is not None:
        return earlier
    terminal = addressees.choose(account=account, wish=wish, is_question=wish.type in QUESTIONS, now=now)
    try:
        with transaction.atomic():
            command = queue(
                terminal=terminal,
                type=wish.type,
                payload=wish.payload,
                actor=actor,
                now=now,
                command_id=wish.id,
                said_at=wish.said_at,
            )
    except IntegrityError:
        earlier = _made_before(account_id, wish)  # a double click: the other one has committed meanwhile
        if earlier is None:
            raise CommandUnknown from None
        return earlier
    _take_the_place_of_older_levels(command, now)
    _record(command, actor, "command.requested", now, {"type": wish.type, "payload": wish.payload})
    return command


def queue(
    *,
    terminal: Terminal,
    type: str,  # noqa: A002 - the wire's word
    payload: dict[str, Any],
    actor: str,
    now: datetime,
    command_id: UUID | None = None,
    said_at: datetime | None = None,
) -> Command:
    """Make the command durable in the open transaction. Its type says how long it stays good, since
    `said_at`, or since now."""
    command = Command.objects.create(
        id=command_id or uuid4(),
        tenant_id=terminal.tenant_id,
        terminal=terminal,
        type=type,
        payload=payload,
        due_at=now,
        expires_at=(said_at or now) + good_for(type),
        requested_by=actor,
    )
    # The protocol carries no id of a request: by the command's own this line meets its runner's.
    _log.info(
        "command %s %s queued",
        *(type, command.id),
        extra={
            "command_id": str(command.id),
            "terminal_id": str(terminal.id),
            "tenant_id": str(terminal.tenant_id),
        },
    )
    tell(command)
    return command


def good_for(type: str) -> timedelta:  # noqa: A002 - the wire's word
    """Return how long after it was queued a command may still be delivered."""
    return QUESTION_EXPIRES_AFTER if type in QUESTIONS else EXPIRES_AFTER


def can_requeue(command: Command) -> bool:
    """Whether a person may queue it again: it has ended without success, and people may ask for it."""
    return command.state in {CommandState.FAILED, CommandState.DEAD} and command.type in REQUESTABLE


def requeue(*, command_id: UUID, tenant_id: UUID, actor: str, now: datetime) -> Command:
    """Queue a dead or failed command again, with all its deliveries and a fresh expiry.

    It keeps its id: a terminal that has carried it out after all finds its mark, and does
    not carry it out twice. Raises NotFound, CommandFinal, NoTerminal.
    """
    command = _lock(tenant_id, command_id)
    if command.type not in REQUESTABLE:
        raise CommandFinal(f"{command.type} follows from what is wanted of the EA. Change that instead.")
    if not can_requeue(command):
        raise CommandFinal(
            f"This command is {command.state}. Only one that is dead or failed can be queued again."
        )
    addressees.check(command.terminal, is_question=command.type in QUESTIONS, type=command.type, now=now)
    earlier = {"state": command.state, "error": command.error}
    command.state = CommandState.QUEUED
    command.attempt = 0
    command.due_at = now
    command.expires_at = now + good_for(command.type)
    command.lease_until = command.finished_at = command.result = None
    command.error = ""
    command.save(
        update_fields=(
            "state",
            "attempt",
            "due_at",
            "expires_at",
            "lease_until",
            "finished_at",
            "result",
            "error",
            "updated_at",
        )
    )
    _record(command, actor, "command.requeued", now, {"type": command.type, "was": earlier})
    tell(command)
    return command


def cancel(*, command_id: UUID, tenant_id: UUID, actor: str, now: datetime) -> Command:
    """Take back a command that no terminal has now.

    Raises NotFound, CommandFinal: one that was delivered may be carried out at this moment.
    """
    command = _lock(tenant_id, command_id)
    if command.type not in REQUESTABLE:
        raise CommandFinal(f"{command.type} follows from what is wanted of the EA. Change that instead.")
    if command.state != CommandState.QUEUED:
        why = "its terminal has it" if command.state == CommandState.LEASED else f"it is {command.state}"
        raise CommandFinal(f"This command cannot be cancelled any more: {why}.")
    _end(command, f"Cancelled by {actor}", now)
    _record(command, actor, "command.cancelled", now, {"type": command.type})
    return command


def withdraw(*, terminal: Terminal, types: Collection[str], why: str, now: datetime) -> int:
    """End what of these types is queued or delivered but not answered; return how many there were.

    One that was delivered may be executed all the same: what is to hold must be queued after it.
    """
    found = terminal.commands.select_for_update().filter(type__in=types, finished_at=None)
    under_way = list(found.order_by("created_at", "id"))
    for command in under_way:
        _end(command, why, now)
    return len(under_way)


def tell(command: Command) -> None:
    """Tell open screens, after commit, what became of the command."""
    live.publish_on_commit(
        command.tenant_id,
        "command",
        id=command.id,
        accountId=command.terminal.account_id,
        state=str(command.state),
    )


def _take_the_place_of_older_levels(command: Command, now: datetime) -> None:
    """Levels that were wanted before must not be delivered once more, after these."""
    if command.type != "MODIFY":
        return
    under_way = Command.objects.select_for_update(of=("self",)).filter(
        terminal__account=command.terminal.account_id,
        type="MODIFY",
        finished_at=None,
        payload__ticket=command.payload["ticket"],
    )
    for older in under_way.exclude(id=command.id).select_related("terminal").order_by("created_at", "id"):
        if older.payload.keys() <= command.payload.keys():
            older.state, older.error, older.finished_at = (
                CommandState.DEAD,
                "Newer levels took its place",
                now,
            )
            older.save(update_fields=("state", "error", "finished_at", "updated_at"))
            tell(older)


def _end(command: Command, why: str, now: datetime) -> None:
    command.state, command.error, command.finished_at = CommandState.DEAD, why, now
    command.save(update_fields=("state", "error", "finished_at", "updated_at"))
    tell(command)


def _made_before(account_id: UUID, wish: Wish) -> Command | None:
    """Return the command that has the wish's id. Raises CommandUnknown where it says something else."""
    if wish.id is None:
        return None
    found = Command.objects.select_related("terminal__account").filter(id=wish.id).first()
    if found is None:
        return None
    if (found.terminal.account_id, found.type, found.payload) != (account_id, wish.type, wish.payload):
        raise CommandUnknown
    return found


def _lock(tenant_id: UUID, command_id: UUID) -> Command:
    found = (
        Command.objects.select_for_update(of=("self",))
        .select_related("terminal__account", "terminal__instance")
        .filter(tenant_id=tenant_id, id=command_id)
        .first()
    )
    if found is None:
        raise NotFound("command")
    return found


def _record(command: Command, actor: str, action: str, now: datetime, detail: dict[str, Any]) -> None:
    audit.record(
        tenant_id=command.tenant_id,
        actor=actor,
        action=action,
        subject=f"{command.type} on {command.terminal.account.label}",
        subject_id=command.id,
        now=now,
        detail=detail,
    )
