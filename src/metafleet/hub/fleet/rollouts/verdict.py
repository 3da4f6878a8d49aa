"""What a rollout does next: a pure function of how its members do, the limits, and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

UP_WITHIN: Final = timedelta(minutes=3)
"""How long an EA that was moved may be not at work: a start with one crash takes seconds."""

Phase = Literal["canary", "promoting"]


@dataclass(frozen=True, slots=True)
class Criteria:
    """The limits; one more than they say is too much. Percent of the account's equity at the move."""

    max_loss_percent: float
    max_crashes: int
    max_late_heartbeats: int


@dataclass(frozen=True, slots=True)
class Member:
    """An EA of the rollout. loss_percent: None where it cannot be known.

    is_active: its owner wants it running or paused; what is stopped or removed proves nothing.
    proved_at: when the new version was first seen at work. unwell_since: it is not at work since.
    gave_up: it is not started again without a person. why: its last error.
    """

    name: str
    is_canary: bool
    is_active: bool
    moved_at: datetime | None
    proved_at: datetime | None = None
    unwell_since: datetime | None = None
    gave_up: bool = False
    why: str = ""
    loss_percent: float | None = None
    crashes: int = 0
    late_heartbeats: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and why, in words. next_wave and finish belong to the time after the promotion."""

    action: Literal["wait", "promote", "roll_back", "next_wave", "finish"]
    reason: str


def decide(
    *,
    phase: Phase,
    members: Sequence[Member],
    criteria: Criteria,
    watch: timedelta,
    are_more: bool,
    is_any_at_work: bool,
    now: datetime,
) -> Verdict:
    """Return what to do next.

    are_more: EAs that are no members yet wait to be moved. is_any_at_work: any of all of them is wanted
    at work, so that there is something to watch.
    """
    active = [one for one in members if one.is_active]
    for one in active:
        fault = breach(one, criteria, now)
        if fault:
            return Verdict("roll_back", fault)
    if phase == "canary":
        if not active and not is_any_at_work:
            return Verdict("promote", "No EA of it is wanted at work, so there is nothing to watch")
        return _canary([one for one in active if one.is_canary], watch, now)
    return _promoting(active, are_more)


def breach(one: Member, criteria: Criteria, now: datetime) -> str:
    """Return which limit this EA has passed, in a sentence; "" for none."""
    if one.moved_at is None:
        return ""
    return _by_limit(one, criteria) or _by_absence(one, now)


def _by_limit(one: Member, criteria: Criteria) -> str:
    if one.loss_percent is not None and one.loss_percent > criteria.max_loss_percent:
        lost, limit = f"{one.loss_percent:.2f}", f"{criteria.max_loss_percent:g}"
        return (
            f"{one.name} has lost {lost}% of its account's equity since its move, and {limit}% is the limit"
        )
    if one.crashes > criteria.max_crashes:
        times, limit = "once" if one.crashes == 1 else f"{one.crashes} times", str(criteria.max_crashes)
        return f"{one.name} has crashed {times} since its move, and {limit} is the limit{_because(one)}"
    if one.late_heartbeats > criteria.max_late_heartbeats:
        late, limit = str(one.late_heartbeats), str(criteria.max_late_heartbeats)
        return f"{one.name} was late with {late} heartbeats since its move, and {limit} is the limit"
    return ""


def _by_absence(one: Member, now: datetime) -> str:
    if one.gave_up:
        return f"{one.name} does not start any more without a person{_because(one)}"
    if one.unwell_since is not None and now - one.unwell_since > UP_WITHIN:
        minutes = int(UP_WITHIN.total_seconds() // 60)
        return f"{one.name} has not been at work for {minutes} minutes{_because(one)}"
    return ""


def _because(one: Member) -> str:
    return f": {one.why}" if one.why else ""


def _canary(canaries: Sequence[Member], watch: timedelta, now: datetime) -> Verdict:
    if not canaries:
        return Verdict(
            "wait", "No canary is active, so nothing is proved. Promote, roll back or stop it by hand"
        )
    waiting = [one.name for one in canaries if one.moved_at is None]
    if waiting:
        return Verdict("wait", f"{_names(waiting)} until flat, to be moved")
    proofs = [one.proved_at for one in canaries if one.proved_at is not None]
    if len(proofs) < len(canaries):
        unproved = [one.name for one in canaries if one.proved_at is None]
        return Verdict("wait", f"{_names(unproved)} to be seen at work with the new version")
    over_at = max(proofs) + watch
    minutes = int(watch.total_seconds() // 60)
    if now < over_at:
        left = over_at - now
        return Verdict("wait", f"Watching for {_minutes(minutes)}; {_left(left)} left")
    count = "The canary" if len(canaries) == 1 else f"All {len(canaries)} canaries"
    return Verdict("promote", f"{count} worked for {_minutes(minutes)} within the limits")


def _promoting(active: Sequence[Member], are_more: bool) -> Verdict:
    unproved = [one.name for one in active if one.moved_at is not None and one.proved_at is None]
    if unproved:
        return Verdict("wait", f"{_names(unproved)} to be seen at work with the new version")
    if are_more:
        return Verdict("next_wave", "Those before work within the limits")
    waiting = [one.name for one in active if one.moved_at is None]
    if waiting:
        return Verdict("wait", f"{_names(waiting)} until flat, to be moved")
    return Verdict("finish", "Every EA whose inputs fit runs it")


def _names(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"Waiting for {names[0]}"
    rest = f" and {len(names) - 2} more" if len(names) > 2 else ""
    joined = ", ".join(names[:2]) if rest else " and ".join(names)
    return f"Waiting for {joined}{rest}"


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"


def _left(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    return f"{minutes} min" if minutes else "less than a minute"
