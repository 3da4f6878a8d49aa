"""Equity of many accounts at even steps, for small curves beside them. Read only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

SPAN: Final = timedelta(days=1)
STEPS: Final = 32

# One step into the index for each account and moment, however many points there are between.
_CURVES: Final = """
    SELECT account, array_agg(point.equity::float8 ORDER BY step)
    FROM unnest(%(accounts)s::uuid[]) AS account,
    LATERAL (
        SELECT at FROM journal_equitypoint AS kept
        WHERE kept.account_id = account AND kept.tenant_id = %(tenant)s AND kept.at >= %(since)s
        ORDER BY kept.at LIMIT 1
    ) AS first,
    generate_series(0, %(steps)s) AS step,
    LATERAL (
        SELECT equity FROM journal_equitypoint AS kept
        WHERE kept.account_id = account AND kept.tenant_id = %(tenant)s
          AND kept.at <= first.at + step * (%(now)s - first.at) / %(steps)s AND kept.at >= first.at
        ORDER BY kept.at DESC LIMIT 1
    ) AS point
    GROUP BY account
"""


def curves(*, tenant_id: UUID, account_ids: Collection[UUID], now: datetime) -> dict[UUID, list[float]]:
    """Return the equity of the last day by account, the oldest first, in account currency.

    Each is what the last point said at an even step from the day's first point to now. Accounts without
    a point are left out.
    """
    asked: dict[str, Any] = {
        "accounts": list(account_ids),
        "tenant": tenant_id,
        "since": now - SPAN,
        "now": now,
        "steps": STEPS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CURVES, asked)
        return dict(cursor.fetchall())
