"""How the EAs that a rollout has moved do since: seen in one look, and what must outlive it written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Max

from metafleet.hub.fleet import steps
from metafleet.hub.fleet.models import (
    AccountState,
    DesiredState,
    EAInstance,
    Rollout,
    RolloutMember,
    Run,
    RunState,
)
from metafleet.hub.fleet.rollouts import planning
from metafleet.hub.fleet.rollouts.books import Books, Standing
from metafleet.hub.fleet.rollouts.verdict import Member
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope

_CRASHED: Final = ("crash", "permanent")
_WRITTEN: Final = (
    *("equity_at_move", "profit", "proved_at", "unwell_since"),
    *("late_heartbeats", "late_counted_at"),
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A member, its EA, and what the decision goes by."""

    member: RolloutMember
    instance: EAInstance
    seen: Member


def is_active(instance: EAInstance) -> bool:
    """Whether its owner wants it at work, or paused."""
    return instance.deleted_at is None and instance.desired_state != DesiredState.STOPPED


def observe(rollout: Rollout, *, books: Books, late_after: timedelta, now: datetime) -> list[Watched]:
    """Look at every member that was not left out, and write what has changed of it. Opens its own scopes."""
    members = [member for member in members_of(rollout) if not member.skip_reason]
    runs, crashes = _runs(members), crashes_of(members)
    told = planning.standings((member.instance for member in members), books)
    are_heard = _are_others_heard(members, now - late_after)
    equity = _equity(members)
    for member in members:
        if member.moved_at is None:
            continue
        _note_money(member, told.get(member.instance_id, Standing()), equity.get(member.instance.account_id))
        _note_run(member, runs.get(member.instance_id), now)
        if are_heard:
            _count_late(member, runs.get(member.instance_id), late_after, now)
    _write(members)
    return [Watched(member, member.instance, _seen(member, crashes[member.id])) for member in members]


def members_of(rollout: Rollout) -> list[RolloutMember]:
    """Return every member with its EA, in the order in which they were chosen."""
    with operator_scope():
        return list(
            RolloutMember.objects.filter(rollout=rollout)
            .select_related("instance__account", "instance__version", "before_version")
            .order_by("wave", "created_at", "id")
        )


def crashes_of(members: Collection[RolloutMember]) -> dict[UUID, int]:
    """Return how often each member's EA has crashed since its move, by member."""
    with operator_scope():
        ended = Run.objects.filter(
            instance_id__in=[member.instance_id for member in members], outcome__in=_CRASHED
        ).values_list("instance_id", "generation")
        generations: defaultdict[UUID, list[int]] = defaultdict(list)
        for instance_id, generation in ended:
            generations[instance_id].append(generation)
    return {
        member.id: sum(
            member.generation_at_move is not None and generation > member.generation_at_move
            for generation in generations[member.instance_id]
        )
        for member in members
    }


def loss_percent(member: RolloutMember) -> float | None:
    """Return what the EA has lost since its move, in percent of its account's equity then; 0 for a
    gain, None where it is not known."""
    if member.profit_at_move is None or member.profit is None or not member.equity_at_move:
        return None
    lost = member.profit_at_move - member.profit
    return max(0.0, float(lost / member.equity_at_move * 100)) if member.equity_at_move > 0 else None


def figures(one: Watched) -> dict[str, Any]:
    """Return what a decision went by, for its log."""
    return {
        "ea": one.seen.name,
        "lossPercent": None if one.seen.loss_percent is None else round(one.seen.loss_percent, 4),
        "crashes": one.seen.crashes,
        "lateHeartbeats": one.seen.late_heartbeats,
    }


def _seen(member: RolloutMember, crashes: int) -> Member:
    instance = member.instance
    return Member(
        name=instance.name,
        is_canary=member.is_canary,
        is_active=is_active(instance),
        moved_at=member.moved_at,
        proved_at=member.proved_at,
        unwell_since=member.unwell_since,
        gave_up=member.unwell_since is not None and instance.crash_count >= steps.CRASHES_UNTIL_A_PERSON,
        why=instance.last_error or instance.status_text,
        loss_percent=loss_percent(member),
        crashes=crashes,
        late_heartbeats=member.late_heartbeats,
    )


def _note_money(member: RolloutMember, standing: Standing, equity: Decimal | None) -> None:
    member.profit = standing.profit
    if member.equity_at_move is None:  # the account was not heard of then
        member.equity_at_move = equity


def _note_run(member: RolloutMember, run: Run | None, now: datetime) -> None:
    """At work is what has signed in with the new version and reports no error; a market that is closed
    does not make an EA unwell, but nothing is proved before its first tick."""
    assert member.moved_at is not None  # noqa: S101 - only what was moved is looked at
    is_at_work = run is not None and run.first_heartbeat_at is not None and run.reported_status != "error"
    if not is_active(member.instance) or is_at_work:
        member.unwell_since = None
    elif member.unwell_since is None:
        member.unwell_since = now if member.proved_at else member.moved_at
    if member.proved_at is None and is_at_work and run is not None and run.state == RunState.RUNNING:
        member.proved_at = now


def _count_late(member: RolloutMember, run: Run | None, late_after: timedelta, now: datetime) -> None:
    """One for every `late_after` of silence of a run that has signed in."""
    if run is None or run.first_heartbeat_at is None or run.heartbeat_at is None:
        return
    since = max(run.heartbeat_at, member.late_counted_at or run.heartbeat_at)
    if now - since > late_after:
        member.late_heartbeats += 1
        member.late_counted_at = now


def _runs(members: Collection[RolloutMember]) -> dict[UUID, Run]:
    """Return each EA's living run, where it began after the move."""
    began = {member.instance_id: member.generation_at_move for member in members}
    with operator_scope():
        living = Run.objects.filter(instance_id__in=began, ended_at=None).defer("sealed_assignment")
        found = {run.instance_id: run for run in living.order_by("generation")}
    return {
        instance_id: run
        for instance_id, run in found.items()
        if (at_move := began[instance_id]) is not None and run.generation > at_move
    }


def _equity(members: Collection[RolloutMember]) -> dict[UUID, Decimal]:
    with operator_scope():
        accounts = {member.instance.account_id for member in members}
        states = AccountState.objects.filter(account_id__in=accounts)
        return dict(states.values_list("account_id", "equity"))


def _are_others_heard(members: Collection[RolloutMember], since: datetime) -> bool:
    """Whether anything else of the fleet was heard lately: where nothing was, it is the gateway that is
    silent, and no version's fault. True where nothing else runs."""
    with operator_scope():
        others = Run.objects.filter(ended_at=None, first_heartbeat_at__isnull=False).exclude(
            instance_id__in=[member.instance_id for member in members]
        )
        last: datetime | None = others.aggregate(last=Max("heartbeat_at"))["last"]
    return last is None or last > since


def _write(members: Collection[RolloutMember]) -> None:
    by_tenant: defaultdict[UUID, list[RolloutMember]] = defaultdict(list)
    for member in members:
        if member.moved_at is not None:
            by_tenant[member.tenant_id].append(member)
    for tenant_id, rows in by_tenant.items():
        with tenant_scope(tenant_id):
            RolloutMember.objects.bulk_update(rows, _WRITTEN)
