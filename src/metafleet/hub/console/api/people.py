"""The people of a desk: members, invitations, and the desks of a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.audit import operations as audit
from metafleet.hub.console import deeds, throttle
from metafleet.hub.console.access import TENANT_KEY, Actor, actor, needs
from metafleet.hub.console.schemas import members as shown
from metafleet.hub.identity import members
from metafleet.hub.identity import queries as identity
from metafleet.hub.identity.models import Invitation, Role, Tenant
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/people", response=shown.People)
@needs(Right.READ, takes_limited_keys=False)
def list_people(request: HttpRequest) -> shown.People:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        return shown.People(
            members=[
                shown.Member(
                    user_id=row.user_id,
                    email=row.user.email,
                    role=row.role,  # type: ignore[arg-type]
                    since=row.created_at,
                    is_you=row.user_id == who.user.id,
                )
                for row in members.members(tenant_id=who.tenant_id)
            ],
            invitations=[_invitation(row, now) for row in members.open_invitations(tenant_id=who.tenant_id)],
        )


@router.put("/people/{uuid:user_id}", response=shown.People)
@needs(Right.ADMIN, takes_limited_keys=False)
def change_role(request: HttpRequest, user_id: UUID, form: shown.RoleForm) -> shown.People:
    """It counts from their next request; what they have open hears of it within a minute."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row, before = members.change_role(
            tenant_id=who.tenant_id, user_id=user_id, role=Role(form.role), now=now
        )
        detail = {"from": before.value, "to": form.role}
        deeds.record(who, "member.role_changed", row.user.email, subject_id=user_id, now=now, detail=detail)
    return list_people(request)


@router.delete("/people/{uuid:user_id}", response={204: None})
@needs(Right.ADMIN, takes_limited_keys=False)
def remove_member(request: HttpRequest, user_id: UUID) -> Status[None]:
    """They are out at their next request; the keys that they made work no more."""
    _leave(actor(request), user_id, "member.removed")
    return Status(204, None)


@router.post("/people/leave", response={204: None})
@needs(Right.SELF)
def leave(request: HttpRequest) -> Status[None]:
    """Leave the desk that you are at. Its last owner cannot."""
    who = actor(request)
    _leave(who, who.user.id, "member.left")
    request.session.pop(TENANT_KEY, None)
    return Status(204, None)


@router.post("/people/invitations", response={201: shown.NewInvitation})
@needs(Right.ADMIN, takes_limited_keys=False)
def invite(request: HttpRequest, form: shown.InviteForm) -> Status[shown.NewInvitation]:
    """Offer somebody a place by a link that works once, within seven days."""
    return Status(201, _invite(request, form.email, Role(form.role), "member.invited"))


