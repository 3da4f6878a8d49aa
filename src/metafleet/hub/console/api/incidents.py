"""Incidents: list, look, take over, quieten, end; several at once; as a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Router
from ninja.params.functions import Query as QueryParam

from metafleet.hub.console import files
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.accounts import find_account
from metafleet.hub.console.api.channels import delivery_facts
from metafleet.hub.console.api.exports import streamed
from metafleet.hub.console.schemas import incidents as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import incident_queries as queries
from metafleet.hub.monitor import incidents, incidents_together
from metafleet.hub.monitor.models import Delivery, Incident, IncidentEvent

router = Router(by_alias=True)
_CSV_ANSWER: Final = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
_FIGURES: Final = ("value", "limit", "unit")
_COLUMNS: Final = (
    *("opened_at", "severity", "state", "kind", "title", "subject", "subject_label", *_FIGURES, "done"),
    *("last_seen_at", "acknowledged_at", "acknowledged_by", "escalation", "is_muted"),
    *("resolved_at", "resolved_by", "account_id", "rule_id", "id"),
)


@router.get("/alerts/incidents", response=list[shown.Incident])
@needs(Right.READ, takes_limited_keys=False)
def list_incidents(
    request: HttpRequest,
    chosen: Query[shown.IncidentChosen],
    limit: int = QueryParam(50, ge=1, le=200),
    after: UUID | None = None,
) -> list[shown.Incident]:
    """The newest incidents, or those opened before the incident `after`."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = queries.newest(tenant_id=who.tenant_id, limit=limit, wanted=_wanted(chosen), after=after)
        return [shown.Incident.model_validate(row) for row in found]


@router.get("/alerts/incidents/counts", response=shown.IncidentCounts)
@needs(Right.READ, takes_limited_keys=False)
def count_incidents(request: HttpRequest) -> shown.IncidentCounts:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return shown.IncidentCounts.model_validate(queries.counts(tenant_id=who.tenant_id))


@router.get("/alerts/incidents/export.csv", openapi_extra=_CSV_ANSWER)
@needs(Right.READ, takes_limited_keys=False)
def export_incidents(request: HttpRequest, chosen: Query[shown.IncidentChosen]) -> HttpResponseBase:
    """The chosen incidents as a file, the newest first."""
    found = queries.pages(tenant_id=actor(request).tenant_id, wanted=_wanted(chosen))
    lines = files.csv_pages(_COLUMNS, ([_line(row) for row in page] for page in found))
    return streamed(request, lines, "text/csv; charset=utf-8", "metafleet-incidents.csv")


@router.post("/alerts/incidents/together", response=shown.IncidentsDone)
@needs(Right.DEPLOY, takes_limited_keys=False)
def act_on_incidents(request: HttpRequest, form: shown.IncidentsForm) -> shown.IncidentsDone:
    """Take over or end several: all of them, or none. What is so already is not counted."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        about: dict[str, Any] = {
            "tenant_id": who.tenant_id,
            "incident_ids": form.ids,
            "actor": who.name,
            "now": now,
        }
        if form.act == "acknowledge":
            return shown.IncidentsDone(changed=incidents_together.acknowledge(**about))
        return shown.IncidentsDone(changed=incidents_together.resolve(**about, text=form.text))


@router.get("/alerts/incidents/{uuid:incident_id}", response=shown.IncidentDetail)
@needs(Right.READ, takes_limited_keys=False)
def get_incident(request: HttpRequest, incident_id: UUID) -> shown.IncidentDetail:
    """An incident with its timeline, and who was told."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _detail(who, incident_id)


