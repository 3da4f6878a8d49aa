"""Trading accounts: list, open, connect, rename, remove; their equity and positions."""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query as QueryParam

from metafleet.engine.market.symbols import SYMBOLS
from metafleet.hub.console import opening, present, schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.fleet import accounts as fleet
from metafleet.hub.fleet import paper
from metafleet.hub.fleet import queries as fleets
from metafleet.hub.fleet.accounts import AccountFacts, Registration
from metafleet.hub.fleet.models import Platform, TradingAccount
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import failed
from metafleet.hub.journal import queries as journal
from metafleet.hub.journal.queries import Result
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/accounts", response=list[schemas.Account])
@needs(Right.READ)
def list_accounts(request: HttpRequest) -> list[schemas.Account]:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        made = journal.results(tenant_id=who.tenant_id, midnight=clock.midnight(), totals=False)
        own: dict[UUID, list[Result]] = defaultdict(list)
        for (owner, _), result in made.items():
            own[owner].append(result)
        signs = fleets.signs(tenant_id=who.tenant_id, now=now)
        waiting = failed.counts(tenant_id=who.tenant_id)
        return [
            present.account(row, journal.total(own[row.id]), now, signs.get(row.id), waiting.get(row.id, 0))
            for row in fleets.accounts(tenant_id=who.tenant_id)
        ]


@router.post("/accounts/open", response={201: schemas.Account})
@needs(Right.DEPLOY, takes_limited_keys=False)
def open_account(request: HttpRequest, form: schemas.OpenAccountForm) -> Status[schemas.Account]:
    who = actor(request)
    tenant_id, now = who.tenant_id, clock.now()
    with opening.one_at_a_time(tenant_id):
        with tenant_scope(tenant_id):
            made = opening.just_opened(tenant_id=tenant_id, label=form.label, leverage=form.leverage, now=now)
            if made:
                return Status(201, _shown(who, find_account(who, made)))
            opening.check_room(tenant_id=tenant_id, now=now)
        return Status(201, _opened(who, form))


@router.post("/accounts/connect", response={201: schemas.Account})
@needs(Right.DEPLOY, takes_limited_keys=False)
def connect_account(request: HttpRequest, form: schemas.ConnectAccountForm) -> Status[schemas.Account]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        opening.check_room(tenant_id=who.tenant_id, now=clock.now())
    password = Secret(form.password.get_secret_value())
    facts = paper.sign_in(login=form.login, password=password, server=form.server)
    return Status(201, _connected(who, form.label, facts, password))


@router.post("/accounts/register", response={201: schemas.Account})
@needs(Right.DEPLOY, takes_limited_keys=False)
def register_account(request: HttpRequest, form: schemas.RegisterAccountForm) -> Status[schemas.Account]:
    """Keep an account that the customer's own terminal will report of."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        opening.check_room_for_own(tenant_id=who.tenant_id)
        row = fleet.register_account(
            tenant_id=who.tenant_id,
            actor=who.name,
            registration=Registration(
                label=form.label,
                platform=Platform(form.platform),
                login=form.login,
                server=form.server,
                currency=form.currency,
                server_timezone=form.server_timezone,
            ),
            now=clock.now(),
        )
        return Status(201, _shown(who, row))


@router.get("/accounts/{uuid:account_id}", response=schemas.Account)
@needs(Right.READ)
def get_account(request: HttpRequest, account_id: UUID) -> schemas.Account:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _shown(who, find_account(who, account_id))


@router.patch("/accounts/{uuid:account_id}", response=schemas.Account)
@needs(Right.DEPLOY)
def change_account(request: HttpRequest, account_id: UUID, form: schemas.AccountPatch) -> schemas.Account:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = find_account(who, account_id)
        fleet.change_account(
            account=row,
            actor=who.name,
            label=form.label,
            server_timezone=form.server_timezone,
            now=clock.now(),
        )
        return _shown(who, row)


@router.delete("/accounts/{uuid:account_id}", response={204: None})
@needs(Right.DEPLOY, takes_limited_keys=False)
def remove_account(request: HttpRequest, account_id: UUID) -> Status[None]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        fleet.remove_account(account=find_account(who, account_id), actor=who.name, now=clock.now())
    return Status(204, None)


@router.get("/accounts/{uuid:account_id}/equity", response=list[schemas.EquityPoint])
@needs(Right.READ)
def account_equity(
    request: HttpRequest, account_id: UUID, hours: int = QueryParam(24, ge=1, le=24 * 366)
) -> list[schemas.EquityPoint]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return equity_of(find_account(who, account_id).id, hours)


@router.get("/accounts/{uuid:account_id}/positions", response=list[schemas.Position])
@needs(Right.READ)
def account_positions(request: HttpRequest, account_id: UUID) -> list[schemas.Position]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = find_account(who, account_id)
        return [present.position(p) for p in journal.open_positions(account_id=row.id)]


@router.get("/symbols", response=list[schemas.Symbol])
@needs(Right.READ)
def symbols(request: HttpRequest) -> list[schemas.Symbol]:
    return [schemas.Symbol.model_validate(spec) for spec in SYMBOLS.values()]


def find_account(who: Actor, account_id: UUID) -> TradingAccount:
    """Return the tenant's account. Raises NotFound, also for another tenant's."""
    row = fleets.accounts(tenant_id=who.tenant_id).filter(id=account_id).first()
    if row is None:
        raise NotFound("trading account")
    return row


def equity_of(account_id: UUID, hours: int) -> list[schemas.EquityPoint]:
    now = clock.now()
    curve = journal.equity_curve(account_id=account_id, since=now - timedelta(hours=hours), now=now)
    return [
        schemas.EquityPoint(at=at, balance=float(balance), equity=float(equity))
        for at, balance, equity in curve
    ]


def _opened(who: Actor, form: schemas.OpenAccountForm) -> schemas.Account:
    password = Secret(secrets.token_urlsafe(18))
    facts = paper.open_account(
        name=form.label,
        password=password,
        deposit=Decimal(str(form.deposit)).quantize(Decimal("0.01")),
        leverage=form.leverage,
    )
    return _connected(who, form.label, facts, password)


def _connected(who: Actor, label: str, facts: AccountFacts, password: Secret) -> schemas.Account:
    with tenant_scope(who.tenant_id):
        row = fleet.connect_account(
            tenant_id=who.tenant_id,
            actor=who.name,
            label=label,
            platform=Platform.PAPER,
            facts=facts,
            password=password,
            now=clock.now(),
        )
        return _shown(who, row)


def _shown(who: Actor, row: TradingAccount) -> schemas.Account:
    made = journal.results(tenant_id=who.tenant_id, midnight=clock.midnight(), totals=False)
    own = journal.total(result for (owner, _), result in made.items() if owner == row.id)
    now = clock.now()
    signs = fleets.signs(tenant_id=who.tenant_id, now=now, account_id=row.id)
    waiting = failed.counts(tenant_id=who.tenant_id)
    return present.account(row, own, now, signs.get(row.id), waiting.get(row.id, 0))
