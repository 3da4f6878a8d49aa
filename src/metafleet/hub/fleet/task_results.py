"""What became of the workers' tasks, for the operator's audit: kept a while, failures longest.

Celery writes them by django-celery-results. What only looked and found nothing to do leaves no
result; what failed always does, a sweep too.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count
from django_celery_results.models import TaskResult

KEEP: Final = timedelta(days=7)
KEEP_FAILED: Final = timedelta(days=30)
FORGET_AT_MOST: Final = 20_000
"""Rows of one sweep: an hour's worth of the busiest installation is less."""
FAILED: Final = "FAILURE"
RECENTLY: Final = timedelta(hours=24)
MOST_TRACEBACK: Final = 4000
"""Characters, from the end: that is where the fault is."""


@dataclass(frozen=True, slots=True)
class Done:
    """One task that a worker took. `outcome`: what it returned, or the error that ended it."""

    task_id: str
    name: str
    is_failed: bool
    status: str
    outcome: str
    arguments: dict[str, Any]
    worker: str
    traceback: str
    done_at: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """How often a task of this name ended within the last 24 hours."""

    name: str
    done: int
    failed: int


def kinds(*, now: datetime) -> list[Kind]:
    """Return each name with its count, those that failed most first."""
    rows = (
        TaskResult.objects.filter(date_done__gt=now - RECENTLY, task_name__isnull=False)
        .values("task_name", "status")
        .annotate(count=Count("id"))
        .order_by()
    )
    counts: dict[str, list[int]] = {}
    for row in rows:
        both = counts.setdefault(row["task_name"], [0, 0])
        both[row["status"] == FAILED] += row["count"]
    found = [Kind(name, done, failed) for name, (done, failed) in counts.items()]
    return sorted(found, key=lambda kind: (-kind.failed, -kind.done, kind.name))


def newest(*, limit: int) -> list[Done]:
    """Return the newest results, failures first."""
    rows = TaskResult.objects.filter(task_name__isnull=False).order_by("-date_done", "-id")
    failed = list(rows.filter(status=FAILED)[:limit])
    others = list(rows.exclude(status=FAILED)[: limit - len(failed)])
    return [_done(row) for row in failed + others]


def forget(*, now: datetime) -> int:
    """Drop what is older than it is kept; return how many rows."""
    dropped = 0
    for rows, age in (
        (TaskResult.objects.exclude(status=FAILED), KEEP),
        (TaskResult.objects.filter(status=FAILED), KEEP_FAILED),
    ):
        old = rows.filter(date_done__lt=now - age).order_by("date_done").values("id")[:FORGET_AT_MOST]
        dropped += TaskResult.objects.filter(id__in=old).delete()[0]
    return dropped


def _done(row: TaskResult) -> Done:
    is_failed = row.status == FAILED
    return Done(
        task_id=row.task_id,
        name=row.task_name,
        is_failed=is_failed,
        status=row.status.lower(),
        outcome=_outcome(row.result)[:500],
        arguments=_arguments(row.task_kwargs),
        worker=row.worker or "",
        traceback=(row.traceback or "")[-MOST_TRACEBACK:] if is_failed else "",
        done_at=row.date_done,
    )


def _outcome(result: str | None) -> str:
    """Celery keeps an error as JSON of its type and message, and a return value as JSON."""
    try:
        said = json.loads(result or "null")
    except ValueError:
        return result or ""
    if isinstance(said, dict) and "exc_type" in said:
        message = said.get("exc_message")
        words = " ".join(map(str, message)) if isinstance(message, list) else str(message or "")
        return f"{said['exc_type']}: {words}"
    return "" if said is None else str(said)


def _arguments(kwargs: str | None) -> dict[str, Any]:
    """Celery keeps the arguments as JSON of their repr."""
    try:
        said = json.loads(kwargs or "{}")
        found = ast.literal_eval(said) if isinstance(said, str) else said
    except (ValueError, SyntaxError):
        return {}
    return found if isinstance(found, dict) else {}
