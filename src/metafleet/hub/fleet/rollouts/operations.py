"""What a person wants of a rollout: start, promote, roll back, stop. Each is one transaction; the watch
does the rest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from metafleet.hub.catalogue.migrating import check_migration
from metafleet.hub.catalogue.models import EATemplate, EAVersion, VersionState
from metafleet.hub.catalogue.operations import ReleaseMissing, is_runnable
from metafleet.hub.fleet import offers
from metafleet.hub.fleet.errors import NothingToMove, RolloutUnderWay, WrongState
from metafleet.hub.fleet.models import Rollout, RolloutState
from metafleet.hub.fleet.rollouts import record
from metafleet.hub.fleet.rollouts.moving import hold
from metafleet.hub.fleet.rollouts.planning import Affected
from metafleet.hub.fleet.rollouts.verdict import Criteria
from metafleet.hub.kernel import nudges

DEFAULTS: Final = Criteria(max_loss_percent=5.0, max_crashes=2, max_late_heartbeats=10)
WATCH_NAME: Final = "journal.watch_rollouts"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a version is to be rolled out. even_with_positions: EAs are moved before they are flat, too."""

    canaries: int = 1
    watch_minutes: int = 60
    criteria: Criteria = DEFAULTS
    even_with_positions: bool = False
    input_migration: dict[str, Any] | None = None


