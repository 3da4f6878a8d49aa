"""Public pages of how a fleet is: made and revoked by its owner, read by whoever has the link."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from metafleet.hub.console import throttle
from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.schemas import status_pages as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import status_pages
from metafleet.hub.monitor.models import IncidentState

router = Router(by_alias=True)
_STATES: Final[dict[str, Literal["operational", "degraded", "incident"]]] = {
    "": "operational",
    "info": "operational",
    "warning": "degraded",
    "critical": "incident",
}


@router.get("/alerts/status-pages", response=list[shown.StatusPage])
@needs(Right.READ, takes_limited_keys=False)
def list_status_pages(request: HttpRequest) -> list[shown.StatusPage]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        rows = status_pages.pages(tenant_id=who.tenant_id)[: 5 * status_pages.MOST]
        return [shown.StatusPage.model_validate(row) for row in rows]


@router.post("/alerts/status-pages", response={201: shown.NewStatusPage})
@needs(Right.ADMIN, takes_limited_keys=False)
def make_status_page(request: HttpRequest, form: shown.StatusPageForm) -> Status[shown.NewStatusPage]:
    """Make a page. Its address is said this once."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row, key = status_pages.make(
            tenant_id=who.tenant_id,
            title=form.title,
            shows_accounts=form.shows_accounts,
            actor=who.name,
            now=clock.now(),
        )
        made = shown.StatusPage.model_validate(row)
    url = request.build_absolute_uri(f"/status/{key}")
    return Status(201, shown.NewStatusPage(**made.model_dump(), url=url))


@router.post("/alerts/status-pages/{uuid:page_id}/revoke", response=shown.StatusPage)
@needs(Right.ADMIN, takes_limited_keys=False)
def revoke_status_page(request: HttpRequest, page_id: UUID) -> shown.StatusPage:
    """End the page at once, for everybody."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = status_pages.find(tenant_id=who.tenant_id, page_id=page_id)
        status_pages.revoke(row=row, actor=who.name, now=clock.now())
        return shown.StatusPage.model_validate(row)


@router.get("/public/status/{str:status_key}", response=shown.PublicStatus, auth=None)
@needs(Right.OPEN)
def public_status(request: HttpRequest, response: HttpResponse, status_key: str) -> shown.PublicStatus:
    """How the fleet is, for everybody who has the link; 404 from the moment it is revoked."""
    throttle.guard_share(request)
    tenant_id, page_id = status_pages.open_page(status_key)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    now = clock.now()
    with tenant_scope(tenant_id):
        page = status_pages.find(tenant_id=tenant_id, page_id=page_id)
        found = status_pages.standing(tenant_id=tenant_id, now=now)
    return shown.PublicStatus(
        title=page.title,
        state=_STATES[found.worst or ("warning" if found.failing else "")],
        eas=found.eas,
        running=found.running,
        failing=found.failing,
        incidents=[
            shown.StatusIncident(
                kind=row.kind,
                severity=row.severity,  # type: ignore[arg-type]
                about=row.subject_label if page.shows_accounts else None,
                opened_at=row.opened_at,
                is_acknowledged=row.state == IncidentState.ACKNOWLEDGED,
            )
            for row in found.open
        ],
        days=[shown.StatusDay(day=day, worst=worst or None) for day, worst in found.days],  # type: ignore[arg-type]
        at=now,
    )
