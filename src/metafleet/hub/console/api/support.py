"""Support access: granted and ended by the desk's owner; asked for, entered and left by operators."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.audit import operations as audit
from metafleet.hub.console import deeds
from metafleet.hub.console.access import SUPPORT_KEY, actor, needs, support_name
from metafleet.hub.console.schemas import members as shown
from metafleet.hub.identity import support
from metafleet.hub.identity.models import SupportAccess
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
SHOWN = 50


@router.get("/support", response=list[shown.SupportAccess])
@needs(Right.READ, takes_limited_keys=False)
def list_accesses(request: HttpRequest) -> list[shown.SupportAccess]:
    """What support asked and was granted, the newest first."""
    return _list(actor(request).tenant_id)


@router.post("/support", response={201: shown.SupportAccess})
@needs(Right.ADMIN, takes_limited_keys=False)
def grant_support(request: HttpRequest, form: shown.GrantForm) -> Status[shown.SupportAccess]:
    """Let whichever operator helps into the desk, for some hours."""
    return Status(201, _grant(request, None, form))


@router.post("/support/{uuid:support_id}/grant", response=shown.SupportAccess)
@needs(Right.ADMIN, takes_limited_keys=False)
def answer_support(request: HttpRequest, support_id: UUID, form: shown.GrantForm) -> shown.SupportAccess:
    """Let the operator who asked into the desk, for some hours."""
    return _grant(request, support_id, form)


@router.post("/support/{uuid:support_id}/end", response=shown.SupportAccess)
@needs(Right.ADMIN, takes_limited_keys=False)
def end_support(request: HttpRequest, support_id: UUID) -> shown.SupportAccess:
    """End the access, or refuse the request: they are out at their next request."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = support.end(tenant_id=who.tenant_id, access_id=support_id, actor=who.name, now=now)
        deeds.record(who, "support.ended", _whom(row), subject_id=row.id, now=now)
    return _shown(row, now)


@router.post("/support/leave", response={204: None})
@needs(Right.READ)
def leave_support(request: HttpRequest) -> Status[None]:
    """Go back from a customer's desk to one's own."""
    if request.session.pop(SUPPORT_KEY, None) is not None:
        who, now = actor(request), clock.now()
        if who.via == "support":
            with tenant_scope(who.tenant_id):
                deeds.record(who, "support.left", who.user.email, subject_id=who.user.id, now=now)
    return Status(204, None)


@router.get("/operator/tenants/{uuid:tenant_id}/support", response=list[shown.SupportAccess])
@needs(Right.AUDIT)
def customer_accesses(request: HttpRequest, tenant_id: UUID) -> list[shown.SupportAccess]:
    return _list(tenant_id)


@router.post("/operator/tenants/{uuid:tenant_id}/support", response={201: shown.SupportAccess})
@needs(Right.OPERATE)
def ask_for_support(
    request: HttpRequest, tenant_id: UUID, form: shown.AskForm
) -> Status[shown.SupportAccess]:
    """Ask the customer's owner to be let in, with the reason that they read."""
    who, now = actor(request), clock.now()
    with tenant_scope(tenant_id):
        row = support.ask(tenant_id=tenant_id, operator=who.user, reason=form.reason, now=now)
        audit.record(
            tenant_id=tenant_id,
            actor=support_name(who.user),
            action="support.asked",
            subject=form.reason,
            subject_id=row.id,
            now=now,
        )
    return Status(201, _shown(row, now))


@router.post("/operator/tenants/{uuid:tenant_id}/support/enter", response={204: None})
@needs(Right.OPERATE)
def enter_desk(request: HttpRequest, tenant_id: UUID) -> Status[None]:
    """Go on in the customer's desk, while they let you. Every look goes on their record."""
    who, now = actor(request), clock.now()
    with tenant_scope(tenant_id):
        row = support.access_of(tenant_id=tenant_id, operator_id=who.user.id, now=now)
        if row is None:
            raise support.NotGranted
        audit.record(
            tenant_id=tenant_id,
            actor=support_name(who.user),
            action="support.entered",
            subject=row.reason or who.user.email,
            subject_id=row.id,
            now=now,
        )
    request.session[SUPPORT_KEY] = str(tenant_id)
    return Status(204, None)


def _grant(request: HttpRequest, access_id: UUID | None, form: shown.GrantForm) -> shown.SupportAccess:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = support.grant(
            tenant_id=who.tenant_id,
            access_id=access_id,
            hours=form.hours,
            may_act=form.may_act,
            actor=who.name,
            now=now,
        )
        detail = {"hours": form.hours, "mayAct": form.may_act}
        deeds.record(who, "support.granted", _whom(row), subject_id=row.id, now=now, detail=detail)
    return _shown(row, now)


def _list(tenant_id: UUID) -> list[shown.SupportAccess]:
    now = clock.now()
    with tenant_scope(tenant_id):
        return [_shown(row, now) for row in support.accesses(tenant_id=tenant_id)[:SHOWN]]


def _whom(row: SupportAccess) -> str:
    return row.operator.email if row.operator else "whoever helps"


def _shown(row: SupportAccess, now: datetime) -> shown.SupportAccess:
    is_over = row.ended_at is not None or row.expires_at <= now
    return shown.SupportAccess(
        id=row.id,
        operator=row.operator.email if row.operator else None,
        reason=row.reason,
        may_act=row.may_act,
        state="over" if is_over else "granted" if row.granted_at else "asked",
        created_at=row.created_at,
        granted_at=row.granted_at,
        granted_by=row.granted_by,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
