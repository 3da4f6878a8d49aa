"""The signals' nudges. Each is safe to run twice and safe to lose."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from celery import shared_task
from django.conf import settings

from metafleet.hub.kernel import clock, nudges
from metafleet.hub.signals import health, outcomes, retraining, stores, training

OUTCOMES_AT_MOST: Final = 500
RETRAININGS_AT_MOST: Final = 4
FILES_AT_MOST: Final = 20
_reminders = nudges.Reminders(timedelta(seconds=30))

_log = logging.getLogger(__name__)


@shared_task(name="signals.judge_outcomes", ignore_result=True, time_limit=120)
def judge_outcomes(**_: Any) -> None:
    """Say what became of the signals that are due."""
    now = clock.now()
    for tenant_id, signal_id in outcomes.due(now=now, most=OUTCOMES_AT_MOST):
        try:
            outcomes.judge(tenant_id=tenant_id, signal_id=signal_id, now=now)
        except (ValueError, KeyError):
            # Whatever is wrong with this one, the others are judged; it is due again in the next round.
            _log.exception("the signal %s could not be judged", signal_id)


@shared_task(name="signals.measure_health", ignore_result=True, time_limit=300)
def measure_health(**_: Any) -> None:
    """Write how every served version stands today."""
    health.measure(now=clock.now())


@shared_task(name="signals.sweep_retrainings", ignore_result=True)
def sweep_retrainings(**_: Any) -> None:
    """Begin trainings whose time has come, and nudge what waits or was left by a killed worker."""
    now = clock.now()
    retraining.begin_due(now=now)
    for retraining_id in retraining.due(now=now, most=RETRAININGS_AT_MOST):
        if _reminders.is_due(retraining_id, now):
            nudges.enqueue_on_commit("signals.retrain", retraining_id=str(retraining_id))


@shared_task(name="signals.keep_files_outside", ignore_result=True, time_limit=300)
def keep_files_outside(**_: Any) -> None:
    """Carry models' files into the store that the installation keeps them in, where it has one."""
    try:
        store = stores.store_of(settings.MODEL_STORE)
        carried = stores.keep_outside(store, most=FILES_AT_MOST) if store else []
    except stores.StoreRefused as refused:
        # They stay in their rows, from which they are served as well; the next round tries again.
        _log.error("models' files cannot be kept outside: %s", refused)
        return
    if carried:
        _log.info("%d models' files were carried into the store", len(carried))


@shared_task(name="signals.retrain", ignore_result=True, time_limit=training.LONGEST_S + 60)
def retrain(*, retraining_id: str, **_: Any) -> None:
    """Train one model again, if that is due."""
    training.run(retraining_id=UUID(retraining_id))
