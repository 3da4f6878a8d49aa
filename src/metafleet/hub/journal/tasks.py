"""The journal's nudges. Each is safe to run twice and safe to lose."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
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
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

SWEEP_AT_MOST = 200
"""Accounts; the rest are due in the next sweep."""
ASK_AT_MOST = 30
"""Requests for bars in one sweep, over all accounts. They are for looking at later: a fleet that
closes hundreds of trades a second must not spend itself on four hours of bars for each."""

_log = logging.getLogger(__name__)


@shared_task(name="journal.sweep", ignore_result=True)
def sweep(**_: Any) -> None:
    """Try failed items whose time has come again, and ask for the candles of closed trades."""
    sweep_at(clock.now())


def sweep_at(now: datetime) -> None:
    """Do what is due at `now`, account by account: one that fails does not hold up the others."""
    with connection.cursor() as cursor:
        cursor.execute(sql.DUE, [now, SWEEP_AT_MOST])
        due: list[tuple[UUID, UUID]] = list(cursor.fetchall())
    left = ASK_AT_MOST
    for tenant_id, account_id in due:
        try:
            with tenant_scope(tenant_id):
                failed.retry_due(tenant_id=tenant_id, account_id=account_id, now=now)
                if left > 0:
                    left -= fetches.ask(tenant_id=tenant_id, account_id=account_id, now=now, most=left)
        except Exception:  # noqa: BLE001 - whatever it stumbles over is that account's alone
            _log.exception("the journal of account %s could not be swept", account_id)


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
        with _alone(tenant_id, "sessions"), tenant_scope(tenant_id):
            sessions.record(tenant_id=tenant_id, now=now)
    for tenant_id in records.tenants():
        with _alone(tenant_id, "performance"):
            records.measure(tenant_id=tenant_id, runtime=runtime)
            with tenant_scope(tenant_id):
                performance.sample(tenant_id=tenant_id, now=now)
    records.forget_old(now=now)


@contextmanager
def _alone(tenant_id: UUID, what: str) -> Iterator[None]:
    try:
        yield
    except Exception:  # noqa: BLE001 - whatever it stumbles over is that tenant's alone
        _log.exception("the %s of tenant %s could not be recorded", what, tenant_id)
