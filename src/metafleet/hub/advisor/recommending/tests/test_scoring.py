from __future__ import annotations

from datetime import timedelta

import pytest

from metafleet.hub.advisor.models import RecommendationScore
from metafleet.hub.advisor.recommending import queries, scoring
from metafleet.hub.advisor.recommending.tests.made import advise, candidate, keep_market, known
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person

pytestmark = pytest.mark.usefixtures("catalogue")
WEEK = timedelta(days=7)


def score(person: Person, days: int, now: object) -> RecommendationScore | None:
    with tenant_scope(person.tenant_id):
        row = queries.recommendations(tenant_id=person.tenant_id).get()
    return scoring.score(
        tenant_id=person.tenant_id,
        recommendation_id=row.id,
        days=days,
        now=now,  # type: ignore[arg-type]
    )


def test_what_was_recommended_is_scored_on_the_days_after_it(alice: Person) -> None:
    advise(alice, known(candidate("mean-reversion")))
    keep_market("EURUSD", NOW - timedelta(days=20), 30)
    assert scoring.due(now=NOW + timedelta(days=6), most=9) == []
    ((tenant_id, _, days),) = scoring.due(now=NOW + WEEK, most=9)
    assert (tenant_id, days) == (alice.tenant_id, 7)
    assert score(alice, 7, NOW + timedelta(days=6)) is None
    made = score(alice, 7, NOW + WEEK)
    assert made is not None
    assert made.trades > 0
    assert float(made.net) == pytest.approx(sum(net for _, net in made.daily), abs=0.01)
    assert made.fall >= 0
    assert scoring.due(now=NOW + WEEK, most=9) == []
    assert score(alice, 7, NOW + WEEK) is None
    with tenant_scope(alice.tenant_id):
        (record,) = queries.track_record(tenant_id=alice.tenant_id)
    assert (record.verdict, record.days, record.scored) == ("supported", 7, 1)
    assert record.net == pytest.approx(float(made.net))
    assert record.curve[-1][1] == pytest.approx(float(made.net), abs=0.01)


def test_days_that_nobody_recorded_are_not_scored(alice: Person) -> None:
    advise(alice, known(candidate("mean-reversion")))
    assert score(alice, 7, NOW + WEEK) is None
    keep_market("EURUSD", NOW - timedelta(days=20), 22)
    assert score(alice, 7, NOW + WEEK) is None
    assert len(scoring.due(now=NOW + WEEK, most=9)) == 1


def test_a_score_is_of_the_days_after_and_no_others(alice: Person) -> None:
    advise(alice, known(candidate("mean-reversion")))
    keep_market("EURUSD", NOW - timedelta(days=20), 60)
    week, month = score(alice, 7, NOW + 4 * WEEK), score(alice, 28, NOW + 4 * WEEK)
    assert week is not None
    assert month is not None
    given_day = int(NOW.timestamp()) // 86_400
    for made, days in ((week, 7), (month, 28)):
        assert all(given_day <= day <= given_day + days + 1 for day, _ in made.daily)
    assert month.trades > week.trades
