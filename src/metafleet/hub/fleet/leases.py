"""The lease on one EA instance: who brings it closer to what is wanted, and for how long.

Whoever writes by what a look has shown holds the row first, and goes away where the
look no longer counts: a worker that was slow must not undo what another has done since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from metafleet.hub.fleet import steps
from metafleet.hub.fleet.models import DesiredState, EAInstance
from metafleet.hub.kernel import clock, nudges
from metafleet.hub.kernel.tenancy import tenant_scope

LEASE = timedelta(seconds=10)
"""Longer than any step takes, short enough that a dead worker's work is taken over soon."""
SWEEP_EVERY_S = 2.0


class Outdated(Exception):
    """The look no longer counts: another worker has taken over, or something else is wanted."""


@dataclass(frozen=True, slots=True)
class Claim:
    tenant_id: UUID
    instance_id: UUID
    lease_until: datetime


def claim(*, tenant_id: UUID, instance_id: UUID, now: datetime) -> Claim | None:
    """Take the lease, by one conditional update; None where somebody has it."""
    until = now + LEASE
    with tenant_scope(tenant_id):
        taken = (
            EAInstance.objects.filter(id=instance_id)
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
            .update(lease_until=until, reconcile_due_at=until)
        )
    return Claim(tenant_id, instance_id, until) if taken else None


def hold(claim: Claim, seen: steps.Seen | None = None) -> EAInstance:
    """Return the instance, its row held until commit.

    Raises Outdated when the lease is another's, or what is wanted is no longer what was `seen`.
    """
    instance = (
        EAInstance.objects.select_for_update(of=("self",))
        .select_related("account", "template", "version", "terminal")
        .get(id=claim.instance_id)
    )
    if instance.lease_until != claim.lease_until:
        raise Outdated("another worker has taken over")
    if seen and (seen.desired, seen.close_on_stop) != (wanted(instance), instance.close_on_stop):
        raise Outdated("something else is wanted")
    return instance


def wanted(instance: EAInstance) -> steps.Desired:
    """Return what is wanted of it; of one that was removed nothing runs."""
    if instance.deleted_at is not None:
        return "stopped"
    match DesiredState(instance.desired_state):
        case DesiredState.RUNNING:
            return "running"
        case DesiredState.PAUSED:
            return "paused"
        case DesiredState.STOPPED:
            return "stopped"


def release(claim: Claim, again_at: datetime | None) -> None:
    """Give the lease back. A due time that somebody set meanwhile is earlier news: it stays.

    What is due before the next sweep would see it is nudged.
    """
    with tenant_scope(claim.tenant_id):
        mine = EAInstance.objects.filter(id=claim.instance_id, lease_until=claim.lease_until)
        mine.filter(reconcile_due_at=claim.lease_until).update(reconcile_due_at=again_at)
        mine.update(lease_until=None)
        due_at = EAInstance.objects.values_list("reconcile_due_at", flat=True).get(id=claim.instance_id)
        wait_s = None if due_at is None else (due_at - clock.now()).total_seconds()
        if wait_s is not None and wait_s < SWEEP_EVERY_S:
            nudges.enqueue_on_commit(
                "fleet.reconcile",
                after_s=max(0.0, wait_s),
                tenant_id=str(claim.tenant_id),
                instance_id=str(claim.instance_id),
            )
