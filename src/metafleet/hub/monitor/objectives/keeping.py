"""What is kept of the counts: minutes for some days, hours for as long as a budget needs them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from metafleet.hub.kernel.objectives.definitions import PERIOD

MINUTES: Final = timedelta(days=4)
"""Longer than the longest window that an alarm looks at."""
HOURS: Final = PERIOD + timedelta(days=2)

_FOLD: Final = """
    WITH old AS (
        DELETE FROM kernel_objectivecount WHERE resolution = 'minute' AND at < %s
        RETURNING objective, date_trunc('hour', at, 'UTC') AS at, total, bad
    )
    INSERT INTO kernel_objectivecount AS kept (objective, resolution, at, total, bad)
    SELECT objective, 'hour', at, sum(total), sum(bad) FROM old GROUP BY objective, at ORDER BY objective, at
    ON CONFLICT (objective, resolution, at)
        DO UPDATE SET total = kept.total + excluded.total, bad = kept.bad + excluded.bad
"""
_DROP: Final = "DELETE FROM kernel_objectivecount WHERE resolution = 'hour' AND at < %s"


def keep(*, now: datetime) -> None:
    """Fold the minutes of hours that are older than MINUTES, and drop hours that are older than HOURS."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, [hour - MINUTES])
        cursor.execute(_DROP, [now - HOURS])
