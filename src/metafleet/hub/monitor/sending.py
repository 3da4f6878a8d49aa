"""The nudges of what is to be told. Each is safe to run twice and safe to lose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from django.conf import settings

from metafleet.hub.kernel import clock
from metafleet.hub.kernel.nudges import Reminders
from metafleet.hub.monitor import deliveries
from metafleet.hub.monitor.outgoing import Outside

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
