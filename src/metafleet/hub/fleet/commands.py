"""Queue commands for terminals. The gateway leases them and takes their results."""

from __future__ import annotations

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


def is_under_way(*, terminal: Terminal, type: str, now: datetime) -> bool:  # noqa: A002 - the wire's word
    """Whether such a command is queued or leased and may still be delivered."""
    return terminal.commands.filter(
        type=type, state__in=(CommandState.QUEUED, CommandState.LEASED), expires_at__gt=now
    ).exists()
