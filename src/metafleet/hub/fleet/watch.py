"""The watch over EAs that need nothing: all of them in one look, and only what has changed is woken.

An EA that runs as it is wanted is not due, so ten thousand of them cost one query and one question
to the driver, and nothing is written. What a nudge does not reach is found again by the next watch.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from metafleet.hub.fleet import fencing
from metafleet.hub.fleet.drivers.contract import Driver, DriverError
from metafleet.hub.fleet.sql import watch as sql
from metafleet.hub.fleet.steps import SILENT_AFTER
from metafleet.hub.kernel.tenancy import operator_scope

FRESH: Final = timedelta(seconds=10)
"""A heartbeat of the last ten seconds says that the gateway takes heartbeats."""

_log = logging.getLogger(__name__)


def changed(runtime: Driver, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return (tenant, instance) of what is not due, yet not as it is wanted: its runtime is gone, say.

    Where the driver cannot be asked, only what the rows themselves show. Not inside another scope.
    """
    handles: dict[UUID, dict[str, Any]] = {}
    tenants: dict[UUID, UUID] = {}
    found: list[tuple[UUID, UUID]] = []
    with operator_scope(), connection.cursor() as cursor:
        cursor.execute(sql.SETTLED, {"heard_since": now - SILENT_AFTER, "fresh_since": now - FRESH})
        for tenant_id, instance_id, handle, is_as_wanted, is_fresh in cursor.fetchall():
            if is_fresh:
                fencing.witness().hear()
            if is_as_wanted:
                handles[instance_id] = json.loads(handle)  # Django's own cursors leave JSON as text
                tenants[instance_id] = tenant_id
            else:
                found.append((tenant_id, instance_id))
    return found + [(tenants[instance_id], instance_id) for instance_id in _gone(runtime, handles)]


def _gone(runtime: Driver, handles: dict[UUID, dict[str, Any]]) -> list[UUID]:
    try:
        living = runtime.living(handles) if handles else set()
    except DriverError as error:
        _log.warning("the driver %s cannot be asked who lives: %s", runtime.name, error)
        return []
    return [instance_id for instance_id in handles if instance_id not in living]
