"""The console's beats: what comes in by other ways than HTTP. Safe to run twice and safe to lose."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.conf import settings

from metafleet.hub.kernel import clock
from metafleet.hub.kernel.amazon import AmazonError

if TYPE_CHECKING:
    from metafleet.hub.monitor.clouds.aws.queues import SqsQueue

_log = logging.getLogger(__name__)


@shared_task(name="console.take_queued_commands", ignore_result=True)
def take_queued_commands(**_: Any) -> None:
    """Make commands of what is in the queues that the settings name; one that fails holds up no other."""
    from metafleet.hub.console import queued_commands

    for tenant_id, url in settings.AWS_MONITOR.command_queues.items():
        try:
            queue = _queue(settings.AWS_MONITOR.region, url)
            if queue is not None:
                queued_commands.take(tenant_id=tenant_id, queue=queue, clock=clock.now)
        except AmazonError as error:
            _log.warning("the queue %s was left for the next time: %s", url, error)


@functools.cache
def _queue(region: str, url: str) -> SqsQueue | None:
    """Return the queue, looked at once by each process; None for one that sets nothing aside."""
    from metafleet.hub.monitor.clouds.aws.queues import SqsQueue

    queue = SqsQueue(region, url)
    if queue.has_dead_letters():
        return queue
    _log.error(
        "the queue %s has no dead-letter queue, so nothing is read from it: give it a RedrivePolicy and "
        "restart the worker.",
        url,
    )
    return None
