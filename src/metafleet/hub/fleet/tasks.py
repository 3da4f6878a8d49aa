"""The fleet's nudges. Each is safe to run twice and safe to lose."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from django.conf import settings

from metafleet.hub.audit import keeping
from metafleet.hub.billing.providers import provider
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.fleet import (
    closing,
    deployments,
    fencing,
    hosts,
    pause_ends,
    placement,
    plans,
    queries,
    receipts,
    scaling,
    task_results,
    watch,
)
from metafleet.hub.fleet import reconcile as reconciler
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.fleet.drivers.contract import DriverError
from metafleet.hub.fleet.expiry import expire_commands
from metafleet.hub.fleet.trials import trying
from metafleet.hub.kernel import clock, nudges

SWEEP_AT_MOST = 200
NUDGE_AGAIN = timedelta(seconds=10)
"""What is still due is nudged again after this: the nudge before may be lost."""

NUDGES_COME_WITHIN = timedelta(seconds=1)
"""A row that has just become due has a nudge under way, which knows from which click and in which trace."""

_reminders = nudges.Reminders(NUDGE_AGAIN)
_log = logging.getLogger(__name__)


@shared_task(name="fleet.reconcile", bind=True)
def reconcile(self: Task[..., str], *, tenant_id: str, instance_id: str, **_: Any) -> str:
    """Bring one EA instance closer to what is wanted of it; a look that only settled leaves no result."""
    taken = reconciler.reconcile(tenant_id=UUID(tenant_id), instance_id=UUID(instance_id))
    if set(taken) <= {"Settle"}:
        _leave_no_result(self)
    else:
        _log.info("EA instance %s: %s", instance_id, ", ".join(taken))
    return ", ".join(taken)


@shared_task(name="fleet.sweep", ignore_result=True)
def sweep(**_: Any) -> None:
    """Nudge every instance that is due, and what the watch finds changed: a lost nudge costs seconds
    only. End old commands."""
    fencing.witness().mark()
    expire_commands(now=clock.now())
    now = clock.now()
    for due in queries.due_instances(now=now - NUDGES_COME_WITHIN, limit=SWEEP_AT_MOST):
        if _reminders.is_due(due, now):
            _nudge(*due)
    for changed in watch.changed(driver(settings.FLEET_DRIVER), clock.now())[:SWEEP_AT_MOST]:
        _nudge(*changed)


def _leave_no_result(task: Task[..., str]) -> None:
    """Celery's Ignore does that too, and formats its traceback first: as long as the look itself takes."""
    task.request.ignore_result = True


def _nudge(tenant_id: UUID, instance_id: UUID) -> None:
    nudges.enqueue_on_commit("fleet.reconcile", tenant_id=str(tenant_id), instance_id=str(instance_id))


@shared_task(name="fleet.try_out", bind=True)
def try_out(self: Task[..., str], *, version_id: str, **_: Any) -> str:
    """Try an uploaded EA out, and write what came of it."""
    done = trying.try_out(UUID(version_id))
    if done is None:
        _leave_no_result(self)
        return ""
    return f"{done.template.slug} {done.version}: {done.state}"


@shared_task(name="fleet.sweep_trials", ignore_result=True)
def sweep_trials(**_: Any) -> None:
    """Nudge the uploaded EA whose trial has been due for longest."""
    for version_id in catalogue.due_trials(now=clock.now(), limit=1):
        nudges.enqueue_on_commit("fleet.try_out", version_id=str(version_id))


@shared_task(name="fleet.hosts", ignore_result=True)
def watch_hosts(**_: Any) -> None:
    """Write how the hosts are, notice those that are silent, move EAs away from those that are drained."""
    engine = driver(settings.FLEET_DRIVER)
    try:
        seen = engine.hosts()
    except DriverError as error:
        _log.warning("the driver %s does not say how its hosts are: %s", settings.FLEET_DRIVER, error)
    else:
        hosts.record(
            driver=settings.FLEET_DRIVER,
            seen=seen,
            usd_per_hour=settings.HOST_USD_PER_HOUR,
            now=clock.now(),
        )
        closing.tell(engine, driver=settings.FLEET_DRIVER, seen=seen)
    hosts.lose_silent(now=clock.now())
    placement.move_all_due(now=clock.now())


@shared_task(name="fleet.scale", ignore_result=True)
def scale(**_: Any) -> None:
    """Bring every scaling group that is due closer to its rule."""
    scaling.scale_due(now=clock.now())


@shared_task(name="fleet.count_deployments", ignore_result=True)
def count_deployments(**_: Any) -> None:
    """Count the deployments that have been proved, or should have been by now."""
    deployments.count(now=clock.now())


@shared_task(name="fleet.end_pauses", ignore_result=True)
def end_pauses(**_: Any) -> None:
    """Resume every EA whose pause has come to its time."""
    pause_ends.lift_due(now=clock.now())


@shared_task(name="fleet.catch_up_plans", ignore_result=True)
def catch_up_plans(**_: Any) -> None:
    """Ask the payment provider after subscriptions of which it has told nothing when it should have."""
    plans.catch_up(provider(), now=clock.now())


@shared_task(name="fleet.catch_up_purchases", ignore_result=True)
def catch_up_purchases(**_: Any) -> None:
    """Ask the payment provider what became of purchases of which it has told nothing."""
    if settings.BILLING != "manual":
        plans.catch_up_purchases(provider(), now=clock.now())


@shared_task(name="fleet.keep_audit", ignore_result=True)
def keep_audit(**_: Any) -> None:
    """Sign how far each record of deeds goes, once a day; take away what is older than it is kept."""
    now = clock.now()
    keeping.make_checkpoints(sign=receipts.sign, now=now)
    keeping.prune(keep=timedelta(days=settings.AUDIT_DAYS), now=now)


@shared_task(name="fleet.forget_results", ignore_result=True)
def forget_results(**_: Any) -> None:
    """Drop the results of tasks that are older than they are kept."""
    task_results.forget(now=clock.now())
