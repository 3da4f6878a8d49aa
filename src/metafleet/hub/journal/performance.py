"""EAPerformance: how each running EA does, sampled by a sweep."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from metafleet.hub.journal.sql import performance as sql

EVERY: Final = timedelta(seconds=30)
"""Between two raw samples; a sweep that comes twice within it writes the same row again."""
HEARD_WITHIN: Final = timedelta(seconds=90)
"""What was not heard for longer has no present that could be sampled."""


def sample(*, tenant_id: UUID, now: datetime) -> int:
    """Write the tenant's samples of `now`, in its scope; return how many rows: three for each EA."""
    second = int(EVERY.total_seconds())
    raw = now.replace(second=now.second - now.second % second, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SAMPLE, {"tenant": tenant_id, "now": now, "raw": raw, "heard_since": now - HEARD_WITHIN}
        )
        written: int = cursor.rowcount
    return written
