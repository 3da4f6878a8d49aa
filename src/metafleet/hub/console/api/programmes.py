"""Prop firms' programmes: those that ship, a desk's own, and which accounts are in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from ninja import Router, Status

from metafleet.engine.programmes import terms
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import programmes as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import desk_programmes, limits
from metafleet.hub.monitor.models import Programme

router = Router(by_alias=True)


@router.get("/alerts/programmes/shipped", response=list[shown.ShippedProgramme])
@needs(Right.READ)
def list_shipped_programmes(request: HttpRequest) -> list[shown.ShippedProgramme]:
    """Terms as firms commonly publish them. Copy one, and make it say what your firm's page says."""
    return [
        shown.ShippedProgramme(key=key, terms=_terms(msgspec.to_builtins(programme)))
        for key, programme in terms.shipped().items()
    ]


@router.get("/alerts/programmes", response=list[shown.Programme])
@needs(Right.READ, takes_limited_keys=False)
def list_programmes(request: HttpRequest) -> list[shown.Programme]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        inside = desk_programmes.counts(tenant_id=who.tenant_id)
        return [
            _programme(row, inside.get(row.id, {}))
            for row in desk_programmes.programmes(tenant_id=who.tenant_id)
        ]


@router.post("/alerts/programmes", response={201: shown.Programme})
@needs(Right.ADMIN, takes_limited_keys=False)
def add_programme(request: HttpRequest, form: shown.NewProgrammeForm) -> Status[shown.Programme]:
    """Add a programme: by its terms, or as a copy of one that ships."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_programmes.add(
            tenant_id=who.tenant_id,
            document=None if form.terms is None else _document(form.terms),
            origin=form.origin,
            actor=who.name,
            now=clock.now(),
        )
        return Status(201, _programme(row, {}))


@router.put("/alerts/programmes/{uuid:programme_id}", response=shown.Programme)
@needs(Right.ADMIN, takes_limited_keys=False)
def change_programme(request: HttpRequest, programme_id: UUID, form: shown.ProgrammeForm) -> shown.Programme:
    """Change its terms, for every account that is in it from now on."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = desk_programmes.change(
            **_of(who, programme_id), document=_document(form.terms), actor=who.name, now=clock.now()
        )
        return _told(who, row)


@router.delete("/alerts/programmes/{uuid:programme_id}", response={204: None})
@needs(Right.ADMIN, takes_limited_keys=False)
def remove_programme(request: HttpRequest, programme_id: UUID) -> Status[None]:
    """Remove a programme that no account is in."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        desk_programmes.remove(**_of(who, programme_id), actor=who.name, now=clock.now())
    return Status(204, None)


@router.get("/alerts/programmes/{uuid:programme_id}/accounts", response=shown.ProgrammeMembers)
@needs(Right.READ, takes_limited_keys=False)
def list_members(request: HttpRequest, programme_id: UUID) -> shown.ProgrammeMembers:
    """The accounts in it, with their phases and how near each is to a breach."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        desk_programmes.find(**_of(who, programme_id))
        found = limits.members(**_of(who, programme_id))
    items = [shown.ProgrammeMember.model_validate(one) for one in found[: limits.MOST_SHOWN]]
    return shown.ProgrammeMembers(total=len(found), items=items)


@router.post("/alerts/programmes/{uuid:programme_id}/accounts", response=shown.Programme)
@needs(Right.DEPLOY, takes_limited_keys=False)
def put_in(request: HttpRequest, programme_id: UUID, form: shown.AssignForm) -> shown.Programme:
    """Put accounts into a phase of it: all of them, or none. The phase begins now."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        desk_programmes.assign(
            **_of(who, programme_id),
            account_ids=form.account_ids,
            phase=form.phase,
            initial_balance=cents(form.initial_balance),
            actor=who.name,
            now=clock.now(),
        )
        return _told(who, desk_programmes.find(**_of(who, programme_id)))


@router.post("/alerts/programmes/{uuid:programme_id}/accounts/take-out", response=shown.Programme)
@needs(Right.DEPLOY, takes_limited_keys=False)
def take_out(request: HttpRequest, programme_id: UUID, form: shown.TakeOutForm) -> shown.Programme:
    """Take accounts out of it: no programme judges them any more."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        desk_programmes.take_out(
            **_of(who, programme_id), account_ids=form.account_ids, actor=who.name, now=clock.now()
        )
        return _told(who, desk_programmes.find(**_of(who, programme_id)))


def cents(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount)).quantize(Decimal("0.01"))


def _of(who: Actor, programme_id: UUID) -> dict[str, Any]:
    return {"tenant_id": who.tenant_id, "programme_id": programme_id}


def _document(form: shown.ProgrammeTerms) -> dict[str, Any]:
    """Return the terms as they are kept: 5, and not 5.0."""
    phases = [
        {name: int(value) if isinstance(value, float) and value.is_integer() else value
         for name, value in phase.model_dump(by_alias=True).items()}
        for phase in form.phases
    ]  # fmt: skip
    return {**form.model_dump(by_alias=True), "phases": phases}


def _terms(document: Any) -> shown.ProgrammeTerms:
    return shown.ProgrammeTerms.model_validate(document)


def _told(who: Actor, row: Programme) -> shown.Programme:
    return _programme(row, desk_programmes.counts(tenant_id=who.tenant_id).get(row.id, {}))


def _programme(row: Programme, inside: dict[str, int]) -> shown.Programme:
    return shown.Programme(
        id=row.id,
        origin=row.origin,
        terms=_terms(row.document),
        accounts=sum(inside.values()),
        phases=[shown.PhaseCount(phase=phase, accounts=count) for phase, count in inside.items()],
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
