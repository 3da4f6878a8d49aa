"""Members of a tenant and who is invited. Changes count from the next request."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.db.models import QuerySet

from metafleet.hub.identity.models import Invitation, Membership, Role, User
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope

INVITED_FOR: Final = timedelta(days=7)
MOST_OPEN: Final = 50
_TOKEN_BYTES: Final = 32
_DOOR: Final = "SELECT tenant_id, invitation_id FROM invitation(%s)"


class LastOwner(Refused):
    def __init__(self) -> None:
        super().__init__("This is the desk's last owner. Make somebody else an owner first.")


class TooManyInvitations(Refused):
    def __init__(self) -> None:
        super().__init__(f"{MOST_OPEN} invitations are open, which is the most. Revoke one first.")


class InvitationOver(NotFound):
    def __init__(self) -> None:
        super().__init__("invitation")
        self.detail = "This invitation was used, taken back, or is over. Ask for a new one."


def members(*, tenant_id: UUID) -> QuerySet[Membership]:
    return Membership.objects.filter(tenant_id=tenant_id).select_related("user").order_by("created_at")


def change_role(*, tenant_id: UUID, user_id: UUID, role: Role, now: datetime) -> tuple[Membership, Role]:
    """Return the membership and the role before. Raises NotFound, LastOwner."""
    row = _held(tenant_id, user_id, keeps_owner=role == Role.OWNER)
    before, row.role = Role(row.role), role
    Membership.objects.filter(id=row.id).update(role=role, updated_at=now)
    return row, before


def remove(*, tenant_id: UUID, user_id: UUID) -> Membership:
    """Take the person's place in the tenant away. Raises NotFound, LastOwner."""
    row = _held(tenant_id, user_id, keeps_owner=False)
    Membership.objects.filter(id=row.id).delete()
    return row


def open_invitations(*, tenant_id: UUID) -> QuerySet[Invitation]:
    """Return those that were neither accepted nor revoked, the newest first; those that ran out too."""
    found = Invitation.objects.filter(tenant_id=tenant_id, accepted_at=None, revoked_at=None)
    return found.order_by("-created_at")


def invite(
    *, tenant_id: UUID, email: str, role: Role, invited_by: str, now: datetime
) -> tuple[Invitation, Secret]:
    """Offer a place; return it with its link's token, which is not kept. Inviting again ends the older link.

    Raises Malformed for who is here already, TooManyInvitations.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Malformed(Fault("/email", "Enter an e-mail address, like name@example.com.")) from error
    if members(tenant_id=tenant_id).filter(user__email=address).exists():
        raise Malformed(Fault("/email", "This person belongs to the desk already. Change their role."))
    waiting = open_invitations(tenant_id=tenant_id)
    waiting.filter(email=address).update(revoked_at=now, updated_at=now)
    if waiting.count() >= MOST_OPEN:
        raise TooManyInvitations
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = Invitation.objects.create(
        tenant_id=tenant_id,
        email=address,
        role=role,
        token_hash=_hash(token),
        invited_by=invited_by,
        expires_at=now + INVITED_FOR,
    )
    return row, Secret(token)


def revoke_invitation(*, tenant_id: UUID, invitation_id: UUID, now: datetime) -> Invitation:
    """End the link at once. Raises NotFound."""
    row = find_invitation(tenant_id=tenant_id, invitation_id=invitation_id)
    Invitation.objects.filter(id=row.id).update(revoked_at=now, updated_at=now)
    return row


def find_invitation(*, tenant_id: UUID, invitation_id: UUID) -> Invitation:
    """Return one that is open. Raises NotFound."""
    row = open_invitations(tenant_id=tenant_id).filter(id=invitation_id).first()
    if row is None:
        raise NotFound("open invitation")
    return row


def offered(token: str, now: datetime) -> Invitation:
    """Return the open invitation of this link, with its tenant. Raises InvitationOver."""
    with connection.cursor() as cursor:
        cursor.execute(_DOOR, [_hash(token)])
        found = cursor.fetchone()
    if found is None:
        raise InvitationOver
    with tenant_scope(found[0]):
        row = open_invitations(tenant_id=found[0]).select_related("tenant").filter(id=found[1]).first()
    if row is None or row.expires_at <= now:
        raise InvitationOver
    return row


def accept(*, invitation: Invitation, user: User, now: datetime) -> Membership:
    """Make the person a member, in the tenant's scope. The link works no more.

    Who is a member already keeps their role. Raises InvitationOver where somebody was faster.
    """
    still = open_invitations(tenant_id=invitation.tenant_id).filter(id=invitation.id)
    if not still.update(accepted_at=now, updated_at=now):
        raise InvitationOver
    row, _ = Membership.objects.get_or_create(
        tenant_id=invitation.tenant_id, user=user, defaults={"role": invitation.role}
    )
    return row


def _held(tenant_id: UUID, user_id: UUID, *, keeps_owner: bool) -> Membership:
    """Return the membership; the owners' rows are held until commit, so that two do not go at once."""
    owners = list(Membership.objects.select_for_update().filter(tenant_id=tenant_id, role=Role.OWNER))
    row = members(tenant_id=tenant_id).filter(user_id=user_id).first()
    if row is None:
        raise NotFound("member")
    if not keeps_owner and [owner.id for owner in owners] == [row.id]:
        raise LastOwner
    return row


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
