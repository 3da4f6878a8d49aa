"""Keep what the operator's files say of events and of a crowd's positions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from metafleet.hub.advisor.analysis import feeds
from metafleet.hub.advisor.models import MarketEvent, MarketSentiment

KEPT: Final = timedelta(days=400)
_BATCH: Final = 1_000

_log = logging.getLogger(__name__)
_read: dict[str, tuple[float, int]] = {}
"""Time and size of each file when this process read it: it is read again when they change."""


def feed(*, calendar: str, sentiment: str, now: datetime) -> int:
    """Read the files that have changed, and return how many rows they have. "" is none, a valid state.

    A file that cannot be read changes nothing, and is told of in the log. Safe to run twice and at once.
    """
    _forget(now)
    return _if_new(calendar, _keep_events) + _if_new(sentiment, _keep_sentiment)


def _if_new(name: str, keep: Callable[[Path], int]) -> int:
    if not name:
        return 0
    path = Path(name)
    try:
        stat = path.stat()
        mark = (stat.st_mtime, stat.st_size)
        if _read.get(name) == mark:
            return 0
        kept = keep(path)
    except (OSError, feeds.FeedRefused) as refused:
        _log.warning("a feed of the markets' board could not be read: %s", refused)
        return 0
    _read[name] = mark
    return kept


def _keep_events(path: Path) -> int:
    events = {one.id: one for one in feeds.read_calendar(path)}
    fields = ["at", "currency", "impact", "name", "actual", "forecast", "previous"]
    MarketEvent.objects.bulk_create(
        [
            MarketEvent(source_id=one.id, **{name: getattr(one, name) for name in fields})
            for one in sorted(events.values(), key=lambda one: one.id)
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["source_id"],
        update_fields=fields,
    )
    return len(events)


def _keep_sentiment(path: Path) -> int:
    said = {(one.symbol, one.at): one for one in feeds.read_sentiment(path)}
    MarketSentiment.objects.bulk_create(
        [
            MarketSentiment(symbol=one.symbol, at=one.at, long_ratio=one.long_ratio, positions=one.positions)
            for _, one in sorted(said.items())
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["symbol", "at"],
        update_fields=["long_ratio", "positions"],
    )
    return len(said)


def _forget(now: datetime) -> None:
    # What is over for longer than this interests nobody, also where a file has it: it is not read again.
    MarketEvent.objects.filter(at__lt=now - KEPT, created_at__lt=now - KEPT).delete()
    MarketSentiment.objects.filter(at__lt=now - KEPT, created_at__lt=now - KEPT).delete()
