"""The beats of what is kept in a cloud. Each is safe to run twice and safe to lose."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import shared_task
from django.conf import settings

from metafleet.hub.fleet.drivers import driver
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.amazon import AmazonError
from metafleet.hub.monitor.clouds import logs, outbox, watched
from metafleet.hub.monitor.clouds.aws.alarms import CloudWatchAlarms
from metafleet.hub.monitor.clouds.aws.events import EventBridge
from metafleet.hub.monitor.clouds.aws.logs import CloudWatchLogs
from metafleet.hub.monitor.clouds.aws.metrics import CloudWatchMetrics

_log = logging.getLogger(__name__)


@shared_task(name="monitor.clouds.metrics", ignore_result=True)
def metrics(**_: Any) -> None:
    """Send how every running EA does."""
    with _said("metrics"):
        watched.publish(metrics=CloudWatchMetrics(settings.AWS_MONITOR.region), now=clock.now())


@shared_task(name="monitor.clouds.alarms", ignore_result=True)
def alarms(**_: Any) -> None:
    """Keep an alarm for each deployed EA."""
    amazon = settings.AWS_MONITOR
    with _said("alarms"):
        port = CloudWatchAlarms(amazon.region, settings.INSTALLATION_ID)
        watched.keep_alarms(alarms=port, loss=amazon.alarm_loss, topic=amazon.alarm_topic)


@shared_task(name="monitor.clouds.events", ignore_result=True)
def events(**_: Any) -> None:
    """Tell incidents and deployments to a bus."""
    amazon, now = settings.AWS_MONITOR, clock.now()
    outbox.collect(now=now)
    outbox.send(events=EventBridge(amazon.region, amazon.event_bus), now=now)


@shared_task(name="monitor.clouds.logs", ignore_result=True)
def send_logs(**_: Any) -> None:
    """Send on what EAs have written."""
    amazon = settings.AWS_MONITOR
    with _said("logs"):
        port = CloudWatchLogs(amazon.region, amazon.log_groups)
        logs.ship(logs=port, driver=driver(settings.FLEET_DRIVER), now=clock.now())


@contextmanager
def _said(what: str) -> Iterator[None]:
    """What Amazon refuses is told in the log, and tried again at the next beat."""
    try:
        yield
    except AmazonError as error:
        _log.warning("the %s were left for the next time: %s", what, error)