def check(to: EAVersion, migration: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Return the migration in full, where one is given. Raises WrongState, ReleaseMissing, Malformed
    where this version can be rolled out nowhere, or not with this input migration."""
    what = f"{to.template.name} {to.version}"
    if to.state != VersionState.RELEASED or to.published_at is None:
        raise WrongState(f"{what} is not released. Release it first, then roll it out.")
    if not is_runnable(to):
        raise ReleaseMissing(to.template.slug, to.version)
    return None if migration is None else check_migration(migration, to.input_schema)


def start(*, to: EAVersion, wish: Wish, found: list[Affected], actor: str, now: datetime) -> Rollout:
    """Begin to roll the version out over what was found to run an older one.

    Raises WrongState, ReleaseMissing, Malformed, NothingToMove, RolloutUnderWay.
    """
    migration = check(to, wish.input_migration)
    _check_any_fits(to, found)
    template = EATemplate.objects.select_for_update().get(id=to.template_id)
    if migration is not None:
        EAVersion.objects.filter(id=to.id).update(input_migration=migration)
    rollout = Rollout(
        template=template,
        from_version=_from(template, to, found),
        to_version=to,
        canaries=wish.canaries,
        watch_minutes=wish.watch_minutes,
        criteria=_document(wish.criteria),
        even_with_positions=wish.even_with_positions,
        started_by=actor,
        due_at=now,
    )
    try:
        with transaction.atomic():
            rollout.save(force_insert=True)
    except IntegrityError as error:
        raise RolloutUnderWay(template.name) from error
    fitting = sum(one.fits for one in found)
    why = (
        f"{to.version} for {fitting} of {len(found)} EAs, {wish.canaries} first, "
        f"watched for {wish.watch_minutes} min"
    )
    record.decision(rollout, actor=actor, action="start", reason=why, figures=rollout.criteria)
    _nudge(rollout)
    return rollout


def promote(*, rollout_id: UUID, actor: str, reason: str, now: datetime) -> Rollout:
    """Let all others follow at once, however long the canaries were watched. Raises NotFound, WrongState."""
    rollout = _held(rollout_id, {RolloutState.CANARY}, "promoted")
    return turn(rollout, RolloutState.PROMOTING, actor=actor, reason=reason or "Asked by a person", now=now)


def roll_back(*, rollout_id: UUID, actor: str, reason: str, now: datetime) -> Rollout:
    """Give every EA that was moved what it had before. Also of a rollout that has ended with EAs moved.

    Raises NotFound, WrongState, RolloutUnderWay where another of the template has begun since.
    """
    states = {RolloutState.CANARY, RolloutState.PROMOTING, RolloutState.PROMOTED, RolloutState.STOPPED}
    rollout = _held(rollout_id, states, "rolled back")
    try:
        with transaction.atomic():
            return turn(rollout, RolloutState.RETURNING, actor=actor, reason=reason, now=now)
    except IntegrityError as error:
        raise RolloutUnderWay(rollout.template.name) from error


def stop(*, rollout_id: UUID, actor: str, reason: str, now: datetime) -> Rollout:
    """Leave every EA as it is now, and move none any more. Raises NotFound, WrongState."""
    states = {RolloutState.CANARY, RolloutState.PROMOTING, RolloutState.RETURNING}
    rollout = _held(rollout_id, states, "stopped")
    return turn(rollout, RolloutState.STOPPED, actor=actor, reason=reason or "Asked by a person", now=now)


def turn(
    rollout: Rollout,
    state: RolloutState,
    *,
    actor: str,
    reason: str,
    now: datetime,
    figures: dict[str, Any] | None = None,
) -> Rollout:
    """Bring a held rollout into another state, and say why."""
    is_over = state in _OVER
    rollout.state, rollout.reason, rollout.waiting = state, reason[:300], ""
    rollout.ended_at, rollout.due_at = (now, None) if is_over else (None, now)
    rollout.save(update_fields=("state", "reason", "waiting", "ended_at", "due_at", "updated_at"))
    record.decision(rollout, actor=actor, action=_ACTIONS[state], reason=reason, figures=figures)
    if not is_over:
        _nudge(rollout)
    return rollout


def criteria_of(rollout: Rollout) -> Criteria:
    """Return the limits of the rollout."""
    kept = {**_document(DEFAULTS), **rollout.criteria}
    return Criteria(kept["maxLossPercent"], kept["maxCrashes"], kept["maxLateHeartbeats"])


_OVER: Final = (RolloutState.PROMOTED, RolloutState.ROLLED_BACK, RolloutState.STOPPED)
_ACTIONS: Final = {
    RolloutState.PROMOTING: "promote",
    RolloutState.PROMOTED: "end",
    RolloutState.RETURNING: "roll_back",
    RolloutState.ROLLED_BACK: "end",
    RolloutState.STOPPED: "stop",
}


def _held(rollout_id: UUID, states: set[RolloutState], verb: str) -> Rollout:
    rollout = hold(rollout_id)
    if rollout.state not in states:
        words = RolloutState(rollout.state).value.replace("_", " ")
        what = f"{rollout.template.name} {rollout.to_version.version}"
        raise WrongState(f"The rollout of {what} is {words}, so it cannot be {verb} now. Reload the page.")
    return rollout


def _check_any_fits(to: EAVersion, found: list[Affected]) -> None:
    what = f"{to.template.name} {to.version}"
    if not found:
        raise NothingToMove(f"No EA runs a version older than {what}, so there is nothing to move.")
    if not any(one.fits for one in found):
        fault = found[0].migrated.faults[0].detail
        raise NothingToMove(
            f"The inputs of none of the {len(found)} EAs fit {what}: {fault} Say in its input migration "
            "what becomes of them."
        )


def _from(template: EATemplate, to: EAVersion, found: list[Affected]) -> EAVersion:
    """What new deployments get meanwhile: what was on offer; else the newest that an EA has."""
    before = [one.instance.version for one in found]
    offered = offers.offered_besides(template, to)
    return offered or max(
        before, key=lambda version: (version.published_at is not None, version.published_at)
    )


def _document(criteria: Criteria) -> dict[str, Any]:
    said = asdict(criteria)
    return {
        "maxLossPercent": said["max_loss_percent"],
        "maxCrashes": said["max_crashes"],
        "maxLateHeartbeats": said["max_late_heartbeats"],
    }


def _nudge(rollout: Rollout) -> None:
    nudges.enqueue_on_commit(WATCH_NAME, rollout_id=str(rollout.id))
