"""The tester's nudges. Each is safe to run twice and safe to lose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from celery import shared_task

from metafleet.hub.kernel import clock, nudges
from metafleet.hub.tester import market_data, queries, running
from metafleet.hub.tester.optimising import conducting, making
from metafleet.hub.tester.optimising import queries as optimising

SWEEP_AT_MOST: Final = 40
NUDGE_AGAIN: Final = timedelta(seconds=6)
_reminders = nudges.Reminders(NUDGE_AGAIN)
RUN_S: Final = int(running.ALLOWANCE.wall_s) + 60
MAKE_S: Final = int(making.ALLOWANCE.wall_s) + 60
CONDUCT_S: Final = 600


@shared_task(name="tester.run", ignore_result=True, time_limit=RUN_S)
def run(*, tenant_id: str, backtest_id: str, **_: Any) -> None:
    """Run one backtest, if it is due and there is a place for it."""
    running.run(tenant_id=UUID(tenant_id), backtest_id=UUID(backtest_id))


@shared_task(name="tester.conduct", ignore_result=True, time_limit=CONDUCT_S)
def conduct(*, tenant_id: str, optimisation_id: str, **_: Any) -> None:
    """Look how one optimisation goes on, if that is due."""
    conducting.conduct(tenant_id=UUID(tenant_id), optimisation_id=UUID(optimisation_id))


@shared_task(name="tester.try", ignore_result=True, time_limit=MAKE_S)
def make_tries(*, tenant_id: str, batch_id: str, **_: Any) -> None:
    """Make the tries of one batch, if it is due and there is a place for it."""
    making.make(tenant_id=UUID(tenant_id), batch_id=UUID(batch_id))


@shared_task(name="tester.sweep", ignore_result=True)
def sweep(**_: Any) -> None:
    """Nudge what waits for its turn, and what a killed worker left."""
    now = clock.now()
    for tenant_id, backtest_id in queries.due(now=now, most=SWEEP_AT_MOST):
        if _reminders.is_due(backtest_id, now):
            nudges.enqueue_on_commit("tester.run", tenant_id=str(tenant_id), backtest_id=str(backtest_id))
    for tenant_id, optimisation_id in optimising.due(now=now, most=SWEEP_AT_MOST):
        if _reminders.is_due(optimisation_id, now):
            _nudge_conduct(str(tenant_id), str(optimisation_id))
    for tenant_id, batch_id in optimising.batches_due(now=now, most=SWEEP_AT_MOST):
        if _reminders.is_due(batch_id, now):
            nudges.enqueue_on_commit("tester.try", tenant_id=str(tenant_id), batch_id=str(batch_id))


def _nudge_conduct(tenant_id: str, optimisation_id: str) -> None:
    nudges.enqueue_on_commit("tester.conduct", tenant_id=tenant_id, optimisation_id=optimisation_id)


@shared_task(name="tester.read_market_data", ignore_result=True, time_limit=3_600)
def read_market_data(**_: Any) -> None:
    """Look at the operator's folder of prices, and read what is new there."""
    market_data.read_folder()
