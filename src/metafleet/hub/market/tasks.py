"""The market's nudge. Safe to run twice and safe to lose."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.conf import settings

from metafleet.hub.market import recording


@shared_task(name="market.record", ignore_result=True, time_limit=300)
def record(**_: Any) -> None:
    """Keep what the paper market has had since the newest bar that is kept."""
    recording.record_paper_market(settings.BROKER_HOST, settings.BROKER_PORT)
