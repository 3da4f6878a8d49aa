"""EA instances: review, deploy, pause, resume, stop, configure, remove, and what they do."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.params.functions import Body as BodyParam
from ninja.params.functions import Query as QueryParam
from pydantic import TypeAdapter

from metafleet.hub.billing import operations as billing
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.console import present, schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.accounts import equity_of
from metafleet.hub.console.book import Book
from metafleet.hub.fleet import offers, pauses, plans
from metafleet.hub.fleet import operations as fleet
from metafleet.hub.fleet import queries as fleets
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.fleet.models import EAInstance, PauseMode
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import queries as journal
from metafleet.hub.journal import trades as matching
from metafleet.hub.journal.queries import Result
from metafleet.hub.journal.trades import TradeFilter
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound, Refused
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market import queries as market

router = Router(by_alias=True)
LOG_CHUNK_BYTES = 40_000
Detail = schemas.InstanceDetail
_ROWS = TypeAdapter(list[schemas.Instance])


@router.get("/instances", response=list[schemas.Instance])
@needs(Right.READ)
def list_instances(request: HttpRequest) -> HttpResponse:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        made = _results(who)
        rows = [
            present.instance(row, made.get((row.account_id, row.magic), Result()), now)
            for row in fleets.listed_instances(tenant_id=who.tenant_id)
        ]
    # Of thousands of rows, to check and copy each once more would be most of the work.
    return HttpResponse(_ROWS.dump_json(rows, by_alias=True), content_type="application/json")


@router.post("/instances/review", response=schemas.DeployReview)
@needs(Right.READ)
def review(request: HttpRequest, form: schemas.DeployForm) -> schemas.DeployReview:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        order = _order(form)
        inputs, problems = form.inputs, []
        try:
            inputs = fleet.check(tenant_id=who.tenant_id, order=order)
        except Refused as refusal:
            problems = _problems(refusal)
        plan = billing.plan_of(tenant_id=who.tenant_id)
        instances, active = present.allowances(who.tenant_id, plan)
        share = plans.share(template=order.template, plan=plan)
        return schemas.DeployReview(
            problems=problems,
            inputs=inputs,
            instances=instances,
            active=active,
            cpu=share.cpu,
            memory_mb=share.memory_mb,
        )


@router.post("/instances", response={202: Detail})
@needs(Right.DEPLOY)
def deploy(request: HttpRequest, form: schemas.DeployForm) -> Status[Detail]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = fleet.deploy(tenant_id=who.tenant_id, actor=who.name, order=_order(form), now=clock.now())
        return Status(202, _shown(who, row.id))


@router.get("/instances/{uuid:instance_id}", response=Detail)
@needs(Right.READ)
def get_instance(request: HttpRequest, instance_id: UUID) -> Detail:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _shown(who, instance_id)


@router.patch("/instances/{uuid:instance_id}", response={202: Detail})
@needs(Right.DEPLOY)
def configure(request: HttpRequest, instance_id: UUID, form: schemas.ConfigureForm) -> Status[Detail]:
    return _acted(request, instance_id, fleet.configure, inputs=form.inputs)


@router.post("/instances/{uuid:instance_id}/pause", response={202: Detail})
@needs(Right.DEPLOY)
def pause(
    request: HttpRequest,
    instance_id: UUID,
    form: Annotated[schemas.PauseForm | None, BodyParam()] = None,
) -> Status[Detail]:
    wish = pauses.Wish(PauseMode(form.mode), form.reason, form.until) if form else pauses.HOLD
    return _acted(request, instance_id, fleet.pause, wish=wish)


@router.post("/instances/{uuid:instance_id}/resume", response={202: Detail})
@needs(Right.DEPLOY)
def resume(request: HttpRequest, instance_id: UUID) -> Status[Detail]:
    return _acted(request, instance_id, fleet.resume)


@router.post("/instances/{uuid:instance_id}/stop", response={202: Detail})
@needs(Right.DEPLOY)
def stop(request: HttpRequest, instance_id: UUID, form: schemas.StopForm) -> Status[Detail]:
    return _acted(request, instance_id, fleet.stop, close_positions=form.close_positions)


@router.delete("/instances/{uuid:instance_id}", response={204: None})
@needs(Right.DEPLOY)
def remove(request: HttpRequest, instance_id: UUID) -> Status[None]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        fleet.remove(instance_id=instance_id, tenant_id=who.tenant_id, actor=who.name, now=clock.now())
    return Status(204, None)


@router.get("/instances/{uuid:instance_id}/positions", response=list[schemas.Position])
@needs(Right.READ)
def positions(request: HttpRequest, instance_id: UUID) -> list[schemas.Position]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, instance_id)
        found = journal.open_positions(account_id=row.account_id, magic=row.magic)
        return [present.position(position) for position in found]


@router.get("/instances/{uuid:instance_id}/trades", response=list[schemas.Trade])
@needs(Right.READ)
def trades(
    request: HttpRequest, instance_id: UUID, limit: int = QueryParam(50, ge=1, le=500)
) -> list[schemas.Trade]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, instance_id)
        chosen = TradeFilter(accounts=(row.account_id,), magic=row.magic)
        found = matching.trades(tenant_id=who.tenant_id, chosen=chosen)[:limit]
        return Book(who.tenant_id).shown(list(found))


@router.get("/instances/{uuid:instance_id}/equity", response=list[schemas.EquityPoint])
@needs(Right.READ)
def equity(
    request: HttpRequest, instance_id: UUID, hours: int = QueryParam(24, ge=1, le=24 * 366)
) -> list[schemas.EquityPoint]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return equity_of(_find(who, instance_id).account_id, hours)


@router.get("/instances/{uuid:instance_id}/candles", response=list[schemas.Candle])
@needs(Right.READ)
def candles(
    request: HttpRequest, instance_id: UUID, count: int = QueryParam(500, ge=1, le=5000)
) -> list[schemas.Candle]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, instance_id)
        bars = market.newest_candles(
            tenant_id=who.tenant_id, server=row.account.server, symbol=row.symbol, count=count
        )
        return [
            schemas.Candle(
                time=int(bar.opened_at.timestamp()),
                open=float(bar.open),
                high=float(bar.high),
                low=float(bar.low),
                close=float(bar.close),
            )
            for bar in bars
        ]


@router.get("/instances/{uuid:instance_id}/log", response=schemas.LogTail)
@needs(Right.READ)
def log(
    request: HttpRequest, instance_id: UUID, offset: int | None = QueryParam(None, ge=0)
) -> schemas.LogTail:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, instance_id)
    found = driver(settings.FLEET_DRIVER).logs(row.id, offset=offset, most_bytes=LOG_CHUNK_BYTES)
    return schemas.LogTail(lines=found.lines, next_offset=found.next_offset)


@router.get("/instances/{uuid:instance_id}/commands", response=list[schemas.Command])
@needs(Right.READ)
def commands(request: HttpRequest, instance_id: UUID) -> list[schemas.Command]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, instance_id)
        return [present.command(command) for command in fleets.newest_commands(instance=row, limit=50)]


def _order(form: schemas.DeployForm) -> fleet.Order:
    template = catalogue.template_by_id(form.template_id)
    version = offers.offered(template) if template else None
    if template is None or version is None:
        raise NotFound("EA")
    return fleet.Order(
        template=template,
        version=version,
        account_id=form.account_id,
        symbol=form.symbol,
        name=form.name,
        inputs=form.inputs,
    )


def _acted(request: HttpRequest, instance_id: UUID, verb: Any, **wishes: Any) -> Status[Detail]:
    """Let the verb decide and show what is wanted now."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        verb(instance_id=instance_id, tenant_id=who.tenant_id, actor=who.name, now=clock.now(), **wishes)
        return Status(202, _shown(who, instance_id))


def _find(who: Actor, instance_id: UUID) -> EAInstance:
    row = fleets.instances(tenant_id=who.tenant_id).filter(id=instance_id).first()
    if row is None:
        raise NotFound("EA instance")
    return row


def _shown(who: Actor, instance_id: UUID) -> Detail:
    row = _find(who, instance_id)
    key = (row.account_id, row.magic)
    made = _results(who, of=key).get(key, Result())
    return present.instance_detail(row, made, clock.now())


def _results(who: Actor, of: journal.Key | None = None) -> dict[journal.Key, Result]:
    return journal.results(tenant_id=who.tenant_id, midnight=clock.midnight(), of=of)


def _problems(refusal: Refused) -> list[schemas.ProblemItem]:
    if not refusal.faults:
        return [schemas.ProblemItem(pointer="", detail=refusal.detail)]
    return [schemas.ProblemItem(pointer=fault.pointer, detail=fault.detail) for fault in refusal.faults]
