"""Which plan a tenant is on, remembered for some seconds."""

from __future__ import annotations

import time
from collections import OrderedDict
from functools import partial
from typing import Final
from uuid import UUID

from metafleet.hub.billing import intake as billing
from metafleet.hub.billing.plans import Plan
from metafleet.hub.gateway.database import Connection, Database

REMEMBERED_S: Final = 10.0
_REMEMBERED: Final = 50_000


class Plans:
    """`of` a tenant. Who changes the plan is served by the new one after ten seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: OrderedDict[UUID, tuple[float, Plan]] = OrderedDict()

    async def of(self, tenant_id: UUID) -> Plan:
        """Return what the tenant's subscription allows. Raises Unavailable."""
        seen = self._seen.get(tenant_id)
        if seen is not None and time.monotonic() - seen[0] < REMEMBERED_S:
            return seen[1]
        began_s = time.monotonic()
        plan = await self._database.in_tenant(tenant_id, partial(_plan, tenant_id))
        self._seen[tenant_id] = (began_s, plan)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return plan


async def _plan(tenant_id: UUID, connection: Connection) -> Plan:
    return await billing.plan_of(connection, tenant_id)
