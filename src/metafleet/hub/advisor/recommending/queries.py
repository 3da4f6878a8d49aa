"""Questions about recommendations. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from metafleet.hub.advisor.models import (
    AdviceStanding,
    EvidenceStanding,
    Explanation,
    Recommendation,
    RecommendationScore,
)
from metafleet.hub.kernel.errors import NotFound

_DUE: Final = "SELECT tenant_id FROM advisor_due(%s, %s)"
_WORDLESS: Final = "SELECT tenant_id, explanation_id FROM advisor_wordless(%s, %s)"


def standing(*, tenant_id: UUID) -> AdviceStanding | None:
    return AdviceStanding.objects.filter(tenant_id=tenant_id).first()


def evidence() -> EvidenceStanding | None:
    """Return how far the gathering of evidence is; the installation's."""
    return EvidenceStanding.objects.first()


def gathered_at() -> datetime | None:
    """Return when the gathering of evidence ended last, where it found something new."""
    row = evidence()
    return row.finished_at if row is not None and row.ran else None


def recommendations(*, tenant_id: UUID) -> QuerySet[Recommendation]:
    """Return all that was ever recommended, the newest first."""
    return (
        Recommendation.objects.filter(tenant_id=tenant_id)
        .select_related("version__template", "explanation")
        .defer("version__source", "version__input_schema")
        .order_by("-given_at", "id")
    )


def find(*, tenant_id: UUID, recommendation_id: UUID) -> Recommendation:
    """Raises NotFound."""
    row = recommendations(tenant_id=tenant_id).filter(id=recommendation_id).first()
    if row is None:
        raise NotFound("recommendation")
    return row


def several(*, tenant_id: UUID, ids: Collection[UUID]) -> dict[UUID, Recommendation]:
    """Return those of these that there are, by id."""
    return {row.id: row for row in recommendations(tenant_id=tenant_id).filter(id__in=ids)}


@dataclass(frozen=True, slots=True)
class Record:
    """What became of recommendations of one verdict after so many days. net: summed, USD of test accounts.

    won: how many made money. curve: (day since 1970, summed net) by the days on which trades ended.
    """

    verdict: str
    days: int
    scored: int
    traded: int
    won: int
    net: float
    trades: int
    curve: Sequence[tuple[int, float]]


def track_record(*, tenant_id: UUID) -> list[Record]:
    """Return what became of all that was recommended and scored, by verdict and days; losses included."""
    scores = (
        RecommendationScore.objects.filter(tenant_id=tenant_id)
        .select_related("recommendation")
        .only("days", "net", "trades", "daily", "recommendation__verdict")
    )
    groups: dict[tuple[str, int], list[RecommendationScore]] = {}
    for row in scores:
        groups.setdefault((row.recommendation.verdict, row.days), []).append(row)
    return [_record(verdict, days, rows) for (verdict, days), rows in sorted(groups.items())]


def _record(verdict: str, days: int, rows: Sequence[RecommendationScore]) -> Record:
    daily: dict[int, float] = {}
    for row in rows:
        for day, net in row.daily:
            daily[day] = daily.get(day, 0.0) + net
    summed, curve = 0.0, []
    for day in sorted(daily):
        summed += daily[day]
        curve.append((day, round(summed, 2)))
    return Record(
        verdict=verdict,
        days=days,
        scored=len(rows),
        traded=sum(row.trades > 0 for row in rows),
        won=sum(row.net > 0 for row in rows),
        net=round(float(sum(row.net for row in rows)), 2),
        trades=sum(row.trades for row in rows),
        curve=curve,
    )


def scores_of(rows: Collection[Recommendation]) -> dict[UUID, dict[int, RecommendationScore]]:
    """Return the scores of these recommendations by how many days they are of."""
    made: dict[UUID, dict[int, RecommendationScore]] = {row.id: {} for row in rows}
    for score in RecommendationScore.objects.filter(recommendation_id__in=list(made)):
        made[score.recommendation_id][score.days] = score
    return made


def due(*, now: datetime, most: int) -> list[UUID]:
    """Return the tenants whose advice is to be looked at again, and those that have none yet."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, most])
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def wordless(*, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant, explanation) of those that an author outside is to be asked for."""
    with connection.cursor() as cursor:
        cursor.execute(_WORDLESS, [now, most])
        return list(cursor.fetchall())


def explanation(*, tenant_id: UUID, explanation_id: UUID) -> Explanation | None:
    return (
        Explanation.objects.filter(tenant_id=tenant_id, id=explanation_id)
        .select_related("recommendation__version__template")
        .first()
    )
