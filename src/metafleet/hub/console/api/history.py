"""What was recorded of an EA instance and of an account's terminals, on screens and as files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query as QueryParam

from metafleet.hub.console import files
from metafleet.hub.console.access import Actor, actor
from metafleet.hub.console.api.accounts import find_account
from metafleet.hub.console.files import Row
from metafleet.hub.console.schemas import history as shown
from metafleet.hub.fleet import history, queries
from metafleet.hub.fleet.models import EAInstance, Run, TradingSession
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
LONGEST_H: Final = 24 * 366 * 5
LONGEST_DAYS: Final = 366
_CSV = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
_SAMPLE = ("at", "balance", "equity", "profit", "trades", "cpu_percent", "memory_mb")
_RUN = (
    *("generation", "state", "version", "intent", "driver", "host", "started_at", "first_heartbeat_at"),
    *("ended_at", "outcome", "end_reason", "limits"),
)
_SESSION = ("terminal", "started_at", "last_heartbeat_at", "ended_at", "seconds", "end_reason")


@router.get("/instances/{uuid:instance_id}/performance", response=shown.Performance)
def performance(
    request: HttpRequest, instance_id: UUID, hours: int = QueryParam(24, ge=1, le=LONGEST_H)
) -> shown.Performance:
    """How the EA did, in the finest resolution that is kept for so long, thinned to 600 samples."""
    who, span = actor(request), timedelta(hours=hours)
    with tenant_scope(who.tenant_id):
        found = history.performance(instance=_instance(who, instance_id), span=span, now=clock.now())
    return shown.Performance(
        resolution=history.resolution(span).value,  # type: ignore[arg-type]
        samples=[shown.PerformanceSample.model_validate(one) for one in found],
    )


@router.get("/instances/{uuid:instance_id}/performance.csv", openapi_extra=_CSV)
def performance_file(
    request: HttpRequest, instance_id: UUID, hours: int = QueryParam(24, ge=1, le=LONGEST_H)
) -> HttpResponse:
    who, span = actor(request), timedelta(hours=hours)
    with tenant_scope(who.tenant_id):
        found = history.performance(instance=_instance(who, instance_id), span=span, now=clock.now())
    rows = [{name: getattr(one, name) for name in _SAMPLE} for one in found]
    return _file("performance", _SAMPLE, rows)


@router.get("/instances/{uuid:instance_id}/runs.csv", openapi_extra=_CSV)
def runs_file(request: HttpRequest, instance_id: UUID) -> HttpResponse:
    """Every run of the EA instance, the newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        rows = [_run(row) for row in history.runs(instance=_instance(who, instance_id))]
    return _file("runs", _RUN, rows)


@router.get("/accounts/{uuid:account_id}/sessions", response=shown.ConnectedTime)
def sessions(
    request: HttpRequest, account_id: UUID, days: int = QueryParam(7, ge=1, le=LONGEST_DAYS)
) -> shown.ConnectedTime:
    """When terminals of the account were connected, and for how long."""
    who, now = actor(request), clock.now()
    since = now - timedelta(days=days)
    found = _sessions(who, account_id, since)
    return shown.ConnectedTime(
        since=since,
        until=now,
        connected_s=history.connected(found, since, now).total_seconds(),
        sessions=[
            shown.TradingSession(
                id=row.id,
                terminal=_terminal(row),
                instance_id=row.terminal.instance_id,
                started_at=row.started_at,
                last_heartbeat_at=row.last_heartbeat_at,
                ended_at=row.ended_at,
                end_reason=row.end_reason,
                seconds=_seconds(row),
            )
            for row in found
        ],
    )


@router.get("/accounts/{uuid:account_id}/sessions.csv", openapi_extra=_CSV)
def sessions_file(
    request: HttpRequest, account_id: UUID, days: int = QueryParam(7, ge=1, le=LONGEST_DAYS)
) -> HttpResponse:
    found = _sessions(actor(request), account_id, clock.now() - timedelta(days=days))
    rows: list[Row] = [
        {
            "terminal": _terminal(row),
            "started_at": row.started_at,
            "last_heartbeat_at": row.last_heartbeat_at,
            "ended_at": row.ended_at,
            "seconds": round(_seconds(row)),
            "end_reason": row.end_reason,
        }
        for row in found
    ]
    return _file("sessions", _SESSION, rows)


def _instance(who: Actor, instance_id: UUID) -> EAInstance:
    row = queries.instances(tenant_id=who.tenant_id).filter(id=instance_id).first()
    if row is None:
        raise NotFound("EA instance")
    return row


def _sessions(who: Actor, account_id: UUID, since: datetime) -> list[TradingSession]:
    with tenant_scope(who.tenant_id):
        row = find_account(who, account_id)
        return list(history.sessions(tenant_id=who.tenant_id, account_id=row.id, since=since))


def _terminal(row: TradingSession) -> str:
    return row.terminal.label or (row.terminal.instance.name if row.terminal.instance else "")


def _seconds(row: TradingSession) -> float:
    return (history.last_seen(row) - row.started_at).total_seconds()


def _run(row: Run) -> Row:
    told = {name: getattr(row, name) for name in _RUN}
    return told | {"version": row.version.version if row.version else None}


def _file(name: str, columns: Sequence[str], rows: Sequence[Row]) -> HttpResponse:
    body = b"".join(files.csv_pages(columns, [rows]))
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="metafleet-{name}.csv"'
    return response
