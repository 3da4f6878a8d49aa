"""Verbs on models and their versions: register, challenge, promote, roll back, retire, put on a plan.

One transaction each, with the model's row held, so that two of them see each other. What they did stands in
the platform's record. Which version is served the gateways see within a second (`serving.shelf`).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from metafleet.hub.audit import operations as audit
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound
from metafleet.hub.signals import files
from metafleet.hub.signals.errors import (
    AlreadyRegistered,
    FileRefused,
    GateShut,
    NothingToRollBackTo,
    VersionWrongState,
)
from metafleet.hub.signals.models import Model, ModelVersion, VersionState

Origin = Literal["upload", "retraining"]
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def register(*, content: bytes, actor: str, now: datetime, origin: Origin = "upload") -> ModelVersion:
    """Keep a file as the next version of the model that its spec names, made where there is none: a draft.

    Raises FileRefused, AlreadyRegistered.
    """
    file = files.read(content)
    if not _NAME.fullmatch(file.name):
        raise FileRefused(
            f"The model's name is {file.name!r}. Take small letters, digits, - and _, 60 at most."
        )
    with transaction.atomic():
        model = _model_named(file)
        if known := ModelVersion.objects.filter(content_hash=file.content_hash).defer("file").first():
            raise AlreadyRegistered(known)
        newest = model.versions.aggregate(newest=Max("number"))["newest"] or 0
        version = ModelVersion(
            model=model,
            number=newest + 1,
            content_hash=file.content_hash,
            symbols=list(file.symbols),
            timeframe=file.timeframe,
            spec=file.spec,
            card=file.card,
            file=file.content,
            size=len(file.content),
            origin=origin,
            made_by=actor,
            is_promoted_by_gate=file.is_promoted,
        )
        version.save(force_insert=True)
        if not model.versions.filter(state=VersionState.CHAMPION).exists():
            _follow(model, version)
        detail = {"contentHash": version.content_hash, "gate": file.is_promoted, "origin": origin}
        _record(version, actor, "model.registered", now, **detail)
    return version


def challenge(*, version_id: UUID, actor: str, now: datetime) -> ModelVersion:
    """Serve a draft in the champion's shadow; the challenger of before is retired.

    Its signals are kept and scored, and handed out to nobody. Raises NotFound, VersionWrongState.
    """
    with transaction.atomic():
        version = _lock(version_id)
        if version.state not in {VersionState.DRAFT, VersionState.RETIRED}:
            raise VersionWrongState(version, "a draft or retired")
        before = version.model.versions.filter(state=VersionState.CHALLENGER)
        for other in before.defer("file"):
            _retire(other, f"Version {version.number} challenges in its place.", now)
        version.state, version.note, version.retired_at = VersionState.CHALLENGER, "", None
        version.save(update_fields=("state", "note", "retired_at", "updated_at"))
        _record(version, actor, "model.challenger", now)
    return version


def promote(*, version_id: UUID, actor: str, note: str, now: datetime) -> ModelVersion:
    """Make a version the champion, whose signals are handed out; the one of before is retired.

    Raises NotFound, VersionWrongState, GateShut with the card's own reason.
    """
    with transaction.atomic():
        version = _lock(version_id)
        if version.state == VersionState.CHAMPION:
            raise VersionWrongState(version, "a draft, a challenger or retired")
        if not version.is_promoted_by_gate:
            raise GateShut(version, files.verdict_of(version.card))
        _crown(version, actor, note, now)
        _record(version, actor, "model.promoted", now, note=note)
    return version


def roll_back(*, model_id: UUID, actor: str, reason: str, now: datetime) -> ModelVersion:
    """Make the newest champion of before the champion again; the one of now is retired.

    Of before is what has a smaller number: rolled back twice it goes back twice. Raises NotFound,
    NothingToRollBackTo.
    """
    with transaction.atomic():
        model = _lock_model(model_id)
        were = model.versions.filter(promoted_at__isnull=False).order_by("-number").defer("file")
        champion = model.versions.filter(state=VersionState.CHAMPION).defer("file").first()
        if champion is not None:
            were = were.filter(number__lt=champion.number)
        before = were.first()
        if before is None:
            raise NothingToRollBackTo(model.name)
        _crown(before, actor, reason, now)
        _record(before, actor, "model.rolled_back", now, reason=reason)
    return before


def retire(*, version_id: UUID, actor: str, reason: str, now: datetime) -> ModelVersion:
    """Serve a version no more. Raises NotFound, VersionWrongState."""
    with transaction.atomic():
        version = _lock(version_id)
        if version.state == VersionState.RETIRED:
            raise VersionWrongState(version, "not retired")
        _retire(version, reason, now)
        _record(version, actor, "model.retired", now, reason=reason)
    return version


def open_to_plan(*, model_id: UUID, plan: str, actor: str, now: datetime) -> Model:
    """Say which plan a tenant needs at least, to be served by a model. Raises NotFound, Malformed."""
    if plan not in PlanCode.values:
        raise Malformed(Fault("/requiredPlan", f"There is no plan {plan!r}."))
    with transaction.atomic():
        model = _lock_model(model_id)
        before, model.required_plan = model.required_plan, plan
        model.save(update_fields=("required_plan", "updated_at"))
        audit.record_of_platform(
            actor=actor,
            action="model.opened_to_plan",
            subject=model.name,
            subject_id=model.id,
            now=now,
            changes={"requiredPlan": [before, plan]},
        )
    return model


def _crown(version: ModelVersion, actor: str, note: str, now: datetime) -> None:
    """The one before goes first: there is one champion at a time, and the database sees to it."""
    for other in version.model.versions.filter(state=VersionState.CHAMPION).defer("file"):
        _retire(other, f"Version {version.number} took its place.", now)
    version.state, version.note, version.retired_at = VersionState.CHAMPION, note, None
    version.promoted_at, version.promoted_by = now, actor
    version.save(update_fields=("state", "note", "retired_at", "promoted_at", "promoted_by", "updated_at"))
    _follow(version.model, version)


def _retire(version: ModelVersion, why: str, now: datetime) -> None:
    version.state, version.note, version.retired_at = VersionState.RETIRED, why[:500], now
    version.save(update_fields=("state", "note", "retired_at", "updated_at"))


def _follow(model: Model, version: ModelVersion) -> None:
    model.symbols, model.timeframe = version.symbols, version.timeframe
    model.save(update_fields=("symbols", "timeframe", "updated_at"))


def _model_named(file: files.ModelFile) -> Model:
    """Return the model of the name, its row held."""
    Model.objects.get_or_create(
        name=file.name, defaults={"symbols": list(file.symbols), "timeframe": file.timeframe}
    )
    return Model.objects.select_for_update().get(name=file.name)


def _lock_model(model_id: UUID) -> Model:
    model = Model.objects.select_for_update().filter(id=model_id).first()
    if model is None:
        raise NotFound("model")
    return model


def _lock(version_id: UUID) -> ModelVersion:
    """The model first: what is done to one of its versions waits for what is done to another."""
    model_id = ModelVersion.objects.filter(id=version_id).values_list("model_id", flat=True).first()
    if model_id is None:
        raise NotFound("model version")
    model = _lock_model(model_id)
    version = ModelVersion.objects.defer("file").get(id=version_id)
    version.model = model
    return version


def _record(version: ModelVersion, actor: str, action: str, now: datetime, **detail: Any) -> None:
    audit.record_of_platform(
        actor=actor,
        action=action,
        subject=f"{version.model.name} {version.number}",
        subject_id=version.model_id,
        now=now,
        detail=detail,
    )
