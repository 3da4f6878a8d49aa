"""Terminals: list, add, pair, rename, revoke, remove."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.console import present, schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.accounts import find_account
from metafleet.hub.fleet import queries as fleets
from metafleet.hub.fleet import terminals as fleet
from metafleet.hub.fleet.enrolment import IssuedCode
from metafleet.hub.fleet.models import Terminal
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)

MOST_LISTED: Final = 1000
"""Terminals in one list; a tenant with more asks account by account."""


@router.get("/terminals", response=list[schemas.Terminal])
@needs(Right.READ)
def list_terminals(request: HttpRequest) -> list[schemas.Terminal]:
    """Every terminal of the tenant, oldest first, at most 1,000."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        found = fleets.terminals(tenant_id=who.tenant_id)[:MOST_LISTED]
        return [present.terminal(row, now) for row in found]


@router.get("/accounts/{uuid:account_id}/terminals", response=list[schemas.Terminal])
@needs(Right.READ)
def account_terminals(request: HttpRequest, account_id: UUID) -> list[schemas.Terminal]:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        account = find_account(who, account_id)
        found = fleets.terminals(tenant_id=who.tenant_id).filter(account=account)[:MOST_LISTED]
        return [present.terminal(row, now) for row in found]


@router.post("/accounts/{uuid:account_id}/terminals", response={201: schemas.NewTerminal})
@needs(Right.DEPLOY)
def add_terminal(
    request: HttpRequest, account_id: UUID, form: schemas.TerminalForm
) -> Status[schemas.NewTerminal]:
    """Make a place for a terminal of the customer's own; its pairing code is shown this once."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        made, code = fleet.add_terminal(
            tenant_id=who.tenant_id, account_id=account_id, actor=who.name, label=form.label, now=now
        )
        shown = present.terminal(find_terminal(who, made.id), now)
        return Status(201, schemas.NewTerminal(terminal=shown, **_code(code)))


@router.post("/terminals/{uuid:terminal_id}/pairing-code", response=schemas.PairingCode)
@needs(Right.DEPLOY)
def pair_anew(request: HttpRequest, terminal_id: UUID) -> schemas.PairingCode:
    """Give out a new code; older ones end."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = find_terminal(who, terminal_id)
        code = fleet.pair_anew(terminal=row, actor=who.name, now=clock.now())
        return schemas.PairingCode(**_code(code))


@router.post("/terminals/{uuid:terminal_id}/revoke", response=schemas.Terminal)
@needs(Right.DEPLOY)
def revoke_terminal(request: HttpRequest, terminal_id: UUID) -> schemas.Terminal:
    """End every token and code of the terminal at once."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        fleet.revoke_terminal(terminal=find_terminal(who, terminal_id), actor=who.name, now=now)
        return present.terminal(find_terminal(who, terminal_id), now)


@router.post("/terminals/{uuid:terminal_id}/troubles/clear", response={204: None})
@needs(Right.DEPLOY)
def clear_troubles(request: HttpRequest, terminal_id: UUID) -> Status[None]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        fleet.clear_troubles(terminal=find_terminal(who, terminal_id), actor=who.name, now=clock.now())
    return Status(204, None)


@router.patch("/terminals/{uuid:terminal_id}", response=schemas.Terminal)
@needs(Right.DEPLOY)
def rename_terminal(request: HttpRequest, terminal_id: UUID, form: schemas.TerminalForm) -> schemas.Terminal:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = find_terminal(who, terminal_id)
        fleet.rename_terminal(terminal=row, actor=who.name, label=form.label, now=now)
        return present.terminal(row, now)


@router.delete("/terminals/{uuid:terminal_id}", response={204: None})
@needs(Right.DEPLOY)
def remove_terminal(request: HttpRequest, terminal_id: UUID) -> Status[None]:
    """Forget a terminal that was never paired, or was revoked, and has no commands on record."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        fleet.remove_terminal(terminal=find_terminal(who, terminal_id), actor=who.name, now=clock.now())
    return Status(204, None)


def _code(code: IssuedCode) -> dict[str, Any]:
    """Return what a person needs to let a terminal in."""
    return {
        "pairing_code": code.text,
        "expires_at": code.expires_at,
        "gateway_url": settings.GATEWAY_URL,
    }


def find_terminal(who: Actor, terminal_id: UUID) -> Terminal:
    """Return the tenant's terminal. Raises NotFound, also for another tenant's."""
    row = fleets.terminals(tenant_id=who.tenant_id).filter(id=terminal_id).first()
    if row is None:
        raise NotFound("terminal")
    return row
