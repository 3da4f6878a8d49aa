"""Trading sessions, written by a sweep from what the heartbeats left: any number of times, the same rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from metafleet.hub.fleet.sql import sessions as sql
from metafleet.hub.kernel.tenancy import operator_scope

SILENCE: Final = timedelta(seconds=90)
"""A terminal that says nothing for so long is no longer connected; beats may be a minute apart."""


def tenants(*, now: datetime) -> list[UUID]:
    """Return whose terminals were connected within a day. Not inside another scope."""
    with operator_scope(), connection.cursor() as cursor:
        cursor.execute(sql.TENANTS, {"now": now})
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def record(*, tenant_id: UUID, now: datetime) -> None:
    """End, go on with and begin the tenant's sessions, as its terminals were heard. In its scope."""
    reason = f"No heartbeat for {SILENCE.seconds} seconds"
    values: dict[str, Any] = {"tenant": tenant_id, "now": now, "silence": SILENCE, "reason": reason}
    with connection.cursor() as cursor:
        for statement in (sql.END, sql.EXTEND, sql.BEGIN):
            cursor.execute(statement, values)
