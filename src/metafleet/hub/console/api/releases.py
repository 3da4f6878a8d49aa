"""EA releases, for operators: upload a version, see its review, decide, release, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile
from ninja.params.functions import Form as FormParam

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.review import MOST_BYTES
from metafleet.hub.audit import operations as audit
from metafleet.hub.catalogue import queries, records, releases
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import releases as shown
from metafleet.hub.fleet import oversight
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
Detail = shown.EAVersionDetail
MOST_CHANGELOG = 4_000


@router.get("/operator/eas", response=shown.EAReleases)
@needs(Right.AUDIT)
def list_releases(request: HttpRequest) -> shown.EAReleases:
    uses = oversight.uses_of_versions()
    templates: dict[UUID, shown.EATemplateVersions] = {}
    for row in queries.all_versions():
        template = row.template
        found = templates.setdefault(
            template.id,
            shown.EATemplateVersions(
                id=template.id,
                slug=template.slug,
                name=template.name,
                is_shipped=template.slug in EXPERTS,
                versions=[],
            ),
        )
        found.versions.append(shown.EAVersion.model_validate(_fields(row, uses)))
    gap = driver(settings.FLEET_DRIVER).isolation_gap()
    return shown.EAReleases(templates=list(templates.values()), isolation_gap=gap)


@router.post("/operator/eas", response={201: Detail})
@needs(Right.OPERATE)
def upload_version(
    request: HttpRequest,
    file: File[UploadedFile],
    changelog: str = FormParam("", max_length=MOST_CHANGELOG),
) -> Status[Detail]:
    """A new version of the EA that the file's slug names, or a new EA. Its trial begins by itself."""
    who, now = actor(request), clock.now()
    said = changelog.strip().replace("\0", "")
    if not said:
        raise Malformed(Fault("/changelog", "Say what is new in this version: customers read it."))
    # One byte more than is taken: what is larger is refused and never read whole.
    source = file.read(MOST_BYTES + 1)
    with tenant_scope(who.tenant_id):
        row = releases.upload(source=source, changelog=said, actor=who.name, now=now)
        _record(who, "ea.uploaded", row, now)
    return Status(201, _shown(row.id))


@router.get("/operator/eas/versions/{uuid:version_id}", response=Detail)
@needs(Right.AUDIT)
def get_version(request: HttpRequest, version_id: UUID) -> Detail:
    return _shown(version_id)


@router.post("/operator/eas/versions/{uuid:version_id}/approve", response=Detail)
@needs(Right.OPERATE)
def approve_version(request: HttpRequest, version_id: UUID, form: shown.ApproveForm) -> Detail:
    return _decided(request, version_id, "ea.approved", releases.approve, note=form.note)


@router.post("/operator/eas/versions/{uuid:version_id}/refuse", response=Detail)
@needs(Right.OPERATE)
def refuse_version(request: HttpRequest, version_id: UUID, form: shown.ReasonForm) -> Detail:
    return _decided(request, version_id, "ea.refused", releases.refuse, reason=form.reason)


@router.post("/operator/eas/versions/{uuid:version_id}/release", response=Detail)
@needs(Right.OPERATE)
def release_version(request: HttpRequest, version_id: UUID) -> Detail:
    """Customers may deploy it from now on."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = releases.release(version_id=version_id, now=now)
        _record(who, "ea.released", row, now)
    return _shown(version_id)


@router.post("/operator/eas/versions/{uuid:version_id}/withdraw", response=Detail)
@needs(Right.OPERATE)
def withdraw_version(request: HttpRequest, version_id: UUID, form: shown.ReasonForm) -> Detail:
    """Nobody may deploy it any more; what runs goes on."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = releases.withdraw(version_id=version_id, reason=form.reason)
        _record(who, "ea.withdrawn", row, now)
    return _shown(version_id)


def _decided(
    request: HttpRequest, version_id: UUID, action: str, verb: Callable[..., EAVersion], **words: str
) -> Detail:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = verb(version_id=version_id, actor=who.name, now=now, **words)
        _record(who, action, row, now)
    return _shown(version_id)


def _record(who: Actor, action: str, row: EAVersion, now: datetime) -> None:
    """An operator's deed stands in the platform's own record."""
    detail = {"contentHash": row.content_hash, "state": row.state}
    audit.record_of_platform(
        actor=who.name,
        action=action,
        subject=f"{row.template.name} {row.version}",
        subject_id=row.id,
        now=now,
        detail=detail | ({"reason": row.decision} if row.decision else {}),
    )


def _shown(version_id: UUID) -> Detail:
    row = queries.find_version(version_id)
    review = records.read(row.review)
    figures = review.trial.figures if review.trial else None
    trial = None
    if review.trial is not None:
        trial = {
            "progress": review.trial.progress,
            "error": review.trial.error,
            "is_done": review.trial.is_done,
            "figures": _figures(figures) if figures else None,
        }
    return Detail.model_validate(
        _fields(row, oversight.uses_of_versions())
        | {
            "source": row.source,
            "findings": list(review.findings),
            "declared": review.declared,
            "trial": trial,
            "input_schema": row.input_schema,
        }
    )


def _figures(figures: records.TrialFigures) -> dict[str, Any]:
    fields = {name: getattr(figures, name) for name in figures.__struct_fields__}
    return fields | {"equity": [{"time": time, "equity": equity} for time, equity in figures.equity]}


def _fields(row: EAVersion, uses: dict[UUID, oversight.Use]) -> dict[str, Any]:
    review = records.read(row.review)
    use = uses.get(row.id, oversight.Use())
    errors = sum(finding.severity == "error" for finding in review.findings)
    return {
        "id": row.id,
        "slug": row.template.slug,
        "name": row.template.name,
        "version": row.version,
        "state": row.state,
        "is_uploaded": bool(row.uploaded_by),
        "content_hash": row.content_hash,
        "changelog": row.changelog,
        "uploaded_by": row.uploaded_by,
        "reviewed_by": row.reviewed_by,
        "reviewed_at": row.reviewed_at,
        "decision": row.decision,
        "published_at": row.published_at,
        "created_at": row.created_at,
        "errors": errors,
        "warnings": len(review.findings) - errors,
        "trial_progress": review.trial.progress if review.trial else None,
        "instances": use.instances,
        "active": use.active,
    }