@router.post("/alerts/incidents/{uuid:incident_id}/acknowledge", response=shown.IncidentDetail)
@needs(Right.DEPLOY, takes_limited_keys=False)
def acknowledge_incident(request: HttpRequest, incident_id: UUID) -> shown.IncidentDetail:
    """Take it over: it escalates no more."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        incidents.acknowledge(**_by(who, incident_id, now))
        return _detail(who, incident_id)


@router.post("/alerts/incidents/{uuid:incident_id}/snooze", response=shown.IncidentDetail)
@needs(Right.DEPLOY, takes_limited_keys=False)
def snooze_incident(request: HttpRequest, incident_id: UUID, form: shown.SnoozeForm) -> shown.IncidentDetail:
    """Tell nobody of it until then; then it is told again if it still lasts."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        incidents.snooze(**_by(who, incident_id, now), until=form.until)
        return _detail(who, incident_id)


@router.post("/alerts/incidents/{uuid:incident_id}/comment", response=shown.IncidentDetail)
@needs(Right.DEPLOY, takes_limited_keys=False)
def comment_incident(
    request: HttpRequest, incident_id: UUID, form: shown.IncidentWordForm
) -> shown.IncidentDetail:
    """Say something about it on its timeline."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        incidents.comment(**_by(who, incident_id, now), text=form.text)
        return _detail(who, incident_id)


@router.post("/alerts/incidents/{uuid:incident_id}/resolve", response=shown.IncidentDetail)
@needs(Right.DEPLOY, takes_limited_keys=False)
def resolve_incident(
    request: HttpRequest, incident_id: UUID, form: shown.IncidentWordForm
) -> shown.IncidentDetail:
    """Say that it is over. If it comes back, a new one opens."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        incidents.resolve(**_by(who, incident_id, now), text=form.text)
        return _detail(who, incident_id)


@router.get("/accounts/{uuid:account_id}/events", response=list[shown.AccountEvent])
@needs(Right.READ, takes_limited_keys=False)
def list_account_events(
    request: HttpRequest, account_id: UUID, limit: int = QueryParam(50, ge=1, le=200)
) -> list[shown.AccountEvent]:
    """What happened to an account lately: the lines of all its incidents, the newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        account = find_account(who, account_id)
        found = queries.lines_of_account(tenant_id=who.tenant_id, account_id=account.id)[:limit]
        return [_account_event(row) for row in found]


def _account_event(row: IncidentEvent) -> shown.AccountEvent:
    about = {name: getattr(row.incident, name) for name in ("title", "severity", "state")}
    facts: dict[str, Any] = {name: getattr(row, name) for name in shown.IncidentEvent.model_fields}
    return shown.AccountEvent(**facts, **about, incident_id=row.incident_id)


def _by(who: Actor, incident_id: UUID, now: datetime) -> dict[str, Any]:
    return {"tenant_id": who.tenant_id, "incident_id": incident_id, "actor": who.name, "now": now}


def _wanted(chosen: shown.IncidentChosen) -> queries.Wanted:
    return queries.Wanted(
        state=chosen.state,
        severity=chosen.severity,
        kind=chosen.kind,
        account_id=chosen.account,
        rule_id=chosen.rule,
        since=chosen.since,
        until=chosen.until,
        text=chosen.q,
    )


def _detail(who: Actor, incident_id: UUID) -> shown.IncidentDetail:
    row = queries.find(tenant_id=who.tenant_id, incident_id=incident_id)
    facts: dict[str, Any] = {name: getattr(row, name) for name in shown.Incident.model_fields}
    return shown.IncidentDetail(
        **facts,
        events=[shown.IncidentEvent.model_validate(one) for one in queries.timeline(incident=row)],
        deliveries=[_delivery(one) for one in queries.deliveries(incident=row)],
    )


def _delivery(row: Delivery) -> shown.IncidentDelivery:
    kind: Any = row.event.kind if row.event else "opened"
    return shown.IncidentDelivery(**delivery_facts(row), channel_name=row.channel.name, event=kind)


def _line(row: Incident) -> files.Row:
    figures = {name: row.detail.get(name) for name in _FIGURES}
    return {**{name: getattr(row, name) for name in _COLUMNS if name not in _FIGURES}, **figures}
