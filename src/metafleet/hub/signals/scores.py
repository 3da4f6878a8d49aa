"""What signals were worth, in sums: by model, symbol and timeframe. Questions; they write nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Avg, Count, Q, QuerySet, Sum

from metafleet.brain.evidence import hit_ratio
from metafleet.hub.signals.models import Signal

_BPS: Final = 10_000
_JUDGED: Final = Q(outcome__state="known") & ~Q(side="none")


def scores(rows: QuerySet[Signal]) -> list[dict[str, Any]]:
    """Return a score of each market of each model, as `console.schemas.signals.SignalScore`."""
    found = (
        rows.order_by()
        .values("version__model__name", "symbol", "timeframe")
        .annotate(
            signals=Count("id"),
            buys=Count("id", filter=Q(side="buy")),
            sells=Count("id", filter=Q(side="sell")),
            waiting=Count("id", filter=Q(outcome__state="waiting")),
            unknown=Count("id", filter=Q(outcome__state="unknown")),
            judged=Count("id", filter=_JUDGED),
            hits=Count("id", filter=_JUDGED & Q(outcome__is_hit=True)),
            mean_return=Avg("outcome__return_ratio", filter=_JUDGED),
            sum_return=Sum("outcome__return_ratio", filter=_JUDGED),
        )
        .order_by("version__model__name", "symbol", "timeframe")
    )
    return [_score(dict(one)) for one in found]


def before(rows: QuerySet[Signal], last: tuple[datetime, UUID] | None) -> QuerySet[Signal]:
    """Return what comes after the last one of a page, in the order of the newest first."""
    if last is None:
        return rows
    at, id_ = last
    return rows.filter(Q(issued_at__lt=at) | Q(issued_at=at, id__lt=id_))


def _score(one: dict[str, Any]) -> dict[str, Any]:
    ratio = hit_ratio(one["hits"], one["judged"])
    mean, total = one.pop("mean_return"), one.pop("sum_return")
    return one | {
        "model": one["version__model__name"],
        "hit_ratio": ratio.value,
        "hit_low": ratio.low,
        "hit_high": ratio.high,
        "mean_return_bps": None if mean is None else mean * _BPS,
        "sum_return_bps": None if total is None else total * _BPS,
    }
