"""The Celery application. Tasks are nudges: rows say what is due."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

from celery import Celery, signals

from metafleet.hub.kernel import alive, nudges, origin, traced_sql, tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metafleet.hub.config.settings")
# Django's system checks load every screen's code, which neither worker nor beat needs: a test asks them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

app = Celery("metafleet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        *("metafleet.hub.fleet", "metafleet.hub.journal", "metafleet.hub.monitor.clouds"),
        *(
            "metafleet.hub.market",
            "metafleet.hub.tester",
            "metafleet.hub.signals",
            "metafleet.hub.advisor.analysis",
            "metafleet.hub.advisor.recommending",
            "metafleet.hub.console",
        ),
    ]
)
app.autodiscover_tasks(["metafleet.hub.monitor"], related_name="sending")

# A worker has its connection to Redis and beats there; beat has handed a task over.
signals.heartbeat_sent.connect(alive.sign)
signals.after_task_publish.connect(alive.sign)


@signals.task_prerun.connect
def _begin(task: Any, kwargs: dict[str, Any], **_: Any) -> None:
    """What a task does and logs comes of the request that nudged it, and is of the tenant it is for."""
    request = task.request
    headers = request.headers or {}
    whence = origin.Origin(
        request_id=headers.get(nudges.REQUEST_ID, ""),
        tenant_id=str(kwargs.get("tenant_id", "")),
        instance_id=str(kwargs.get("instance_id", "")),
    )
    request.whence = ExitStack()
    request.whence.enter_context(origin.coming_from(whence))
    parent = headers.get(tracing.TRACEPARENT, "")
    # What beat sends every few seconds looks for work; the work that it finds is a trace of its own.
    if tracing.is_on() and (parent or task.name not in app.conf.beat_schedule):
        span = request.whence.enter_context(traced_sql.work(task.name, "consumer", parent=parent))
        span.note(
            {
                "metafleet.request.id": whence.request_id,
                "metafleet.tenant.id": whence.tenant_id,
                "metafleet.instance.id": whence.instance_id,
            }
        )
        request.span = span


@signals.task_postrun.connect
def _end(task: Any, state: str | None = None, **_: Any) -> None:
    if state == "FAILURE" and (span := getattr(task.request, "span", None)):
        span.fail("the task failed")
    task.request.whence.close()


@signals.worker_init.connect
def _trace_worker(**_: Any) -> None:
    tracing.start("metafleet-worker")


@signals.worker_shutdown.connect
def _stop_tracing(**_: Any) -> None:
    tracing.stop()
