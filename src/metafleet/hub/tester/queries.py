"""Questions about backtests. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.tester.models import UNDER_WAY, Backtest

_DUE = "SELECT tenant_id, backtest_id FROM tester_due(%s, %s)"


def backtests(*, tenant_id: UUID) -> QuerySet[Backtest]:
    """Return the tenant's backtests, the newest first, without their reports."""
    return (
        Backtest.objects.filter(tenant_id=tenant_id)
        .select_related("version__template", "instance")
        .defer("report", "version__source", "version__input_schema")
        .order_by("-created_at", "id")
    )


def find(*, tenant_id: UUID, backtest_id: UUID) -> Backtest:
    """Raises NotFound."""
    row = backtests(tenant_id=tenant_id).filter(id=backtest_id).first()
    if row is None:
        raise NotFound("backtest")
    return row


def several(*, tenant_id: UUID, ids: Sequence[UUID]) -> list[Backtest]:
    """Return these in the order asked for. Raises NotFound where one of them is not there."""
    found = {row.id: row for row in backtests(tenant_id=tenant_id).filter(id__in=ids)}
    if len(found) < len(set(ids)):
        raise NotFound("backtest")
    return [found[one] for one in dict.fromkeys(ids)]


def kept(*, tenant_id: UUID) -> int:
    return Backtest.objects.filter(tenant_id=tenant_id).count()


def under_way(*, tenant_id: UUID) -> int:
    return Backtest.objects.filter(tenant_id=tenant_id, state__in=UNDER_WAY).count()


def due(*, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant, backtest) of what is due, over all tenants."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, most])
        return list(cursor.fetchall())
