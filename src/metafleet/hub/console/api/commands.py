"""Commands to terminals: ask, list, queue again, cancel."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from metafleet.hub.console import present, requests, schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.fleet import commands as fleet
from metafleet.hub.fleet import queries as fleets
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


class Chosen(Schema):
    """Which commands, and which page of them."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    account: UUID | None = None
    instance: UUID | None = None
    terminal: UUID | None = None
    state: schemas.CommandState | None = None
    type: str | None = Field(None, max_length=20)
    page: int = Field(1, ge=1, le=10_000)
    page_size: int = Field(50, ge=1, le=200)

    def filters(self) -> dict[str, Any]:
        wanted = {
            "terminal__account_id": self.account,
            "terminal__instance_id": self.instance,
            "terminal_id": self.terminal,
            "state": self.state,
            "type": self.type,
        }
        return {name: value for name, value in wanted.items() if value is not None}


@router.post("/accounts/{uuid:account_id}/commands", response={202: schemas.Command})
@needs(Right.TRADE)
def request_command(
    request: HttpRequest, account_id: UUID, form: schemas.CommandForm
) -> Status[schemas.Command]:
    """Queue a command for a terminal of the account; the same `id` again gives the same command."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        made = requests.make(
            tenant_id=who.tenant_id, account_id=account_id, actor=who.name, form=form, now=clock.now()
        )
        return Status(202, present.command(made))


@router.get("/commands", response=schemas.CommandPage)
@needs(Right.READ)
def list_commands(request: HttpRequest, chosen: Query[Chosen]) -> schemas.CommandPage:
    """Commands of the tenant, newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = fleets.commands(tenant_id=who.tenant_id).filter(**chosen.filters())
        first = (chosen.page - 1) * chosen.page_size
        return schemas.CommandPage(
            items=[present.command(row) for row in found[first : first + chosen.page_size]],
            total=found.count(),
            page=chosen.page,
            page_size=chosen.page_size,
        )


@router.post("/commands/{uuid:command_id}/requeue", response=schemas.Command)
@needs(Right.TRADE)
def requeue_command(request: HttpRequest, command_id: UUID) -> schemas.Command:
    """Queue a dead or failed command again; an order is good for five minutes from now on."""
    return _acted(actor(request), fleet.requeue, command_id)


@router.post("/commands/{uuid:command_id}/cancel", response=schemas.Command)
@needs(Right.TRADE)
def cancel_command(request: HttpRequest, command_id: UUID) -> schemas.Command:
    """Take back a command that no terminal has yet."""
    return _acted(actor(request), fleet.cancel, command_id)


def _acted(who: Actor, verb: Any, command_id: UUID) -> schemas.Command:
    with tenant_scope(who.tenant_id):
        changed = verb(command_id=command_id, tenant_id=who.tenant_id, actor=who.name, now=clock.now())
        return present.command(changed)
