"""Questions about what was recorded: performance, runs and connected time. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from metafleet.hub.fleet.models import EAInstance, Resolution, Run, TradingSession
from metafleet.hub.fleet.records import KEEP_MINUTES, KEEP_RAW
from metafleet.hub.fleet.sql import history as sql

POINTS: Final = 600
"""A screen has no more columns; a longer series is thinned to the last sample of each."""
RUNS_OF_A_FILE: Final = 10_000
SESSIONS_SHOWN: Final = 2_000
"""A terminal that falls silent every ten minutes makes as many in a fortnight."""

RunState = Literal["living", "ended", "crashed"]
RunSort = Literal[
    "generation",
    "-generation",
    "lived",
    "-lived",
    "cpu_percent",
    "-cpu_percent",
    "memory_mb",
    "-memory_mb",
]
SessionState = Literal["open", "ended"]
SessionSort = Literal["started_at", "-started_at", "seconds", "-seconds"]
"""A sign before the name: the largest first."""
_CRASHES: Final = ("crash", "permanent")

M = TypeVar("M", bound=models.Model)


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


def is_crash(run: Run) -> bool:
    """Whether it ended by itself, unasked."""
    return run.outcome in _CRASHES


def runs(
    *, instance: EAInstance, state: RunState | None = None, sort: RunSort = "-generation"
) -> QuerySet[Run]:
    """Return the instance's runs with their versions; what is not known of a run stands last."""
    found = instance.runs.select_related("version").defer("version__source", "version__review")
    match state:
        case "living":
            found = found.filter(ended_at=None)
        case "ended":
            found = found.exclude(ended_at=None)
        case "crashed":
            found = found.filter(outcome__in=_CRASHES)
    return _ordered(found.annotate(lived=F("ended_at") - F("started_at")), sort, "-generation")


def sessions(
    *,
    tenant_id: UUID,
    account_id: UUID,
    since: datetime,
    state: SessionState | None = None,
    sort: SessionSort = "-started_at",
) -> QuerySet[TradingSession]:
    """Return the account's sessions that reach past `since`, with terminals."""
    found = TradingSession.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=since), tenant_id=tenant_id, account_id=account_id
    ).select_related("terminal__instance")
    if state:
        found = found.filter(ended_at__isnull=state == "open")
    reach = Coalesce("ended_at", "last_heartbeat_at") - F("started_at")
    return _ordered(found.annotate(seconds=reach), sort, "-started_at")


def _ordered(found: QuerySet[M], sort: str, then: str) -> QuerySet[M]:
    """In a total order, so that no page repeats or misses a row."""
    name = sort.removeprefix("-")
    # `then` is never null, and an index has it as it stands.
    is_last = None if name == then.removeprefix("-") else True
    first = F(name).desc(nulls_last=is_last) if sort.startswith("-") else F(name).asc(nulls_last=is_last)
    return found.order_by(first, then, "id")


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
