"""Maintenance windows: list, plan, end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.schemas import maintenance as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import maintenance, scopes
from metafleet.hub.monitor.models import MaintenanceWindow

router = Router(by_alias=True)


@router.get("/alerts/maintenance", response=list[shown.MaintenanceWindow])
@needs(Right.READ, takes_limited_keys=False)
def list_maintenance(request: HttpRequest) -> list[shown.MaintenanceWindow]:
    """What is on or planned, the next to begin first; then the newest that are over."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        return _windows(maintenance.windows(tenant_id=who.tenant_id, now=now), now)


@router.post("/alerts/maintenance", response={201: shown.MaintenanceWindow})
@needs(Right.DEPLOY, takes_limited_keys=False)
def plan_maintenance(request: HttpRequest, form: shown.MaintenanceForm) -> Status[shown.MaintenanceWindow]:
    """Tell nobody of what happens in that time. Rules judge and act all the same."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        wish = maintenance.Wish(form.scope, form.scope_id, form.starts_at, form.ends_at, form.reason)
        row = maintenance.plan(tenant_id=who.tenant_id, wish=wish, actor=who.name, now=now)
        return Status(201, _windows([row], now)[0])


@router.post("/alerts/maintenance/{uuid:window_id}/end", response=shown.MaintenanceWindow)
@needs(Right.DEPLOY, takes_limited_keys=False)
def end_maintenance(request: HttpRequest, window_id: UUID) -> shown.MaintenanceWindow:
    """End it now; one that has not begun never does."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = maintenance.end(tenant_id=who.tenant_id, window_id=window_id, actor=who.name, now=now)
        return _windows([row], now)[0]


def _windows(rows: list[MaintenanceWindow], now: datetime) -> list[shown.MaintenanceWindow]:
    labels = scopes.labels(rows[0].tenant_id, [row.scope_id for row in rows]) if rows else {}
    return [_window(row, labels, now) for row in rows]


def _window(row: MaintenanceWindow, labels: Mapping[UUID, str], now: datetime) -> shown.MaintenanceWindow:
    said = {"scope_label", "state"}
    facts: dict[str, Any] = {
        name: getattr(row, name) for name in shown.MaintenanceWindow.model_fields if name not in said
    }
    label = labels.get(row.scope_id, "") if row.scope_id else ""
    return shown.MaintenanceWindow(**facts, scope_label=label, state=maintenance.state(row, now))
