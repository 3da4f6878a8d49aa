"""The EAs that may be deployed."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from metafleet.hub.billing import operations as billing
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.console import present, schemas
from metafleet.hub.console.access import actor, needs
from metafleet.hub.fleet import offers
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/templates", response=list[schemas.Template])
@needs(Right.READ)
def list_templates(request: HttpRequest) -> list[schemas.Template]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        plan = billing.plan_of(tenant_id=who.tenant_id)
        return [present.template(row, version, plan) for row, version in offers.all_offered()]


@router.get("/templates/{slug:slug}", response=schemas.Template)
@needs(Right.READ)
def get_template(request: HttpRequest, slug: str) -> schemas.Template:
    who = actor(request)
    row = catalogue.template_by_slug(slug)
    version = offers.offered(row) if row else None
    if row is None or version is None:
        raise NotFound("EA")
    with tenant_scope(who.tenant_id):
        return present.template(row, version, billing.plan_of(tenant_id=who.tenant_id))


@router.get("/templates/{slug:slug}/versions", response=list[schemas.ReleasedVersion])
@needs(Right.READ)
def list_versions(request: HttpRequest, slug: str) -> list[schemas.ReleasedVersion]:
    """Every version that is or was on offer, newest first."""
    actor(request)
    row = catalogue.template_by_slug(slug)
    found = catalogue.released_versions(row) if row else []
    if not found:
        raise NotFound("EA")
    return [schemas.ReleasedVersion.model_validate(version) for version in found]
