"""The fleet's nudges. Each is safe to run twice and safe to lose."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from celery.exceptions import Ignore

from metafleet.hub.fleet import queries
from metafleet.hub.fleet import reconcile as reconciler
from metafleet.hub.fleet.expiry import expire_commands
from metafleet.hub.kernel import clock, nudges

SWEEP_AT_MOST = 200


@shared_task(name="fleet.reconcile")
def reconcile(*, tenant_id: str, instance_id: str, **_: Any) -> str:
    """Bring one EA instance closer to what is wanted of it; a look that only settled leaves no result."""
    taken = reconciler.reconcile(tenant_id=UUID(tenant_id), instance_id=UUID(instance_id))
    if set(taken) <= {"Settle"}:
        raise Ignore
    return ", ".join(taken)


@shared_task(name="fleet.sweep", ignore_result=True)
def sweep(**_: Any) -> None:
    """Nudge every instance that is due: what makes a lost nudge cost seconds only. End old commands."""
    expire_commands(now=clock.now())
    for tenant_id, instance_id in queries.due_instances(now=clock.now(), limit=SWEEP_AT_MOST):
        nudges.enqueue_on_commit("fleet.reconcile", tenant_id=str(tenant_id), instance_id=str(instance_id))
