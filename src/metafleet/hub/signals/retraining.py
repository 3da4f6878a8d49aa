"""Verbs on trainings: ask for one, say when they come by themselves; claim, finish, fail. A transaction each.

What came of a training is a version that the gate has judged: a challenger where it passed, beside the
champion and seen by nobody; else a draft. It becomes the champion by a person's word, or by itself only where
an operator has said so beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q

from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel import nudges
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.signals import files, recipes, registry
from metafleet.hub.signals.errors import AlreadyRegistered, FileRefused, NoVersion, RetrainingUnderWay
from metafleet.hub.signals.models import Model, ModelVersion, Retraining, RetrainingState, VersionState

SYSTEM: Final = "system:retraining"
SCHEDULED: Final = "Its schedule said so."
LEASE: Final = timedelta(seconds=60)
"""Renewed every few seconds: a worker that was killed is noticed when it has run out."""
MOST_ATTEMPTS: Final = 2
_OPEN: Final = (RetrainingState.QUEUED, RetrainingState.RUNNING)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to train until the lease ends. spec: of the version that is trained anew; trials_before:
    how many versions there were, for which the evidence is deflated."""

    retraining_id: UUID
    attempt: int
    name: str
    spec: dict[str, Any]
    recipe: recipes.Recipe
    trials_before: int


def set_schedule(
    *,
    model_id: UUID,
    every_days: int | None,
    promotes_by_itself: bool,
    recipe: recipes.Recipe,
    actor: str,
    now: datetime,
) -> Model:
    """Say how often a model is trained again, and whether what passes the gate serves at once.

    every_days: None for never by itself; else the first time is so many days from now. Raises NotFound.
    """
    with transaction.atomic():
        model = _lock(model_id)
        before = {"everyDays": model.retrain_every_days, "promotesByItself": model.promotes_by_itself}
        model.retrain_every_days, model.promotes_by_itself = every_days, promotes_by_itself
        model.retrain_due_at = None if every_days is None else now + timedelta(days=every_days)
        model.recipe = msgspec.to_builtins(recipe)
        model.save(
            update_fields=(
                *("retrain_every_days", "promotes_by_itself", "retrain_due_at", "recipe", "updated_at"),
            )
        )
        after = {"everyDays": every_days, "promotesByItself": promotes_by_itself}
        audit.record_of_platform(
            actor=actor,
            action="model.schedule_set",
            subject=model.name,
            subject_id=model.id,
            now=now,
            changes={name: [before[name], value] for name, value in after.items() if before[name] != value},
        )
    return model


def ask(*, model_id: UUID, reason: str, actor: str, now: datetime) -> Retraining:
    """Train a model again as soon as a worker has time. Raises NotFound, NoVersion, RetrainingUnderWay."""
    with transaction.atomic():
        model = _lock(model_id)
        row = _begin(model, reason, actor, now)
        audit.record_of_platform(
            actor=actor,
            action="model.retraining_asked",
            subject=model.name,
            subject_id=model.id,
            now=now,
            detail={"reason": reason},
        )
    return row


def begin_due(*, now: datetime) -> list[Retraining]:
    """Begin the trainings whose time has come; one whose model is being trained waits for its next time."""
    due = Model.objects.filter(retrain_due_at__lte=now).values_list("id", flat=True)
    begun = []
    for model_id in list(due):
        with transaction.atomic():
            model = _lock(model_id)
            if model.retrain_due_at is None or model.retrain_due_at > now or not model.retrain_every_days:
                continue
            model.retrain_due_at = now + timedelta(days=model.retrain_every_days)
            model.save(update_fields=("retrain_due_at", "updated_at"))
            try:
                with transaction.atomic():
                    begun.append(_begin(model, SCHEDULED, SYSTEM, now))
            except (RetrainingUnderWay, NoVersion):
                continue
    return begun


def due(*, now: datetime, most: int) -> list[UUID]:
    """Return which trainings wait for a worker, or were left by a killed one."""
    rows = Retraining.objects.filter(due_at__lte=now).order_by("due_at")
    return list(rows.values_list("id", flat=True)[:most])


