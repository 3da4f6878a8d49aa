"""Machines of the customer's own that a host agent watches: list, file, make ready, name, revoke, forget."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Status
from pydantic import TypeAdapter

from metafleet.hub.console import agent_settings, files, schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.exports import streamed
from metafleet.hub.console.schemas import Record, Text
from metafleet.hub.console.schemas.machines import (
    LogLine,
    MachineSample,
    MachineTerminal,
    ReadyTerminal,
    WatchedTerminal,
)
from metafleet.hub.fleet import machines as fleet
from metafleet.hub.fleet.models import Agent, AgentTerminal
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
SAMPLES_FOR: Final = timedelta(hours=48)
_LIST: Final = TypeAdapter(list[schemas.Machine])
_CSV_ANSWER = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
_COLUMNS: Final = (
    *("label", "name", "system", "version", "state", "heartbeat_at", "cpu_percent", "memory_mb"),
    *("memory_used_mb", "disk_mb", "disk_free_mb", "clock_skew_ms", "latency_ms", "terminals"),
    *("connected", "log_errors"),
)


class Chosen(Record):
    """Which machines. `q`: words that are all found in what names a machine or an account on it."""

    q: Text = ""
    state: Literal["", "online", "late", "offline", "revoked"] = ""

    def has(self, row: schemas.Machine) -> bool:
        on_it = [f"{seen.account_label}\n{seen.login}\n{seen.server}" for seen in row.terminals]
        text = "\n".join((row.label, row.name, row.system, *on_it)).casefold()
        return self.state in ("", row.state) and all(word in text for word in self.q.casefold().split())


@router.get("/machines", response=list[schemas.Machine])
@needs(Right.READ)
def list_machines(request: HttpRequest) -> HttpResponse:
    """Every machine, by name, at most 1,000; a machine is there from its agent's first report."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        found = [_machine(row, now) for row in fleet.machines(tenant_id=who.tenant_id)]
    # As of the board: to check and copy each of thousands of terminals once more would be most of the work.
    return HttpResponse(_LIST.dump_json(found, by_alias=True), content_type="application/json")


@router.get("/machines/export.csv", openapi_extra=_CSV_ANSWER)
@needs(Right.READ)
def export_machines(request: HttpRequest, chosen: Query[Chosen]) -> HttpResponseBase:
    """The chosen machines as a file. `latency_ms`: the highest of its terminals'."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        rows = [_machine(row, now) for row in fleet.machines(tenant_id=who.tenant_id)]
    lines = [_line(row) for row in rows if chosen.has(row)]
    pages = files.csv_pages(_COLUMNS, [lines])
    return streamed(request, pages, "text/csv; charset=utf-8", "metafleet-machines.csv")


@router.post("/machines", response={201: schemas.NewMachine})
@needs(Right.DEPLOY)
def make_machine_ready(request: HttpRequest, form: schemas.NewMachineForm) -> Status[schemas.NewMachine]:
    """Make a terminal for each account on a machine; the file of its agent's settings is shown this once."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        made = fleet.make_ready(
            tenant_id=who.tenant_id, account_ids=form.account_ids, actor=who.name, label=form.label, now=now
        )
    coded = [(terminal, code.text) for terminal, code in made]
    ready = schemas.NewMachine(
        gateway_url=settings.GATEWAY_URL,
        expires_at=min(code.expires_at for _, code in made),
        terminals=[
            ReadyTerminal(terminal_id=row.id, account_id=row.account_id, pairing_code=code)
            for row, code in coded
        ],
        settings=agent_settings.text(
            settings.GATEWAY_URL, f"{settings.BROKER_HOST}:{settings.BROKER_PORT}", coded
        ),
    )
    return Status(201, ready)


@router.get("/machines/{uuid:machine_id}", response=schemas.MachineDetail)
@needs(Right.READ)
def get_machine(request: HttpRequest, machine_id: UUID) -> schemas.MachineDetail:
    """One machine with its terminals' newest log lines, and how it was in the last 48 hours."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = _find(who, machine_id, has_logs=True)
        samples = row.samples.filter(at__gte=now - SAMPLES_FOR).order_by("at")
        said = _machine(row, now).model_dump(exclude={"terminals"})
        return schemas.MachineDetail(
            **said,
            terminals=[_watched(terminal) for terminal in row.terminals.all()],
            samples=[MachineSample.model_validate(sample) for sample in samples],
        )


@router.patch("/machines/{uuid:machine_id}", response=schemas.Machine)
@needs(Right.DEPLOY)
def rename_machine(request: HttpRequest, machine_id: UUID, form: schemas.MachineForm) -> schemas.Machine:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = _find(who, machine_id)
        fleet.rename(machine=row, actor=who.name, label=form.label, now=now)
        return _machine(row, now)


@router.post("/machines/{uuid:machine_id}/revoke", response=schemas.Machine)
@needs(Right.DEPLOY)
def revoke_machine(request: HttpRequest, machine_id: UUID) -> schemas.Machine:
    """End the tokens of all terminals on it: nothing that it sends is taken until one is paired anew."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = _find(who, machine_id)
        fleet.revoke(machine=row, actor=who.name, now=now)
        return _machine(row, now)


@router.delete("/machines/{uuid:machine_id}", response={204: None})
@needs(Right.DEPLOY)
def forget_machine(request: HttpRequest, machine_id: UUID) -> Status[None]:
    """Forget a machine that is offline or revoked; its terminals and their accounts stay."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        fleet.forget(machine=_find(who, machine_id), actor=who.name, now=clock.now())
    return Status(204, None)


def _find(who: Actor, machine_id: UUID, *, has_logs: bool = False) -> Agent:
    row = fleet.machines(tenant_id=who.tenant_id, has_logs=has_logs).filter(id=machine_id).first()
    if row is None:
        raise NotFound("machine")
    return row


def _machine(row: Agent, now: datetime) -> schemas.Machine:
    said = {name: getattr(row, name) for name in schemas.Machine.model_fields if hasattr(row, name)}
    seen = [MachineTerminal(**_seen(terminal)) for terminal in row.terminals.all()]
    return schemas.Machine(**{**said, "state": fleet.state(row, now), "terminals": seen})


def _watched(row: AgentTerminal) -> WatchedTerminal:
    return WatchedTerminal(**_seen(row), log_lines=[LogLine.model_validate(line) for line in row.log_lines])


def _seen(row: AgentTerminal) -> dict[str, Any]:
    account = row.terminal.account
    said = {name: getattr(row, name) for name in MachineTerminal.model_fields if hasattr(row, name)}
    named = {"account_id": account.id, "account_label": account.label}
    return {**said, **named, "login": account.login, "server": account.server}


def _line(row: schemas.Machine) -> dict[str, Any]:
    told = [seen.latency_ms for seen in row.terminals if seen.latency_ms is not None]
    return {
        **{name: getattr(row, name, None) for name in _COLUMNS},
        "latency_ms": max(told, default=None),
        "terminals": len(row.terminals),
        "connected": sum(seen.is_connected is True for seen in row.terminals),
        "log_errors": sum(seen.log_errors for seen in row.terminals),
    }
