"""What beat says, a worker knows."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import run_checks

from metafleet.hub.config.celery import app


def test_every_task_of_the_schedule_is_one_that_workers_have() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_djangos_own_checks_which_no_process_asks_find_nothing() -> None:
    assert run_checks() == []
