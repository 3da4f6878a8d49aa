"""Machines of the customer's own that a host agent watches: list, name, forget."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.console import schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas.machines import MachineTerminal
from metafleet.hub.fleet import machines as fleet
from metafleet.hub.fleet.models import Agent, AgentTerminal
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/machines", response=list[schemas.Machine])
@needs(Right.READ)
def list_machines(request: HttpRequest) -> list[schemas.Machine]:
    """Every machine, by name, at most 200; a machine is there from its agent's first report."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        return [_machine(row, now) for row in fleet.machines(tenant_id=who.tenant_id)]


@router.get("/machines/{uuid:machine_id}", response=schemas.Machine)
@needs(Right.READ)
def get_machine(request: HttpRequest, machine_id: UUID) -> schemas.Machine:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        return _machine(_find(who, machine_id), now)


@router.patch("/machines/{uuid:machine_id}", response=schemas.Machine)
@needs(Right.DEPLOY)
def rename_machine(request: HttpRequest, machine_id: UUID, form: schemas.MachineForm) -> schemas.Machine:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = _find(who, machine_id)
        fleet.rename(machine=row, actor=who.name, label=form.label, now=now)
        return _machine(row, now)


@router.delete("/machines/{uuid:machine_id}", response={204: None})
@needs(Right.DEPLOY)
def forget_machine(request: HttpRequest, machine_id: UUID) -> Status[None]:
    """Forget a machine that is offline; its terminals and their accounts stay."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        fleet.forget(machine=_find(who, machine_id), actor=who.name, now=clock.now())
    return Status(204, None)


def _find(who: Actor, machine_id: UUID) -> Agent:
    row = fleet.machines(tenant_id=who.tenant_id).filter(id=machine_id).first()
    if row is None:
        raise NotFound("machine")
    return row


def _machine(row: Agent, now: datetime) -> schemas.Machine:
    said = {name: getattr(row, name) for name in schemas.Machine.model_fields if hasattr(row, name)}
    seen = [_terminal(terminal) for terminal in row.terminals.all()]
    return schemas.Machine(**{**said, "state": fleet.state(row, now), "terminals": seen})


def _terminal(row: AgentTerminal) -> MachineTerminal:
    account = row.terminal.account
    said: dict[str, Any] = {
        name: getattr(row, name) for name in MachineTerminal.model_fields if hasattr(row, name)
    }
    said |= {"account_id": account.id, "account_label": account.label}
    return MachineTerminal(**said, login=account.login, server=account.server)
