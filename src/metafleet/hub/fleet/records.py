"""What is recorded of running EAs: CPU and memory now, and for how long the series are kept."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F

from metafleet.hub.fleet.drivers.contract import Driver, DriverError
from metafleet.hub.fleet.models import Run
from metafleet.hub.fleet.sql import records as sql
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope

KEEP_RAW: Final = timedelta(days=7)
KEEP_MINUTES: Final = timedelta(days=90)
FORGET_AT_MOST: Final = 20_000
"""Rows of a tenant in one sweep."""

_log = logging.getLogger(__name__)


def tenants() -> list[UUID]:
    """Return whose EAs have a run that has not ended. Not inside another scope."""
    return _tenants(sql.LIVING, {})


def measure(*, tenant_id: UUID, runtime: Driver) -> int:
    """Write what the driver sees of the CPU (percent of a core) and memory (MB) of the tenant's living runs.

    Returns how many were measured. Opens its own scopes: no driver is asked inside a transaction.
    """
    with tenant_scope(tenant_id):
        current = Run.objects.filter(
            tenant_id=tenant_id, ended_at=None, generation=F("instance__generation")
        ).only("id", "instance_id", "handle")
        runs = {run.instance_id: run for run in current if run.handle}
    try:
        living = runtime.living({name: run.handle for name, run in runs.items()}) if runs else set()
        seen = [_measured(runtime, run) for name, run in runs.items() if name in living]
    except DriverError as error:
        _log.warning("the driver %s cannot be asked what its EAs use: %s", runtime.name, error)
        return 0
    with tenant_scope(tenant_id):
        return Run.objects.bulk_update(seen, ("cpu_percent", "memory_mb"))


def forget_old(*, now: datetime) -> int:
    """Drop what is older than it is kept, tenant by tenant; return how many rows. Opens its own scopes."""
    ages = {"raw": now - KEEP_RAW, "minute": now - KEEP_MINUTES}
    dropped = 0
    for tenant_id in _tenants(sql.OLD, ages):
        with tenant_scope(tenant_id), connection.cursor() as cursor:
            cursor.execute(sql.FORGET, ages | {"tenant": tenant_id, "most": FORGET_AT_MOST})
            dropped += cursor.rowcount
    return dropped


def _measured(runtime: Driver, run: Run) -> Run:
    sight = runtime.inspect(run.instance_id, run.handle)
    run.cpu_percent, run.memory_mb = sight.cpu_percent, sight.memory_mb
    return run


def _tenants(statement: str, values: dict[str, Any]) -> list[UUID]:
    with operator_scope(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [tenant_id for (tenant_id,) in cursor.fetchall()]
