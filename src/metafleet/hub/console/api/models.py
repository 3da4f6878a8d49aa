"""Models of the Brain: everybody sees them and their cards; operators register, promote and train them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Status
from ninja.files import UploadedFile

from metafleet.brain.evidence import stability_word
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.console import files
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import models as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.signals import queries, recipes, registry, retraining, stores
from metafleet.hub.signals.files import MOST_BYTES, verdict_of
from metafleet.hub.signals.models import Model, ModelHealth, ModelVersion, Retraining

router = Router(by_alias=True)
Detail = shown.ModelVersionDetail
_CSV = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
_FILE = {
    "responses": {
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    }
}
_DECAY = (
    *("day", "signals", "judged", "hits", "hit_ratio", "hit_low", "hit_high", "expected_hit_ratio"),
    *("mean_return_bps", "scored", "brier", "calibration_gap", "calibration_p", "psi", "psi_feature"),
)
_BPS = 10_000


@router.get("/models", response=list[shown.Model])
@needs(Right.READ, takes_limited_keys=False)
def list_models(request: HttpRequest) -> list[shown.Model]:
    """All models, by name, with who serves and who challenges."""
    plan = _plan(actor(request))
    rows = list(queries.models())
    versions = list(queries.versions(row.id for row in rows))
    health = queries.health(one.id for one in versions)
    return [shown.Model(**_fields(row, versions, health, plan)) for row in rows]


@router.post("/models", response={201: Detail})
@needs(Right.OPERATE)
def register_model(request: HttpRequest, file: File[UploadedFile]) -> Status[Detail]:
    """The next version of the model that the file names, or a new model. It is a draft."""
    # One byte more than is taken: what is larger is refused and never read whole.
    content = file.read(MOST_BYTES + 1)
    row = registry.register(content=content, actor=actor(request).name, now=clock.now())
    return Status(201, _detail(row.id))


@router.get("/models/{uuid:model_id}", response=shown.ModelDetail)
@needs(Right.READ, takes_limited_keys=False)
def get_model(request: HttpRequest, model_id: UUID) -> shown.ModelDetail:
    return _model(actor(request), model_id)


@router.post("/models/{uuid:model_id}/roll-back", response=shown.ModelDetail)
@needs(Right.OPERATE)
def roll_model_back(request: HttpRequest, model_id: UUID, form: shown.ModelReasonForm) -> shown.ModelDetail:
    """The champion of before is the champion again."""
    who = actor(request)
    registry.roll_back(model_id=model_id, actor=who.name, reason=form.reason, now=clock.now())
    return _model(who, model_id)


@router.put("/models/{uuid:model_id}/plan", response=shown.ModelDetail)
@needs(Right.OPERATE)
def open_model_to_plan(request: HttpRequest, model_id: UUID, form: shown.ModelPlanForm) -> shown.ModelDetail:
    """Which plan a customer needs at least, to be served."""
    who = actor(request)
    registry.open_to_plan(model_id=model_id, plan=form.required_plan, actor=who.name, now=clock.now())
    return _model(who, model_id)


@router.put("/models/{uuid:model_id}/schedule", response=shown.ModelDetail)
@needs(Right.OPERATE)
def schedule_model(request: HttpRequest, model_id: UUID, form: shown.ScheduleForm) -> shown.ModelDetail:
    """How often it is trained again, on which bars, and whether what passes its gate serves at once."""
    who = actor(request)
    retraining.set_schedule(
        model_id=model_id,
        every_days=form.every_days,
        promotes_by_itself=form.promotes_by_itself,
        recipe=recipes.Recipe(**form.recipe.model_dump()),
        actor=who.name,
        now=clock.now(),
    )
    return _model(who, model_id)


@router.post("/models/{uuid:model_id}/retrain", response={202: shown.Retraining})
@needs(Right.OPERATE)
def retrain_model(
    request: HttpRequest, model_id: UUID, form: shown.ModelReasonForm
) -> Status[shown.Retraining]:
    """Train it again as soon as a worker has time."""
    who = actor(request)
    row = retraining.ask(model_id=model_id, reason=form.reason, actor=who.name, now=clock.now())
    return Status(202, _retraining(row))


@router.get("/models/versions/{uuid:version_id}", response=Detail)
@needs(Right.READ, takes_limited_keys=False)
def get_model_version(request: HttpRequest, version_id: UUID) -> Detail:
    """A version with its card."""
    return _detail(version_id)


@router.get("/models/versions/{uuid:version_id}/file", openapi_extra=_FILE)
@needs(Right.AUDIT)
def download_model_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The file, to look at or to export: `metafleet brain export`."""
    row = queries.find_version(version_id)
    content = queries.file_of(version_id, stores.store_of(settings.MODEL_STORE))
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{row.model.name}-{row.number}.mfm"'
    return response


@router.get("/models/versions/{uuid:version_id}/decay", response=list[shown.ModelHealth])
@needs(Right.READ, takes_limited_keys=False)
def get_model_decay(request: HttpRequest, version_id: UUID) -> list[shown.ModelHealth]:
    """How it stood on each day, the oldest first."""
    queries.find_version(version_id)
    return [_health(row) for row in queries.decay(version_id)]


