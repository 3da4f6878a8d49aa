"""The analysis's nudges. Each is safe to run twice and safe to lose."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.conf import settings

from metafleet.hub.advisor.analysis import feeding, refreshing
from metafleet.hub.kernel import clock


@shared_task(name="advisor.look_at_markets", ignore_result=True, time_limit=300)
def look_at_markets(**_: Any) -> None:
    """Look anew at each symbol and timeframe that is due."""
    refreshing.refresh_due(clock.now())


@shared_task(name="advisor.forget_markets", ignore_result=True, time_limit=300)
def forget_markets(**_: Any) -> None:
    """Remove what was said of markets longer ago than is kept."""
    refreshing.forget_old(clock.now())


@shared_task(name="advisor.read_market_feeds", ignore_result=True, time_limit=300)
def read_market_feeds(**_: Any) -> None:
    """Keep what the operator's calendar and sentiment files say, where they have changed."""
    feeding.feed(calendar=settings.MARKET_CALENDAR, sentiment=settings.MARKET_SENTIMENT, now=clock.now())
