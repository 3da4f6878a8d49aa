"""A command that somebody asks for, from its form to the queue, wherever the form came in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from metafleet.hub.console import payloads, schemas
from metafleet.hub.fleet import commands as fleet
from metafleet.hub.fleet.models import Command
from metafleet.hub.journal import queries as journal


def make(
    *,
    tenant_id: UUID,
    account_id: UUID,
    actor: str,
    form: schemas.CommandForm,
    now: datetime,
    said_at: datetime | None = None,
) -> Command:
    """Queue it, in the tenant's scope. said_at: as `Wish` has it.

    Raises Malformed for a payload that is not the type's, and what `commands.request` raises.
    """
    payload = payloads.read(form.type, form.payload)
    wish = fleet.Wish(
        type=form.type,
        payload=payload,
        id=form.id,
        terminal_id=form.terminal_id,
        magic=_magic(account_id, payload),
        said_at=said_at,
    )
    return fleet.request(tenant_id=tenant_id, account_id=account_id, actor=actor, wish=wish, now=now)


def _magic(account_id: UUID, payload: dict[str, Any]) -> int | None:
    """Return whose position the order is about: its EA's own terminal is the one to do it."""
    ticket = payload.get("ticket")
    if ticket is None:
        return None
    held = journal.open_positions(account_id=account_id)
    return next((position.magic for position in held if position.ticket == ticket), None)
