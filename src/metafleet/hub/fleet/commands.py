"""Queue commands for terminals. The gateway leases them and takes their results."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from metafleet.hub.fleet.models import Command, CommandState, Terminal
from metafleet.hub.kernel import live

EXPIRES_AFTER = timedelta(minutes=5)
"""A command older than this is never delivered: a stale order must not be executed."""


def queue(
    *,
    terminal: Terminal,
    type: str,  # noqa: A002 - the wire's word
    payload: dict[str, Any],
    actor: str,
    now: datetime,
) -> Command:
    """Make the command durable in the open transaction and wake the terminal after commit."""
    command = Command.objects.create(
        tenant_id=terminal.tenant_id,
        terminal=terminal,
        type=type,
        payload=payload,
        due_at=now,
        expires_at=now + EXPIRES_AFTER,
        requested_by=actor,
    )
    transaction.on_commit(partial(live.send, f"commands:{terminal.id}", str(command.id)))
    return command


def withdraw(*, terminal: Terminal, types: Collection[str], why: str, now: datetime) -> int:
    """End what of these types is queued or delivered but not answered; return how many there were.

    One that was delivered may be executed all the same: what is to hold must be queued after it.
    """
    under_way = terminal.commands.filter(type__in=types, state__in=(CommandState.QUEUED, CommandState.LEASED))
    return under_way.update(state=CommandState.DEAD, error=why, finished_at=now)
