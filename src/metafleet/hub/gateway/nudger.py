"""Nudges to the reconciler, sent by a thread: Celery's client blocks, the event loop must not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

MOST_WAITING: Final = 2_000
"""Instances; a nudge beyond is dropped, the row is due and the sweep finds it."""
_TASK: Final = "fleet.reconcile"
_EXPIRES_S: Final = 60

_log = logging.getLogger(__name__)

Send = Callable[[UUID, UUID], None]


class Nudger:
    """Call `nudge` after the commit; `run` sends until it is cancelled. A waiting nudge is not doubled."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[tuple[UUID, UUID], None] = {}
        self._is_filled = asyncio.Event()

    def nudge(self, tenant_id: UUID, instance_id: UUID | None) -> None:
        """Have the instance looked at; a terminal without one has nothing to reconcile."""
        if instance_id is not None and len(self._waiting) < MOST_WAITING:
            self._waiting[tenant_id, instance_id] = None
            self._is_filled.set()

    async def run(self) -> None:
        while True:
            await self._is_filled.wait()
            self._is_filled.clear()
            while self._waiting:
                tenant_id, instance_id = next(iter(self._waiting))
                del self._waiting[tenant_id, instance_id]
                await self._try(tenant_id, instance_id)

    async def _try(self, tenant_id: UUID, instance_id: UUID) -> None:
        try:
            await asyncio.to_thread(self._send, tenant_id, instance_id)
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

    def send(tenant_id: UUID, instance_id: UUID) -> None:
        ids = {"tenant_id": str(tenant_id), "instance_id": str(instance_id)}
        app.send_task(_TASK, kwargs=ids, expires=_EXPIRES_S)

    return send
