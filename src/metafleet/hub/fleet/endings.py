"""The end of a run, and what follows from how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from django.db.models import F

from metafleet.hub.fleet import commands, leases, steps
from metafleet.hub.fleet.models import DesiredState, EAInstance, Run, RunState, Terminal

_FAILED_STARTS_COUNTED = 8
"""The longest back-off is reached by then."""


def end(
    instance: EAInstance,
    run_id: UUID | None,
    reason: str,
    outcome: steps.Outcome,
    now: datetime,
    *,
    still: Mapping[str, Any] | None = None,
) -> None:
    """Close this run, if there is one, and write what follows. The instance's row must be held.

    still: columns of the run that it must have kept. Raises Outdated where it has not.
    """
    run = instance.runs.filter(id=run_id, ended_at__isnull=True).first() if run_id else None
    if run is not None:
        _close(instance, run, reason, outcome, now, still or {})
    match outcome:
        case "clean":
            instance.close_on_stop = False
            instance.last_error = ""
        case "cut short":
            instance.next_attempt_at = None
        case "not started":
            instance.next_attempt_at = now + steps.back_off(_failed_starts(instance))
            instance.last_error = reason
        case "crash" | "permanent":
            last = outcome == "permanent"
            instance.crash_count = steps.CRASHES_UNTIL_A_PERSON if last else instance.crash_count + 1
            instance.next_attempt_at = _next_attempt(instance, now)
            instance.last_error = reason
        case _:
            assert_never(outcome)
    instance.save(
        update_fields=("crash_count", "next_attempt_at", "last_error", "close_on_stop", "updated_at")
    )


def _next_attempt(instance: EAInstance, now: datetime) -> datetime | None:
    """Return when it is tried again after a crash; None where that needs a person."""
    needs_a_person = instance.crash_count >= steps.CRASHES_UNTIL_A_PERSON
    # What is stopped is only started to close its positions, and that is never given up.
    if needs_a_person and instance.desired_state != DesiredState.STOPPED:
        return None
    return now + steps.back_off(instance.crash_count)


def _close(
    instance: EAInstance,
    run: Run,
    reason: str,
    outcome: steps.Outcome,
    now: datetime,
    still: Mapping[str, Any],
) -> None:
    """End the run's row, its token and its commands: a process that lives on unseen is fenced off."""
    # The run before its terminal: a heartbeat locks them in that order. One that renews the trading
    # lease comes either before this, which then finds it changed, or after it, and is refused.
    closed = Run.objects.filter(id=run.id, **still).update(
        state=RunState.ENDED,
        ended_at=now,
        end_reason=reason,
        outcome=outcome,
        sealed_assignment=None,
        assignment_hash=None,
    )
    if not closed:
        raise leases.Outdated("the run is no longer as it was seen")
    Terminal.objects.filter(id=instance.terminal.id).update(token_version=F("token_version") + 1)
    # What it did not answer is no longer meant: the next start has its own intent and inputs.
    commands.withdraw(
        terminal=instance.terminal,
        types=("PAUSE", "RESUME", "STOP", "CONFIGURE"),
        why="The run ended first",
        now=now,
    )
    # By its own word, not by when somebody looked: a worker that was away does not make it healthy.
    heard = run.heartbeat_at or now
    if run.first_heartbeat_at and heard - run.first_heartbeat_at >= steps.HEALTHY_AFTER:
        instance.crash_count = 0


def _failed_starts(instance: EAInstance) -> int:
    """Return how many of the newest runs in a row no driver could start, as far as a back-off counts."""
    newest = instance.runs.order_by("-generation").values_list("handle", flat=True)[:_FAILED_STARTS_COUNTED]
    return next((count for count, handle in enumerate(newest) if handle), len(newest))
