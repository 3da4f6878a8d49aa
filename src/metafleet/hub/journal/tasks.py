"""The journal's nudges. Each is safe to run twice and safe to lose."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import connection

from metafleet.hub.fleet import records, sessions
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.fleet.drivers.contract import Driver
from metafleet.hub.journal import exposure, failed, fetches, performance, standings
from metafleet.hub.journal.sql import candles as sql
from metafleet.hub.kernel import clock, nudges
from metafleet.hub.kernel.tenancy import tenant_scope

SWEEP_AT_MOST = 200
"""Accounts with failed items; the rest are due in the next sweep."""
ASK_AT_MOST = 10
"""Requests for bars in one sweep, over all accounts. They are for looking at later: a fleet that
closes hundreds of trades a second must not spend itself on four hours of bars for each."""
ASK_OF_AT_MOST = 2 * ASK_AT_MOST
"""Accounts: of some nobody can be asked just now, and they are told to wait."""


@shared_task(name="journal.sweep", ignore_result=True)
def sweep(**_: Any) -> None:
    """Try failed items whose time has come again, and ask for the candles of closed trades."""
    sweep_at(clock.now())


def sweep_at(now: datetime) -> None:
    """Do what is due at `now`, account by account: one that fails does not hold up the others."""
    for tenant_id, account_id in _due(sql.DUE_ITEMS, now, SWEEP_AT_MOST):
        with nudges.alone(account_id, "failed items"), tenant_scope(tenant_id):
            failed.retry_due(tenant_id=tenant_id, account_id=account_id, now=now)
    left = ASK_AT_MOST
    for tenant_id, account_id in _due(sql.DUE_CANDLES, now, ASK_OF_AT_MOST):
        if left <= 0:
            return
        with nudges.alone(account_id, "trades' bars"), tenant_scope(tenant_id):
            left -= fetches.ask(tenant_id=tenant_id, account_id=account_id, now=now, most=left)


def _due(statement: str, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant, account) of at most so many, over all tenants."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, most])
        return list(cursor.fetchall())


@shared_task(name="journal.watch_kill_switches", ignore_result=True)
def watch_kill_switches(**_: Any) -> None:
    """See whether what a kill switch was to close is closed."""
    exposure.watch(now=clock.now())


@shared_task(name="journal.watch_rollouts", ignore_result=True)
def watch_rollouts(**_: Any) -> None:
    """Bring every rollout that is due a step further."""
    standings.watch_rollouts(now=clock.now())


@shared_task(name="journal.record", ignore_result=True)
def record(**_: Any) -> None:
    """Record how terminals and EAs do: sessions, CPU and memory, performance. Drop what is too old."""
    record_at(clock.now(), driver(settings.FLEET_DRIVER))


def record_at(now: datetime, runtime: Driver) -> None:
    """Record what is so at `now`, tenant by tenant: one that fails does not hold up the others."""
    for tenant_id in sessions.tenants(now=now):
        with nudges.alone(tenant_id, "sessions"), tenant_scope(tenant_id):
            sessions.record(tenant_id=tenant_id, now=now)
    for tenant_id in records.tenants():
        with nudges.alone(tenant_id, "performance"):
            records.measure(tenant_id=tenant_id, runtime=runtime)
            with tenant_scope(tenant_id):
                performance.sample(tenant_id=tenant_id, now=now)
    records.forget_old(now=now)
