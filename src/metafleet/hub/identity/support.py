"""Support access: an operator asks, the customer's owner grants it for some hours, either side ends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from metafleet.hub.identity.models import SupportAccess, Tenant, User
from metafleet.hub.kernel.errors import NotFound, Refused

ASKED_FOR: Final = timedelta(days=7)
"""How long a request waits for the owner."""


class NotGranted(Refused):
    def __init__(self) -> None:
        super().__init__("The customer has not let support in, or it is over. Ask them, with a reason.")


def accesses(*, tenant_id: UUID) -> QuerySet[SupportAccess]:
    """Return what was asked and granted of the tenant, the newest first."""
    found = SupportAccess.objects.filter(tenant_id=tenant_id).select_related("operator")
    return found.order_by("-created_at", "id")


def ask(*, tenant_id: UUID, operator: User, reason: str, now: datetime) -> SupportAccess:
    """Ask the customer. Asking again renews the request that waits. Raises NotFound."""
    if not Tenant.objects.filter(id=tenant_id).exists():
        raise NotFound("customer")
    waiting = accesses(tenant_id=tenant_id).filter(operator=operator, granted_at=None, ended_at=None)
    waiting.update(ended_at=now, ended_by="", updated_at=now)
    return SupportAccess.objects.create(
        tenant_id=tenant_id, operator=operator, reason=reason, expires_at=now + ASKED_FOR
    )


def grant(
    *, tenant_id: UUID, access_id: UUID | None, hours: int, may_act: bool, actor: str, now: datetime
) -> SupportAccess:
    """Let support in from now on. access_id: the request that is answered; None for whoever helps.

    Raises NotFound for a request that is none, is answered or over.
    """
    until = now + timedelta(hours=hours)
    if access_id is None:
        return SupportAccess.objects.create(
            tenant_id=tenant_id, may_act=may_act, granted_at=now, granted_by=actor, expires_at=until
        )
    asked = accesses(tenant_id=tenant_id).filter(
        id=access_id, granted_at=None, ended_at=None, expires_at__gt=now
    )
    if not asked.update(may_act=may_act, granted_at=now, granted_by=actor, expires_at=until, updated_at=now):
        raise NotFound("open request for support")
    return accesses(tenant_id=tenant_id).get(id=access_id)


def end(*, tenant_id: UUID, access_id: UUID, actor: str, now: datetime) -> SupportAccess:
    """End it at once; refuse it, if it was asked only. Raises NotFound."""
    found = accesses(tenant_id=tenant_id).filter(id=access_id)
    if not found.filter(ended_at=None).update(ended_at=now, ended_by=actor, updated_at=now):
        raise NotFound("support access that goes on")
    return found.get()


def going_on(*, tenant_id: UUID, now: datetime) -> QuerySet[SupportAccess]:
    """Return what is granted and neither ended nor over."""
    return accesses(tenant_id=tenant_id).filter(granted_at__isnull=False, ended_at=None, expires_at__gt=now)


def access_of(*, tenant_id: UUID, operator_id: UUID, now: datetime) -> SupportAccess | None:
    """Return by what this operator may look into the tenant now, in its scope; the widest, if several."""
    theirs = Q(operator_id=operator_id) | Q(operator=None)
    found = going_on(tenant_id=tenant_id, now=now).filter(theirs)
    return found.order_by("-may_act", "-expires_at").first()
