"""Rollouts, for operators: preview, start, look, promote, roll back, stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query as QueryParam

from metafleet.hub.audit import operations as audit
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import ProblemItem
from metafleet.hub.console.schemas import rollouts as shown
from metafleet.hub.fleet.models import Rollout, RolloutDecision
from metafleet.hub.fleet.rollouts import operations, planning, queries
from metafleet.hub.fleet.rollouts.planning import Affected
from metafleet.hub.fleet.rollouts.verdict import Criteria
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal.standings import standings
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
Detail = shown.RolloutDetail
MOST_AFFECTED: Final = 500


@router.get("/operator/rollouts", response=list[shown.Rollout])
@needs(Right.AUDIT)
def list_rollouts(request: HttpRequest, limit: int = QueryParam(100, ge=1, le=500)) -> list[shown.Rollout]:
    """Newest first."""
    return [shown.Rollout.model_validate(_fields(*found)) for found in queries.newest(limit)]


@router.post("/operator/rollouts/preview", response=shown.RolloutPreview)
@needs(Right.AUDIT)
def preview_rollout(request: HttpRequest, form: shown.RolloutPreviewForm) -> shown.RolloutPreview:
    """Who would move, who would go first, and whose inputs do not fit; nothing is changed."""
    to = catalogue.find_version(form.version_id)
    migration = operations.check(to, _migration(form))
    found = planning.affected(to, canaries=form.canaries, books=standings, migration=migration)
    return shown.RolloutPreview(
        version_id=to.id,
        version=to.version,
        template_name=to.template.name,
        total=len(found),
        fitting=sum(one.fits for one in found),
        input_migration=to.input_migration,
        affected=[_affected(one) for one in found[:MOST_AFFECTED]],
    )


@router.post("/operator/rollouts", response={201: Detail})
@needs(Right.OPERATE)
def start_rollout(request: HttpRequest, form: shown.RolloutForm) -> Status[Detail]:
    who, now = actor(request), clock.now()
    to = catalogue.find_version(form.version_id)
    wish = operations.Wish(
        canaries=form.canaries,
        watch_minutes=form.watch_minutes,
        criteria=Criteria(form.max_loss_percent, form.max_crashes, form.max_late_heartbeats),
        even_with_positions=form.even_with_positions,
        input_migration=operations.check(to, _migration(form)),
    )
    found = planning.affected(to, canaries=form.canaries, books=standings, migration=wish.input_migration)
    with tenant_scope(who.tenant_id):
        row = operations.start(to=to, wish=wish, found=found, actor=who.name, now=now)
        _record(who, "rollout.started", row, now, "")
    return Status(201, _shown(row.id))


@router.get("/operator/rollouts/{uuid:rollout_id}", response=Detail)
@needs(Right.AUDIT)
def get_rollout(request: HttpRequest, rollout_id: UUID) -> Detail:
    return _shown(rollout_id)


@router.post("/operator/rollouts/{uuid:rollout_id}/promote", response=Detail)
@needs(Right.OPERATE)
def promote_rollout(request: HttpRequest, rollout_id: UUID, form: shown.RolloutReasonForm) -> Detail:
    """Let all others follow now, without waiting for the canaries' time to be over."""
    return _turned(request, rollout_id, "rollout.promoted", operations.promote, form.reason)


@router.post("/operator/rollouts/{uuid:rollout_id}/roll-back", response=Detail)
@needs(Right.OPERATE)
def roll_back(request: HttpRequest, rollout_id: UUID, form: shown.RollBackForm) -> Detail:
    """Give every EA that was moved its version and inputs of before."""
    return _turned(request, rollout_id, "rollout.rolled_back", operations.roll_back, form.reason)


@router.post("/operator/rollouts/{uuid:rollout_id}/stop", response=Detail)
@needs(Right.OPERATE)
def stop_rollout(request: HttpRequest, rollout_id: UUID, form: shown.RolloutReasonForm) -> Detail:
    """Leave every EA as it is now."""
    return _turned(request, rollout_id, "rollout.stopped", operations.stop, form.reason)


def _turned(
    request: HttpRequest, rollout_id: UUID, action: str, verb: Callable[..., Rollout], reason: str
) -> Detail:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = verb(rollout_id=rollout_id, actor=who.name, reason=reason, now=now)
        _record(who, action, row, now, reason)
    return _shown(rollout_id)