def claim(*, retraining_id: UUID, now: datetime) -> Claim | None:
    """Take the lease; None where it is not due. One that was stopped twice in the middle has failed."""
    with transaction.atomic():
        row = Retraining.objects.select_for_update().filter(id=retraining_id, due_at__lte=now).first()
        if row is None or row.state not in _OPEN:
            return None
        if row.attempts >= MOST_ATTEMPTS:
            _end(row, RetrainingState.FAILED, "What trained it was stopped twice in the middle.", now)
            return None
        row.state, row.started_at = RetrainingState.RUNNING, now
        row.attempts += 1
        row.lease_until = row.due_at = now + LEASE
        row.save()
        model = row.model
        return Claim(
            retraining_id=row.id,
            attempt=row.attempts,
            name=model.name,
            spec=_basis(model).spec,
            recipe=recipes.read(model.recipe),
            trials_before=model.versions.count(),
        )


def renew(held: Claim, *, now: datetime) -> bool:
    """Say that it goes on; False where it is not ours any more."""
    until = now + LEASE
    return bool(_held(held).update(lease_until=until, due_at=until, updated_at=now))


def finish(held: Claim, content: bytes, *, now: datetime) -> Retraining | None:
    """Keep what came out as a version, and say what became of it. None where it is not ours any more."""
    with transaction.atomic():
        row = _held(held).select_for_update().first()
        if row is None:
            return None
        try:
            version = registry.register(content=content, actor=SYSTEM, now=now, origin="retraining")
        except AlreadyRegistered as known:
            return _end(row, RetrainingState.DONE, f"Nothing new came of it. {known.detail}", now)
        except FileRefused as refused:
            return _end(row, RetrainingState.FAILED, refused.detail, now)
        row.version, outcome = _place(version, now)
        return _end(row, RetrainingState.DONE, outcome, now)


def fail(held: Claim, why: str, *, now: datetime) -> Retraining | None:
    """Write why nothing came out. None where it is not ours any more."""
    with transaction.atomic():
        row = _held(held).select_for_update().first()
        return None if row is None else _end(row, RetrainingState.FAILED, why, now)


def _place(version: ModelVersion, now: datetime) -> tuple[ModelVersion, str]:
    """Put a new version where its gate and the operator's word let it; return it, and that in a sentence."""
    verdict = files.verdict_of(version.card)
    if not version.is_promoted_by_gate:
        return version, f"Version {version.number} stays a draft: {verdict}"
    if version.model.promotes_by_itself:
        version = registry.promote(version_id=version.id, actor=SYSTEM, note=verdict[:500], now=now)
        return version, f"Version {version.number} is the champion, as an operator wants it: {verdict}"
    version = registry.challenge(version_id=version.id, actor=SYSTEM, now=now)
    return version, f"Version {version.number} challenges, and waits for a person's word: {verdict}"


def _begin(model: Model, reason: str, actor: str, now: datetime) -> Retraining:
    _basis(model)
    row = Retraining(model=model, reason=reason, asked_by=actor, due_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise RetrainingUnderWay(model.name) from error
    nudges.enqueue_on_commit("signals.retrain", retraining_id=str(row.id))
    return row


def _basis(model: Model) -> ModelVersion:
    """Return the version that is trained anew: the champion, or the newest. Raises NoVersion."""
    found = model.versions.filter(Q(state=VersionState.CHAMPION)).defer("file").first()
    found = found or model.versions.order_by("-number").defer("file").first()
    if found is None:
        raise NoVersion(model.name)
    return found


def _end(row: Retraining, state: RetrainingState, outcome: str, now: datetime) -> Retraining:
    row.state, row.outcome, row.finished_at = state, outcome[:500], now
    row.due_at = row.lease_until = None
    row.save()
    return row


def _held(held: Claim) -> Any:
    return Retraining.objects.filter(
        id=held.retraining_id, attempts=held.attempt, state=RetrainingState.RUNNING
    )


def _lock(model_id: UUID) -> Model:
    model = Model.objects.select_for_update().filter(id=model_id).first()
    if model is None:
        raise NotFound("model")
    return model
