"""Which plan a tenant is on, for the gateway's own connections, without the ORM."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from metafleet.hub.billing.plans import ENDED, PLANS, Plan, PlanCode

_PLAN: Final = "SELECT plan, status FROM billing_subscription WHERE tenant_id = %s"
_LIVE: Final = frozenset({"active", "past_due"})
"""As `models.LIVE`, which the ORM has."""


async def plan_of(connection: AsyncConnection[TupleRow], tenant_id: UUID) -> Plan:
    """Return what the tenant's subscription allows now, inside its open transaction; ENDED without one."""
    row = await (await connection.execute(_PLAN, [tenant_id])).fetchone()
    if row is None or row[1] not in _LIVE:
        return ENDED
    return PLANS[PlanCode(row[0])]
