"""Questions about what was recorded: performance, runs and connected time. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from metafleet.hub.fleet.models import EAInstance, Resolution, Run, TradingSession
from metafleet.hub.fleet.records import KEEP_MINUTES, KEEP_RAW
from metafleet.hub.fleet.sql import history as sql

POINTS: Final = 600
"""A screen has no more columns; a longer series is thinned to the last sample of each."""
RUNS_OF_A_FILE: Final = 10_000
SESSIONS_SHOWN: Final = 2_000
"""A terminal that falls silent every ten minutes makes as many in a fortnight."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How an EA did at an instant: money in account currency, `cpu_percent` of one core."""

    at: datetime
    balance: float | None
    equity: float | None
    profit: float | None
    trades: int
    cpu_percent: float | None
    memory_mb: float | None


def resolution(span: timedelta) -> Resolution:
    """Return the finest resolution that is kept for as long as the span."""
    if span <= KEEP_RAW:
        return Resolution.RAW
    return Resolution.MINUTE if span <= KEEP_MINUTES else Resolution.HOUR


def performance(*, instance: EAInstance, span: timedelta, now: datetime) -> list[Sample]:
    """Return the samples within the span before now, oldest first, POINTS + 1 at most."""
    values: dict[str, Any] = {
        "instance": instance.id,
        "resolution": resolution(span),
        "since": now - span,
        "until": now,
        "points": POINTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.PERFORMANCE, values)
        return [Sample(*row) for row in cursor.fetchall()]


def runs(*, instance: EAInstance) -> QuerySet[Run]:
    """Return the instance's runs with their versions, newest first, RUNS_OF_A_FILE at most."""
    found = instance.runs.select_related("version").defer("version__source", "version__review")
    return found.order_by("-generation")[:RUNS_OF_A_FILE]


def sessions(*, tenant_id: UUID, account_id: UUID, since: datetime) -> QuerySet[TradingSession]:
    """Return the account's sessions that reach past `since`, with terminals, newest first."""
    return (
        TradingSession.objects.filter(
            Q(ended_at=None) | Q(ended_at__gt=since), tenant_id=tenant_id, account_id=account_id
        )
        .select_related("terminal__instance")
        .order_by("-started_at", "id")[:SESSIONS_SHOWN]
    )


def connected(sessions: Sequence[TradingSession], since: datetime, now: datetime) -> timedelta:
    """Return for how long of the time since then any terminal of them was connected: overlaps count once."""
    total, reached = timedelta(0), since
    for row in sorted(sessions, key=lambda one: one.started_at):
        end = min(last_seen(row), now)
        if end > reached:
            total += end - max(row.started_at, reached)
            reached = end
    return total


def last_seen(session: TradingSession) -> datetime:
    """Return when the session ended, or how far it is known to reach."""
    return session.ended_at or session.last_heartbeat_at
