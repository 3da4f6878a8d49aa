"""What every new person gets: a tenant of their own, its first plan and the first entry of its record."""

from __future__ import annotations

from django.db import transaction

from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.identity import operations as identity
from metafleet.hub.identity.models import Membership, User
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope


def found(user: User, tenant_name: str) -> Membership:
    """Make the person the owner of a new tenant on bronze, all or nothing."""
    with transaction.atomic():
        membership = identity.found_tenant(user, tenant_name)
        tenant = membership.tenant
        with tenant_scope(tenant.id):
            billing.start_plan(tenant_id=tenant.id, plan=PlanCode.BRONZE)
            audit.record(
                tenant_id=tenant.id,
                actor=user.email,
                action="tenant.created",
                subject=tenant.name,
                subject_id=tenant.id,
                now=clock.now(),
            )
    return membership