@router.post("/people/invitations/{uuid:invitation_id}/resend", response=shown.NewInvitation)
@needs(Right.ADMIN, takes_limited_keys=False)
def resend_invitation(request: HttpRequest, invitation_id: UUID) -> shown.NewInvitation:
    """Make a new link; the older one works no more."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = members.find_invitation(tenant_id=who.tenant_id, invitation_id=invitation_id)
    return _invite(request, row.email, Role(row.role), "member.invited_again")


@router.delete("/people/invitations/{uuid:invitation_id}", response={204: None})
@needs(Right.ADMIN, takes_limited_keys=False)
def revoke_invitation(request: HttpRequest, invitation_id: UUID) -> Status[None]:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = members.revoke_invitation(tenant_id=who.tenant_id, invitation_id=invitation_id, now=now)
        deeds.record(who, "member.invitation_revoked", row.email, subject_id=row.id, now=now)
    return Status(204, None)


@router.get("/invitations/{str:token}", response=shown.OfferedPlace, auth=None)
@needs(Right.OPEN)
def see_invitation(request: HttpRequest, token: str) -> shown.OfferedPlace:
    """What the link offers; 404 once it was used, taken back or is over."""
    throttle.guard_share(request)
    row = members.offered(token, clock.now())
    return shown.OfferedPlace(
        desk=row.tenant.name,
        role=row.role,  # type: ignore[arg-type]
        invited_by=row.invited_by,
        email=row.email,
        expires_at=row.expires_at,
    )


@router.post("/invitations/{str:token}/accept", response={204: None})
@needs(Right.SELF)
def accept_invitation(request: HttpRequest, token: str) -> Status[None]:
    """Join the desk, and go on there."""
    who, now = actor(request), clock.now()
    row = members.offered(token, now)
    with tenant_scope(row.tenant_id):
        made = members.accept(invitation=row, user=who.user, now=now)
        audit.record(
            tenant_id=row.tenant_id,
            actor=who.user.email,
            action="member.joined",
            subject=who.user.email,
            subject_id=who.user.id,
            now=now,
            detail={"invited": row.email, "role": made.role, "by": row.invited_by},
        )
    request.session[TENANT_KEY] = str(row.tenant_id)
    return Status(204, None)


@router.get("/me/desks", response=list[shown.Desk])
@needs(Right.SELF)
def list_desks(request: HttpRequest) -> list[shown.Desk]:
    """The desks that you belong to, the first one first."""
    who = actor(request)
    return [_desk(who, tenant_id) for tenant_id in identity.tenants_of(user_id=who.user.id)]


@router.post("/me/desk", response={204: None})
@needs(Right.SELF)
def switch_desk(request: HttpRequest, form: shown.DeskForm) -> Status[None]:
    """Go on at another desk of yours."""
    who = actor(request)
    if form.tenant_id not in identity.tenants_of(user_id=who.user.id):
        raise NotFound("desk")
    request.session[TENANT_KEY] = str(form.tenant_id)
    return Status(204, None)


def _desk(who: Actor, tenant_id: UUID) -> shown.Desk:
    membership = identity.membership_of(user_id=who.user.id, tenant_id=tenant_id)
    with tenant_scope(tenant_id):
        name = Tenant.objects.get(id=tenant_id).name
    return shown.Desk(
        tenant_id=tenant_id,
        name=name,
        role=membership.role if membership else "viewer",  # type: ignore[arg-type]
        is_current=tenant_id == who.tenant_id,
    )


def _leave(who: Actor, user_id: UUID, action: str) -> None:
    now = clock.now()
    with tenant_scope(who.tenant_id):
        row = members.remove(tenant_id=who.tenant_id, user_id=user_id)
        detail = {"role": row.role}
        deeds.record(who, action, row.user.email, subject_id=user_id, now=now, detail=detail)


def _invite(request: HttpRequest, email: str, role: Role, action: str) -> shown.NewInvitation:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        desk = Tenant.objects.get(id=who.tenant_id).name
        row, token = members.invite(
            tenant_id=who.tenant_id, email=email, role=role, invited_by=who.name, now=now
        )
        deeds.record(who, action, row.email, subject_id=row.id, now=now, detail={"role": role.value})
    url = request.build_absolute_uri(f"/invitation/{token.reveal()}")
    if settings.SENDS_MAIL:
        _send(row, desk, Secret(url))
    return shown.NewInvitation(invitation=_invitation(row, now), url=None if settings.SENDS_MAIL else url)


def _send(row: Invitation, desk: str, url: Secret) -> None:
    text = (
        f"{row.invited_by} invites you to the desk {desk} as {row.role}.\n\n"
        f"Open this link within seven days to join; it works once:\n{url.reveal()}\n"
    )
    send_mail(f"Join {desk} on metafleet".replace("\n", " "), text, None, [row.email])


def _invitation(row: Invitation, now: datetime) -> shown.Invitation:
    return shown.Invitation(
        id=row.id,
        email=row.email,
        role=row.role,  # type: ignore[arg-type]
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        is_over=row.expires_at <= now,
    )
