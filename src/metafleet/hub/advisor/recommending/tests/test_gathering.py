from __future__ import annotations

from datetime import timedelta

import pytest

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.hub.advisor.models import EvidenceStanding, TestedSet
from metafleet.hub.advisor.recommending import gathering, standing
from metafleet.hub.advisor.recommending.judged import judged
from metafleet.hub.advisor.recommending.prices import prices_of
from metafleet.hub.advisor.recommending.tests.made import keep_market
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("db")
SUNDAY = NOW.replace(day=1, hour=0)


def pairs() -> list[gathering.Pair]:
    return [
        one for one in gathering.pairs([EXPERTS["mean-reversion"]], sets=3) if one.prices.symbol == "EURUSD"
    ]


def test_the_record_goes_before_the_sample() -> None:
    before = prices_of("EURUSD")
    assert before is None or before.source == "sample"
    keep_market("EURUSD", SUNDAY - timedelta(days=70), 70)
    found = prices_of("EURUSD")
    assert found is not None
    assert found.source == "record"
    assert (found.end_s - found.begin_s) // 86_400 in range(45, 57)


def test_what_was_run_is_not_run_again_and_a_week_costs_a_week() -> None:
    keep_market("EURUSD", SUNDAY - timedelta(days=70), 70)
    seen: list[tuple[int, int]] = []
    first = gathering.gather(pairs(), processes=2, told=lambda done, total: seen.append((done, total)))
    assert (first.ran, first.total) == (3, 3)
    assert seen[-1] == (3, 3)
    assert gathering.gather(pairs(), processes=2).ran == 0
    keep_market("EURUSD", SUNDAY, 7, seed=9)
    (pair,) = pairs()
    assert [(one.to_s - one.from_s) // 86_400 for one in gathering.needed(pair)][1:] == [7]
    assert gathering.gather([pair], processes=1).ran == 3
    outcomes, stretches = gathering.outcomes(pair)
    assert len(outcomes) == 3
    assert [one.to_s for one in stretches][-1] == pair.prices.end_s
    assert all((one.entered_s[1:] >= one.entered_s[:-1]).all() for one in outcomes)
    assert TestedSet.objects.count() == 6


def test_other_bars_are_other_evidence() -> None:
    keep_market("EURUSD", SUNDAY - timedelta(days=70), 70)
    gathering.gather(pairs(), processes=1)
    # A gap at the beginning is filled from a better source: all bars are of another record now.
    keep_market("EURUSD", SUNDAY - timedelta(days=71), 1, seed=3)
    (pair,) = pairs()
    assert gathering.gather([pair], processes=1).ran in {0, 3}


def test_judgements_are_of_what_is_kept_and_say_what_is_missing() -> None:
    keep_market("EURUSD", SUNDAY - timedelta(days=70), 70)
    nothing = judged(pairs())
    assert nothing.candidates == []
    assert "still being gathered" in {one.symbol: one.why for one in nothing.unjudged}["EURUSD"]
    assert any(one.slug == "grid" and "M1" in one.why for one in nothing.unjudged)
    switched_off = judged(pairs(), is_gathered=False)
    assert "switched off" in {one.symbol: one.why for one in switched_off.unjudged}["EURUSD"]
    gathering.gather(pairs(), processes=1)
    (found,) = judged(pairs()).candidates
    assert found.evidence.origin.source == found.evidence.regime_source == "record"
    assert found.judgement.verdict in {"thin", "against", "supported"}
    assert judged(pairs()).candidates[0] is found


def test_one_worker_gathers_at_a_time_and_not_at_once() -> None:
    now = [NOW]
    assert standing.gather_if_due(processes=0, clock=lambda: now[0]) is None
    assert standing.gather_if_due(processes=1, clock=lambda: now[0]) is None
    row = EvidenceStanding.objects.get()
    assert row.due_at == NOW + standing.FIRST
    now[0] = row.due_at
    EvidenceStanding.objects.update(lease_until=now[0] + standing.LEASE)
    assert standing.gather_if_due(processes=1, clock=lambda: now[0]) is None
    EvidenceStanding.objects.update(lease_until=None)
    made = standing.gather_if_due(processes=1, clock=lambda: now[0])
    assert made is not None
    row.refresh_from_db()
    assert (row.lease_until, row.error, row.due_at) == (None, "", now[0] + standing.EVERY)
