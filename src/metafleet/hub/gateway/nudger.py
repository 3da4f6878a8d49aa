"""Nudges to the reconciler, sent by a thread: Celery's client blocks, the event loop must not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from metafleet.hub.kernel import tracing
from metafleet.hub.kernel.nudges import REQUEST_ID

MOST_WAITING: Final = 2_000
"""Instances; a nudge beyond is dropped, the row is due and the sweep finds it."""
_TASK: Final = "fleet.reconcile"
_EXPIRES_S: Final = 60

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Nudge:
    """Look at this instance. `request_id`, `traceparent`: of the request that brought the news."""

    tenant_id: UUID
    instance_id: UUID
    request_id: str
    traceparent: str = ""


Send = Callable[[Nudge], None]


class Nudger:
    """Call `nudge` after the commit; `run` sends until it is cancelled. A waiting nudge is not doubled."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[UUID, Nudge] = {}
        self._is_filled = asyncio.Event()

    def nudge(self, tenant_id: UUID, instance_id: UUID | None, request_id: str) -> None:
        """Have the instance looked at; a terminal without one has nothing to reconcile."""
        if instance_id is not None and len(self._waiting) < MOST_WAITING:
            self._waiting[instance_id] = Nudge(tenant_id, instance_id, request_id, tracing.current())
            self._is_filled.set()

    async def run(self) -> None:
        while True:
            await self._is_filled.wait()
            self._is_filled.clear()
            while self._waiting:
                await self._try(self._waiting.pop(next(iter(self._waiting))))

    async def _try(self, nudge: Nudge) -> None:
        try:
            await asyncio.to_thread(self._send, nudge)
        except Exception as error:  # noqa: BLE001 - whatever Celery's transports raise, the sweep makes up for it
            _log.warning("nudge dropped, the sweep will do it: %s", error)


def celery_sender() -> Send:
    """Return a sender to the worker's queue.

    An application of its own, without Django's hooks and result tables: this process
    only sends. The worker keeps the results.
    """
    from celery import Celery

    app = Celery("metafleet-gateway", fixups=set(), set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.result_backend = "disabled"

    def send(nudge: Nudge) -> None:
        ids = {"tenant_id": str(nudge.tenant_id), "instance_id": str(nudge.instance_id)}
        headers = {REQUEST_ID: nudge.request_id}
        if nudge.traceparent:
            headers[tracing.TRACEPARENT] = nudge.traceparent
        app.send_task(_TASK, kwargs=ids, expires=_EXPIRES_S, headers=headers)

    return send