@router.get("/models/versions/{uuid:version_id}/decay.csv", openapi_extra=_CSV)
@needs(Right.READ, takes_limited_keys=False)
def export_model_decay(request: HttpRequest, version_id: UUID) -> HttpResponse:
    row = queries.find_version(version_id)
    page = [_health(one).model_dump() for one in queries.decay(version_id)]
    page = [one | {"day": one["day"].isoformat()} for one in page]
    response = HttpResponse(b"".join(files.csv_pages(_DECAY, [page])), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.model.name}-{row.number}-decay.csv"'
    return response


@router.post("/models/versions/{uuid:version_id}/challenge", response=Detail)
@needs(Right.OPERATE)
def challenge_with_version(request: HttpRequest, version_id: UUID) -> Detail:
    """It is served in the champion's shadow: kept and scored, handed out to nobody."""
    registry.challenge(version_id=version_id, actor=actor(request).name, now=clock.now())
    return _detail(version_id)


@router.post("/models/versions/{uuid:version_id}/promote", response=Detail)
@needs(Right.OPERATE)
def promote_version(request: HttpRequest, version_id: UUID, form: shown.ModelNoteForm) -> Detail:
    """Its signals are handed out from now on. Refused where its own card's gate is shut."""
    who = actor(request)
    registry.promote(version_id=version_id, actor=who.name, note=form.note, now=clock.now())
    return _detail(version_id)


@router.post("/models/versions/{uuid:version_id}/retire", response=Detail)
@needs(Right.OPERATE)
def retire_version(request: HttpRequest, version_id: UUID, form: shown.ModelReasonForm) -> Detail:
    """It is served no more."""
    who = actor(request)
    registry.retire(version_id=version_id, actor=who.name, reason=form.reason, now=clock.now())
    return _detail(version_id)


def _plan(who: Actor) -> Plan:
    with tenant_scope(who.tenant_id):
        return billing.plan_of(tenant_id=who.tenant_id)


def _model(who: Actor, model_id: UUID) -> shown.ModelDetail:
    row = queries.find_model(model_id)
    versions = list(queries.versions([model_id]))
    health = queries.health(one.id for one in versions)
    return shown.ModelDetail(
        **_fields(row, versions, health, _plan(who)),
        all_versions=[_version(one, health) for one in versions],
        retrainings=[_retraining(one) for one in queries.retrainings(model_id)[:50]],
        recipe=shown.RecipeFields.model_validate(recipes.read(row.recipe)),
    )


def _fields(
    row: Model, versions: list[ModelVersion], health: Mapping[UUID, ModelHealth], plan: Plan
) -> dict[str, Any]:
    own = [one for one in versions if one.model_id == row.id]
    by_state = {one.state: _version(one, health) for one in own}
    newest = queries.retrainings(row.id).first()
    return {
        "id": row.id,
        "name": row.name,
        "symbols": row.symbols,
        "timeframe": row.timeframe,
        "required_plan": row.required_plan,
        "is_open": plan.active_limit > 0 and PLANS[PlanCode(row.required_plan)].rank <= plan.rank,
        "champion": by_state.get("champion"),
        "challenger": by_state.get("challenger"),
        "versions": len(own),
        "retrain_every_days": row.retrain_every_days,
        "retrain_due_at": row.retrain_due_at,
        "promotes_by_itself": row.promotes_by_itself,
        "retraining": _retraining(newest) if newest else None,
        "created_at": row.created_at,
    }


def _version_fields(row: ModelVersion, health: Mapping[UUID, ModelHealth]) -> dict[str, Any]:
    names = (
        *("id", "model_id", "number", "state", "content_hash", "symbols", "timeframe", "origin", "made_by"),
        *("promoted_at", "promoted_by", "retired_at", "note", "size", "created_at"),
    )
    found = health.get(row.id)
    return {name: getattr(row, name) for name in names} | {
        "model_name": row.model.name,
        "gate_passed": row.is_promoted_by_gate,
        "health": _health(found) if found else None,
    }


def _version(row: ModelVersion, health: Mapping[UUID, ModelHealth]) -> shown.ModelVersion:
    return shown.ModelVersion(**_version_fields(row, health))


def _detail(version_id: UUID) -> Detail:
    row = queries.find_version(version_id)
    fields = _version_fields(row, queries.health([version_id]))
    return Detail(**fields, gate_verdict=verdict_of(row.card), card=row.card, spec=row.spec)


def _retraining(row: Retraining) -> shown.Retraining:
    names = (
        *("id", "model_id", "reason", "asked_by", "state", "version_id", "outcome", "created_at"),
        *("started_at", "finished_at"),
    )
    number = row.version.number if row.version else None
    return shown.Retraining(**{name: getattr(row, name) for name in names}, version_number=number)


def _health(row: ModelHealth) -> shown.ModelHealth:
    names = (
        *("day", "signals", "judged", "hits", "hit_low", "hit_high", "scored", "brier", "calibration_gap"),
        *("calibration_p", "is_decayed", "psi", "psi_feature", "psi_features"),
    )
    judged = row.judged or None
    return shown.ModelHealth(
        **{name: getattr(row, name) for name in names},
        hit_ratio=row.hits / judged if judged else None,
        expected_hit_ratio=row.expected_hits / judged if judged and row.expected_hits is not None else None,
        mean_return_bps=None if row.mean_return is None else row.mean_return * _BPS,
        stability=None if row.psi is None else stability_word(row.psi),
    )