def _record(who: Actor, action: str, row: Rollout, now: datetime, reason: str) -> None:
    """An operator's deed stands in the platform's own record."""
    audit.record_of_platform(
        actor=who.name,
        action=action,
        subject=f"{row.template.name} {row.to_version.version}",
        subject_id=row.id,
        now=now,
        detail={"reason": reason} if reason else {},
    )


def _migration(form: shown.RolloutPreviewForm) -> dict[str, Any] | None:
    return None if form.input_migration is None else form.input_migration.model_dump()


def _affected(one: Affected) -> shown.AffectedEA:
    row = one.instance
    return shown.AffectedEA(
        instance_id=row.id,
        name=row.name,
        tenant=one.tenant,
        account_label=row.account.label,
        symbol=row.symbol,
        version=row.version.version,
        state=row.state,  # type: ignore[arg-type]
        desired_state=row.desired_state,  # type: ignore[arg-type]
        is_canary=one.is_canary,
        fits=one.fits,
        faults=[ProblemItem(pointer=fault.pointer, detail=fault.detail) for fault in one.migrated.faults],
        changes=list(one.migrated.changes),
        positions=one.standing.positions,
        equity=None if one.equity is None else float(one.equity),
        currency=row.account.currency,
        can_return=one.can_return,
    )


def _shown(rollout_id: UUID) -> Detail:
    row, counts = queries.find(rollout_id)
    return Detail.model_validate(
        _fields(row, counts)
        | {
            "changelog": row.to_version.changelog,
            "input_migration": row.to_version.input_migration,
            "members": [_member(one) for one in queries.members(row, clock.now())],
            "decisions": [_decision(one) for one in queries.decisions(row)],
        }
    )


def _fields(row: Rollout, counts: queries.Counts) -> dict[str, Any]:
    criteria = operations.criteria_of(row)
    is_watched = row.state == "canary" and counts.proved_at is not None
    return {
        **{name: getattr(row, name) for name in _SAME},
        "template_slug": row.template.slug,
        "template_name": row.template.name,
        "from_version": row.from_version.version,
        "to_version": row.to_version.version,
        "max_loss_percent": criteria.max_loss_percent,
        "max_crashes": criteria.max_crashes,
        "max_late_heartbeats": criteria.max_late_heartbeats,
        "started_at": row.created_at,
        "proved_at": counts.proved_at,
        "watched_until": (
            counts.proved_at + timedelta(minutes=row.watch_minutes)
            if is_watched and counts.proved_at
            else None
        ),
        **{name: getattr(counts, name) for name in ("chosen", "moved", "skipped", "back", "left")},
    }


_SAME: Final = (
    *("id", "to_version_id", "state", "canaries", "watch_minutes", "even_with_positions", "wave"),
    *("waiting", "reason", "started_by", "ended_at"),
)


def _member(one: queries.MemberSeen) -> dict[str, Any]:
    row, instance = one.member, one.member.instance
    is_known = row.profit is not None and row.profit_at_move is not None
    return {
        "id": row.id,
        "instance_id": instance.id,
        "name": instance.name,
        "tenant": one.tenant,
        "account_label": instance.account.label,
        "symbol": instance.symbol,
        "currency": instance.account.currency,
        "is_canary": row.is_canary,
        "wave": row.wave,
        "before_version": row.before_version.version,
        "version": instance.version.version,
        "before_inputs": row.before_inputs,
        "inputs": instance.inputs,
        "state": instance.state,
        "desired_state": instance.desired_state,
        "status_text": instance.last_error or instance.status_text,
        "moved_at": row.moved_at,
        "proved_at": row.proved_at,
        "moved_back_at": row.moved_back_at,
        "skip_reason": row.skip_reason,
        "equity_at_move": None if row.equity_at_move is None else float(row.equity_at_move),
        "result": float(row.profit - row.profit_at_move) if is_known else None,  # type: ignore[operator]
        "loss_percent": one.loss_percent,
        "crashes": one.crashes,
        "late_heartbeats": row.late_heartbeats,
        "heartbeat_at": one.heartbeat_at,
        "curve": [{"time": int(at.timestamp()), "result": float(made)} for at, made in one.curve],
    }


def _decision(row: RolloutDecision) -> dict[str, Any]:
    told = ("id", "actor", "action", "reason", "figures")
    return {"at": row.created_at, **{name: getattr(row, name) for name in told}}
