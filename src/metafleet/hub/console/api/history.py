"""What was recorded of an EA instance and of an account's terminals, on screens and as files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.params.functions import Query as QueryParam
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from metafleet.hub.console import files, present
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.accounts import find_account
from metafleet.hub.console.files import Row
from metafleet.hub.console.schemas import history as shown
from metafleet.hub.fleet import history, queries
from metafleet.hub.fleet.models import EAInstance, Run, TradingSession
from metafleet.hub.identity.rights import Right
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


M = TypeVar("M", bound=Model)


class Page(Schema):
    """Which page of a list."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    page: int = Field(1, ge=1, le=10_000)
    page_size: int = Field(20, ge=1, le=200)

    def of(self, found: QuerySet[M]) -> QuerySet[M]:
        first = (self.page - 1) * self.page_size
        return found[first : first + self.page_size]


@router.get("/instances/{uuid:instance_id}/performance", response=shown.Performance)
@needs(Right.READ)
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
@needs(Right.READ)
def performance_file(
    request: HttpRequest, instance_id: UUID, hours: int = QueryParam(24, ge=1, le=LONGEST_H)
) -> HttpResponse:
    who, span = actor(request), timedelta(hours=hours)
    with tenant_scope(who.tenant_id):
        found = history.performance(instance=_instance(who, instance_id), span=span, now=clock.now())
    rows = [{name: getattr(one, name) for name in _SAMPLE} for one in found]
    return _file("performance", _SAMPLE, rows)


@router.get("/instances/{uuid:instance_id}/runs.csv", openapi_extra=_CSV)
@needs(Right.READ)
def runs_file(request: HttpRequest, instance_id: UUID) -> HttpResponse:
    """Every run of the EA instance, the newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = history.runs(instance=_instance(who, instance_id))
        rows = [_run(row) for row in found[: history.RUNS_OF_A_FILE]]
    return _file("runs", _RUN, rows)


class ChosenRuns(Page):
    """Which runs, in which order, and which page of them."""

    state: history.RunState | None = None
    sort: history.RunSort = "-generation"


@router.get("/instances/{uuid:instance_id}/runs", response=shown.RunPage)
@needs(Right.READ)
def runs(request: HttpRequest, instance_id: UUID, chosen: Query[ChosenRuns]) -> shown.RunPage:
    """Runs of the EA instance, the newest first unless said otherwise."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = history.runs(instance=_instance(who, instance_id), state=chosen.state, sort=chosen.sort)
        return shown.RunPage(
            items=present.runs(list(chosen.of(found))),
            total=found.count(),
            page=chosen.page,
            page_size=chosen.page_size,
        )


@router.get("/accounts/{uuid:account_id}/connected-time", response=shown.ConnectedTime)
@needs(Right.READ)
def connected_time(
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
        sessions=[_session(row) for row in found],
    )


class ChosenSessions(Page):
    """Which sessions, in which order, and which page of them."""

    days: int = Field(7, ge=1, le=LONGEST_DAYS)
    state: history.SessionState | None = None
    sort: history.SessionSort = "-started_at"


@router.get("/accounts/{uuid:account_id}/sessions", response=shown.TradingSessionPage)
@needs(Right.READ)
def sessions(
    request: HttpRequest, account_id: UUID, chosen: Query[ChosenSessions]
) -> shown.TradingSessionPage:
    """Sessions of the account's terminals, the newest first unless said otherwise."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = history.sessions(
            tenant_id=who.tenant_id,
            account_id=find_account(who, account_id).id,
            since=clock.now() - timedelta(days=chosen.days),
            state=chosen.state,
            sort=chosen.sort,
        )
        return shown.TradingSessionPage(
            items=[_session(row) for row in chosen.of(found)],
            total=found.count(),
            page=chosen.page,
            page_size=chosen.page_size,
        )


@router.get("/accounts/{uuid:account_id}/sessions.csv", openapi_extra=_CSV)
@needs(Right.READ)
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
        found = history.sessions(tenant_id=who.tenant_id, account_id=row.id, since=since)
        return list(found[: history.SESSIONS_SHOWN])


def _session(row: TradingSession) -> shown.TradingSession:
    return shown.TradingSession(
        id=row.id,
        terminal=_terminal(row),
        instance_id=row.terminal.instance_id,
        started_at=row.started_at,
        last_heartbeat_at=row.last_heartbeat_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        seconds=_seconds(row),
    )


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
