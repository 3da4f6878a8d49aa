from __future__ import annotations

from uuid import UUID

from metafleet.hub.identity.models import Membership
from metafleet.hub.kernel.tenancy import user_scope


def membership_of(*, user_id: UUID, tenant_id: UUID | None = None) -> Membership | None:
    """Return this person's membership in the tenant, or their first one; None without any."""
    with user_scope(user_id):
        memberships = Membership.objects.filter(user_id=user_id)
        if tenant_id:
            memberships = memberships.filter(tenant_id=tenant_id)
        return memberships.order_by("created_at").first()


def tenants_of(*, user_id: UUID) -> list[UUID]:
    """Return the ids of the tenants that this person belongs to, the first one first."""
    with user_scope(user_id):
        memberships = Membership.objects.filter(user_id=user_id).order_by("created_at")
        return list(memberships.values_list("tenant_id", flat=True))
