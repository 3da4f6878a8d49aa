"""Score what was recommended: a paper test of the days after it was given, on the market's record.

Nobody has to deploy anything for it. A score is written once, whatever it says.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
from django.db import connection

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.provenance import content_hash
from metafleet.engine.market.servertime import SERVER_ZONE, Zone
from metafleet.engine.market.timeframes import BY_NAME, DAY_S, PERIODS_S
from metafleet.hub.advisor.evidence import trying
from metafleet.hub.advisor.evidence.outcomes import Outcome, days_of
from metafleet.hub.advisor.evidence.trying import Work
from metafleet.hub.advisor.models import Recommendation, RecommendationScore
from metafleet.hub.advisor.recommending.prices import TIMEFRAME, WARM_UP_S, Prices, recorded
from metafleet.hub.kernel import live
from metafleet.hub.kernel.tenancy import tenant_scope

HORIZONS: Final = (7, 28)
"""Days after it was given: a week, and four."""

_DUE: Final = "SELECT tenant_id, recommendation_id, days FROM advisor_unscored(%s, %s)"
_PERIOD_S: Final = PERIODS_S[BY_NAME[TIMEFRAME]]


def due(*, now: datetime, most: int) -> list[tuple[UUID, UUID, int]]:
    """Return (tenant, recommendation, days) of what is to be scored, over all tenants."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, most])
        return list(cursor.fetchall())


def score(
    *, tenant_id: UUID, recommendation_id: UUID, days: int, now: datetime
) -> RecommendationScore | None:
    """Score one recommendation; None where that is not due yet, was done, or cannot be done.

    It cannot while the record does not reach over those days, nor where the EA's code is not here any more.
    """
    with tenant_scope(tenant_id):
        row = (
            Recommendation.objects.filter(tenant_id=tenant_id, id=recommendation_id)
            .select_related("version__template")
            .first()
        )
        if row is None or row.given_at + timedelta(days=days) > now or row.scores.filter(days=days).exists():
            return None
        template = row.version.template
    expert = EXPERTS.get(template.slug)
    if expert is None or content_hash(expert) != row.version.content_hash:
        return None
    begin_s = -(-Zone(SERVER_ZONE).wall_s(int(row.given_at.timestamp())) // _PERIOD_S) * _PERIOD_S
    end_s = begin_s + days * DAY_S
    prices = recorded(row.symbol, span=(begin_s - WARM_UP_S, end_s))
    if prices is None or not _reaches(prices, begin_s, end_s):
        return None
    outcome = _tried(template.slug, row, prices, begin_s, end_s)
    with tenant_scope(tenant_id):
        made = RecommendationScore(
            tenant_id=tenant_id,
            recommendation=row,
            days=days,
            trades=len(outcome),
            won=int((outcome.net > 0).sum()),
            net=Decimal(str(round(float(outcome.net.sum()), 2))),
            fall=Decimal(str(round(_fall(outcome), 2))),
            daily=sorted([day, round(net, 2)] for day, net in days_of(outcome).items()),
            source=f"{prices.source} {prices.name}"[:80],
            scored_at=now,
        )
        RecommendationScore.objects.bulk_create([made], ignore_conflicts=True)
        live.publish_on_commit(tenant_id, "recommendations", scoredAt=now.isoformat())
    return made


def _reaches(prices: Prices, begin_s: int, end_s: int) -> bool:
    """Whether there are bars before and over these days; a weekend at either end has none."""
    times = prices.rates["time"]
    return int(times[0]) < begin_s and int(times[-1]) + _PERIOD_S > end_s - 3 * DAY_S


def _tried(slug: str, row: Recommendation, prices: Prices, begin_s: int, end_s: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="metafleet-score-") as folder:
        work = Work(
            key="",
            slug=slug,
            symbol=row.symbol,
            timeframe=row.timeframe,
            rates=trying.keep_rates(prices.rates, Path(folder) / "rates.npy"),
            from_s=begin_s,
            to_s=end_s,
            places=[0],
            inputs=[row.inputs],
        )
        (done,) = trying.by_processes([work], 1)
    return trying.opened(done)[0]


def _fall(outcome: Outcome) -> float:
    if not len(outcome):
        return 0.0
    sums = np.concatenate(([0.0], outcome.net[np.argsort(outcome.exited_s, kind="stable")].cumsum()))
    return float((np.maximum.accumulate(sums) - sums).max())
