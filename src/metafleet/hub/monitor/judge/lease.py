"""Which process judges: one at a time, by a row that it renews. Two at once would be slow, not wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection

LEASE: Final = timedelta(seconds=5)
_TAKE: Final = """
    INSERT INTO monitor_judgelease AS lease (id, holder, until)
    VALUES (1, %(me)s, now() + %(seconds)s * interval '1 second')
    ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE lease.holder = excluded.holder OR lease.until < now()
    RETURNING 1
"""


def is_held() -> bool:
    """Return whether some process judges now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM monitor_judgelease WHERE until > now())")
        (found,) = cursor.fetchone()
        return bool(found)


def take(me: UUID) -> bool:
    """Take or renew the lease, by the database's clock; return whether it is this process's now."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"me": me, "seconds": LEASE.total_seconds()})
        return cursor.fetchone() is not None
