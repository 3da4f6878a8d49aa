"""The watch over rollouts: what is due is looked at, a few EAs are moved, and the next phase decided.

1. Claim: one conditional update takes the lease.
2. Choose and move: canaries, the next wave, or those that go back; each EA in a transaction of its own.
3. Observe: how the moved ones do is written on their memberships.
4. Decide: `verdict.decide`, pure; a new phase is written with its reason.

A crash between any two leaves a row that is due when its lease runs out, and the next look starts
from what is then so. A person's word comes between two moves, never into one: each holds the rollout.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from metafleet.hub.fleet.models import Rollout, RolloutMember, RolloutState
from metafleet.hub.fleet.rollouts import choosing, moving, observing, operations, planning, record
from metafleet.hub.fleet.rollouts.books import Books, Standing
from metafleet.hub.fleet.rollouts.verdict import Verdict, decide
from metafleet.hub.kernel.tenancy import operator_scope

EVERY: Final = timedelta(seconds=5)
LEASE: Final = timedelta(seconds=60)
"""Longer than a look takes that moves a whole wave."""
AFTER_A_FAILURE: Final = timedelta(minutes=1)

_log = logging.getLogger(__name__)


def watch_due(*, books: Books, late_after: timedelta, now: datetime) -> int:
    """Look at every rollout that is due; return how many. One that fails holds up no other."""
    due = Rollout.objects.filter(ended_at=None, due_at__lte=now).order_by("due_at")
    ids = list(due.values_list("id", flat=True))
    for rollout_id in ids:
        try:
            watch(rollout_id, books=books, late_after=late_after, now=now)
        except Exception:  # noqa: BLE001 - whatever it stumbles over is that rollout's alone
            _log.exception("the rollout %s could not be looked at", rollout_id)
    return len(ids)


def watch(rollout_id: UUID, *, books: Books, late_after: timedelta, now: datetime) -> None:
    """Look at one rollout, unless somebody else does.

    late_after: how long an EA may be silent; each such time counts as a late heartbeat.
    """
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    until = now + LEASE
    mine = Rollout.objects.filter(id=rollout_id)
    if not mine.filter(free, ended_at=None).update(lease_until=until, due_at=until):
        return
    again_at = now + AFTER_A_FAILURE
    try:
        _look(rollout_id, books, late_after, now)
        again_at = now + EVERY
    finally:
        # What a person has wanted meanwhile is due at once: their due time stays.
        mine.filter(lease_until=until, due_at=until, ended_at=None).update(due_at=again_at)
        mine.filter(lease_until=until).update(lease_until=None)


def _look(rollout_id: UUID, books: Books, late_after: timedelta, now: datetime) -> None:
    rollout = _find(rollout_id)
    if rollout.state == RolloutState.RETURNING:
        _take_back(rollout, now)
        return
    left = planning.left_over(rollout, books)
    if rollout.state == RolloutState.CANARY:
        _choose_canaries(rollout, left)
    _move_waiting(rollout, books, now)
    members = observing.observe(rollout, books=books, late_after=late_after, now=now)
    found = decide(
        phase="canary" if rollout.state == RolloutState.CANARY else "promoting",
        members=[one.seen for one in members],
        criteria=operations.criteria_of(rollout),
        watch=timedelta(minutes=rollout.watch_minutes),
        are_more=bool(left),
        is_any_at_work=any(observing.is_active(one.instance) for one in left),
        now=now,
    )
    _act(rollout, found, left, members, now)


def _act(
    rollout: Rollout,
    found: Verdict,
    left: Sequence[planning.Affected],
    members: Sequence[observing.Watched],
    now: datetime,
) -> None:
    match found.action:
        case "wait":
            Rollout.objects.filter(id=rollout.id, state=rollout.state).exclude(
                waiting=found.reason[:300]
            ).update(waiting=found.reason[:300])
        case "next_wave":
            _next_wave(rollout, left, sum(one.seen.moved_at is not None for one in members))
        case "promote":
            _turn(rollout, RolloutState.PROMOTING, found.reason, members, now)
        case "roll_back":
            _turn(rollout, RolloutState.RETURNING, found.reason, members, now)
        case "finish":
            _turn(rollout, RolloutState.PROMOTED, found.reason, members, now)


def _turn(
    rollout: Rollout,
    state: RolloutState,
    reason: str,
    members: Sequence[observing.Watched],
    now: datetime,
) -> None:
    """Write the decision, unless a person has decided something else since the look."""
    with transaction.atomic():
        held = moving.hold(rollout.id)
        if held.state != rollout.state:
            return
        figures = {"members": [observing.figures(one) for one in members if one.seen.moved_at is not None]}
        operations.turn(held, state, actor=record.SYSTEM, reason=reason, now=now, figures=figures)


def _choose_canaries(rollout: Rollout, left: Sequence[planning.Affected]) -> None:
    """Choose as many as are missing: one that its owner has stopped or removed proves nothing."""
    with operator_scope():
        standing = [
            member
            for member in RolloutMember.objects.filter(
                rollout=rollout, is_canary=True, skip_reason=""
            ).select_related("instance")
            if observing.is_active(member.instance)
        ]
    missing = rollout.canaries - len(standing)
    if missing <= 0:
        return
    taken = planning.per_tenant(standing)
    for one in choosing.canaries(planning.candidates(left), missing, taken):
        why = _why(one)
        moving.choose(rollout.id, tenant_id=one.tenant_id, instance_id=one.instance_id, wave=0, why=why)


def _why(one: choosing.Candidate) -> str:
    state = ("it runs", "it should run", "it is paused")[one.rank]
    held = f"{one.lots.normalize():f} lots open" if one.lots else "flat"
    return f"{state}, {held}, equity {one.equity if one.equity is not None else 'unknown'}"


def _next_wave(rollout: Rollout, left: Sequence[planning.Affected], moved: int) -> None:
    """Choose the next wave; those whose inputs do not fit come with it, and are left with the reason."""
    wave = rollout.wave + 1
    chosen = list(left[: choosing.wave_size(moved)])
    # The number first: what dies here leaves a wave that is empty, and the next look makes another.
    if not Rollout.objects.filter(id=rollout.id, state=rollout.state, wave=rollout.wave).update(wave=wave):
        return
    for one in chosen:
        moving.choose(
            rollout.id,
            tenant_id=one.instance.tenant_id,
            instance_id=one.instance.id,
            wave=wave,
            why="",
        )
    record.decision(
        rollout,
        actor=record.SYSTEM,
        action="wave",
        reason=f"Wave {wave}: {len(chosen)} follow of {len(left)} left",
    )


def _move_waiting(rollout: Rollout, books: Books, now: datetime) -> None:
    with operator_scope():
        waiting = list(
            RolloutMember.objects.filter(rollout=rollout, moved_at=None, skip_reason="")
            .select_related("instance")
            .order_by("wave", "created_at", "id")
        )
    told = planning.standings((member.instance for member in waiting), books)
    for member in waiting:
        moving.move(
            member.id,
            tenant_id=member.tenant_id,
            standing=told.get(member.instance_id, Standing()),
            now=now,
        )


def _take_back(rollout: Rollout, now: datetime) -> None:
    with operator_scope():
        moved = list(
            RolloutMember.objects.filter(rollout=rollout, moved_at__isnull=False, moved_back_at=None)
            .order_by("created_at", "id")
            .values_list("id", "tenant_id")
        )
    for member_id, tenant_id in moved:
        moving.move_back(member_id, tenant_id=tenant_id, now=now)
    _turn(rollout, RolloutState.ROLLED_BACK, rollout.reason, (), now)


def _find(rollout_id: UUID) -> Rollout:
    return Rollout.objects.select_related("template", "from_version", "to_version__template").get(
        id=rollout_id
    )
