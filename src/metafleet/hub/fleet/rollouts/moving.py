"""Move one EA to the new version, or back: the rollout, the EA and its membership are held together,
and all that is said of the move is written with it. Locks are taken in that order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from uuid import UUID

from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.fleet import operations
from metafleet.hub.fleet.models import AccountState, EAInstance, Rollout, RolloutMember, RolloutState, Run
from metafleet.hub.fleet.rollouts import fitting, record
from metafleet.hub.fleet.rollouts.books import Standing
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

Outcome = Literal["moved", "waits", "skipped", "not now"]


def choose(rollout_id: UUID, *, tenant_id: UUID, instance_id: UUID, wave: int, why: str) -> bool:
    """Make the EA a member that is to be moved, a canary in wave 0. False where it is one, or no more."""
    with tenant_scope(tenant_id):
        rollout = hold(rollout_id)
        instance = (
            EAInstance.objects.filter(id=instance_id, deleted_at=None).select_related("version").first()
        )
        if rollout.state not in _MOVES or instance is None:
            return False
        _, made = RolloutMember.objects.get_or_create(
            rollout=rollout,
            instance=instance,
            defaults={
                "tenant_id": tenant_id,
                "is_canary": wave == 0,
                "wave": wave,
                "before_version": instance.version,
                "before_inputs": instance.inputs,
            },
        )
        if made and wave == 0:
            record.decision(
                rollout, actor=record.SYSTEM, action="choose", reason=f"{instance.name} goes first: {why}"
            )
        return made


def move(member_id: UUID, *, tenant_id: UUID, standing: Standing, now: datetime) -> Outcome:
    """Give the EA the new version and its inputs; what runs is handed over by the reconciler.

    It waits while it runs and has positions open, unless the rollout does not wait for that. A pause
    stays what it is. Safe to repeat.
    """
    with tenant_scope(tenant_id):
        member = RolloutMember.objects.select_related("rollout").get(id=member_id)
        rollout = hold(member.rollout_id)
        if rollout.state not in _MOVES:
            return "not now"
        instance = _hold_instance(member)
        member = RolloutMember.objects.select_for_update(of=("self",)).get(id=member_id)
        if member.moved_at is not None or member.skip_reason:
            return "not now"
        if instance is None:
            return _skip(rollout, member, None, "It was removed", now)
        fitted = fitting.fit(instance.version, rollout.to_version, instance.inputs)
        if fitted.faults:
            return _skip(rollout, member, instance, fitting.sentence(fitted.faults), now)
        is_at_work = instance.runs.filter(ended_at=None).exists()
        if is_at_work and standing.positions and not rollout.even_with_positions:
            return "waits"
        before = instance.version
        _write_before(member, instance, standing, now)
        # What began before runs knew their version runs the one that is left now.
        Run.objects.filter(instance=instance, ended_at=None, version=None).update(version=before)
        operations.change_version(instance, version=rollout.to_version, inputs=fitted.inputs, now=now)
        _tell_move(rollout, member, instance, before, fitted.changes, now)
        return "moved"


def move_back(member_id: UUID, *, tenant_id: UUID, now: datetime) -> None:
    """Give the EA back the version and the inputs that it had, at once and with what it has open.

    One that was removed, or that has another version by now, is left. Safe to repeat.
    """
    with tenant_scope(tenant_id):
        member = RolloutMember.objects.select_related("rollout").get(id=member_id)
        rollout = hold(member.rollout_id)
        if rollout.state != RolloutState.RETURNING:
            return
        instance = _hold_instance(member)
        member = (
            RolloutMember.objects.select_for_update(of=("self",))
            .select_related("before_version__template")
            .get(id=member_id)
        )
        if member.moved_at is None or member.moved_back_at is not None:
            return
        member.moved_back_at = now
        member.save(update_fields=("moved_back_at", "updated_at"))
        if instance is None or instance.version_id != rollout.to_version_id:
            return
        operations.change_version(
            instance, version=member.before_version, inputs=member.before_inputs, now=now
        )
        record.decision(
            rollout,
            actor=record.SYSTEM,
            action="back",
            reason=f"{instance.name} goes back to {member.before_version.version}",
        )
        detail = {
            "from": rollout.to_version.version,
            "to": member.before_version.version,
            "reason": rollout.reason,
        }
        record.deed(instance, "instance.returned", now, detail)


def hold(rollout_id: UUID) -> Rollout:
    """Return the rollout, its row held until commit. Raises NotFound."""
    found = (
        Rollout.objects.select_for_update(of=("self",))
        .select_related("template", "from_version__template", "to_version__template")
        .filter(id=rollout_id)
        .first()
    )
    if found is None:
        raise NotFound("rollout")
    return found


_MOVES: Collection[str] = (RolloutState.CANARY, RolloutState.PROMOTING)


def _hold_instance(member: RolloutMember) -> EAInstance | None:
    try:
        return operations.lock_instance(tenant_id=member.tenant_id, instance_id=member.instance_id)
    except NotFound:
        return None


def _write_before(member: RolloutMember, instance: EAInstance, standing: Standing, now: datetime) -> None:
    state = AccountState.objects.filter(account_id=instance.account_id).first()
    member.before_version, member.before_inputs = instance.version, instance.inputs
    member.equity_at_move = state.equity if state else None
    member.profit_at_move = member.profit = standing.profit
    member.generation_at_move = instance.generation
    member.moved_at = now
    member.save(
        update_fields=(
            *("before_version", "before_inputs", "equity_at_move", "profit_at_move", "profit"),
            *("generation_at_move", "moved_at", "updated_at"),
        )
    )


def _skip(
    rollout: Rollout, member: RolloutMember, instance: EAInstance | None, why: str, now: datetime
) -> Outcome:
    member.skip_reason = why
    member.save(update_fields=("skip_reason", "updated_at"))
    name = instance.name if instance else "An EA"
    record.decision(rollout, actor=record.SYSTEM, action="skip", reason=f"{name} is left as it is: {why}")
    if instance is not None:
        detail = {"to": rollout.to_version.version, "why": why}
        record.deed(instance, "instance.upgrade_skipped", now, detail)
    return "skipped"


def _tell_move(
    rollout: Rollout,
    member: RolloutMember,
    instance: EAInstance,
    before: EAVersion,
    changes: tuple[str, ...],
    now: datetime,
) -> None:
    to = rollout.to_version.version
    step = "first, to be watched" if member.is_canary else f"in wave {member.wave}"
    record.decision(
        rollout,
        actor=record.SYSTEM,
        action="move",
        reason=f"{instance.name} goes from {before.version} to {to}, {step}",
        figures={"equity": str(member.equity_at_move), "profit": str(member.profit_at_move)},
    )
    detail = {"from": before.version, "to": to, "isCanary": member.is_canary, "inputs": list(changes)}
    record.deed(instance, "instance.upgraded", now, detail)
