"""The nudges of what is to be told. Each is safe to run twice and safe to lose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from celery import current_app, shared_task
from django.conf import settings

from metafleet.hub.kernel import clock
from metafleet.hub.kernel.nudges import Reminders
from metafleet.hub.monitor import deliveries, incidents
from metafleet.hub.monitor.objectives import keeping
from metafleet.hub.monitor.outgoing import Outside
from metafleet.hub.monitor.weekly import schedule

REPORTS_AT_MOST: Final = 200
"""In one beat; of a large desk one takes seconds."""
_reminders = Reminders(timedelta(seconds=4))


def outside() -> Outside:
    """Return what this installation lets its customers' messages reach."""
    return Outside(networks=settings.WEBHOOK_NETWORKS)


@shared_task(name="monitor.deliver", ignore_result=True)
def deliver(*, tenant_id: str, delivery_id: str) -> None:
    """Send one message, if it is still to be sent."""
    deliveries.deliver(
        tenant_id=UUID(tenant_id), delivery_id=UUID(delivery_id), now=clock.now(), outside=outside()
    )


@shared_task(name="monitor.sweep_deliveries", ignore_result=True)
def sweep(**_: Any) -> None:
    """Hand what is due to the workers: what was lost, what is tried again, what waited for the morning."""
    now = clock.now()
    for tenant_id, delivery_id in deliveries.due(now):
        if _reminders.is_due(delivery_id, now):
            current_app.send_task(
                "monitor.deliver",
                kwargs={"tenant_id": str(tenant_id), "delivery_id": str(delivery_id)},
                expires=60,
            )


@shared_task(name="monitor.sweep_incidents", ignore_result=True)
def sweep_incidents(**_: Any) -> None:
    """Escalate what nobody has taken over, and wake what was snoozed."""
    incidents.sweep(now=clock.now())


@shared_task(name="monitor.keep_objectives", ignore_result=True)
def keep_objectives(**_: Any) -> None:
    """Fold the objectives' old minutes into hours, and drop the hours that no budget needs any more."""
    keeping.keep(now=clock.now())


@shared_task(name="monitor.weekly_report", ignore_result=True)
def weekly_report(*, tenant_id: str, report_id: str) -> None:
    """Queue one weekly report, if it is still due."""
    schedule.send_due(tenant_id=UUID(tenant_id), report_id=UUID(report_id), now=clock.now())


@shared_task(name="monitor.sweep_reports", ignore_result=True)
def sweep_reports(**_: Any) -> None:
    """Hand the weekly reports whose time has come to the workers."""
    now = clock.now()
    for tenant_id, report_id in schedule.due(now=now)[:REPORTS_AT_MOST]:
        current_app.send_task(
            "monitor.weekly_report",
            kwargs={"tenant_id": str(tenant_id), "report_id": str(report_id)},
            expires=60,
        )
