from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection

from metafleet.hub.advisor.models import EvidenceStanding, Explanation, Recommendation
from metafleet.hub.advisor.recommending import advising, operations, queries, tasks
from metafleet.hub.advisor.recommending.advising import EVERY
from metafleet.hub.advisor.recommending.records import Unjudged
from metafleet.hub.advisor.recommending.tests.made import advise, candidate, known, shown, thin
from metafleet.hub.billing.models import Subscription
from metafleet.hub.fleet.errors import SymbolTaken
from metafleet.hub.fleet.models import EAInstance, Platform
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy, sign_up

pytestmark = pytest.mark.usefixtures("catalogue")


def rows(person: Person) -> list[Recommendation]:
    with tenant_scope(person.tenant_id):
        return list(queries.recommendations(tenant_id=person.tenant_id))


def test_what_is_supported_comes_first_and_says_why(alice: Person) -> None:
    judged = known(thin(candidate("momentum")), candidate("mean-reversion", seed=5))
    places = shown(advise(alice, judged))
    given = {str(row.id): row for row in rows(alice)}
    assert [given[one.id].version.template.slug for one in places] == ["mean-reversion", "momentum"]
    assert [given[one.id].verdict for one in places] == ["supported", "thin"]
    assert places[0].worth > 0.9
    assert places[0].unlike == "You run no EA yet."
    text = given[places[0].id].explanation.text
    assert text.startswith("The evidence supports Mean Reversion on EURUSD while the market is calm range.")
    assert "12 trades; at least 30 are needed." in given[places[1].id].explanation.text


def test_the_same_advice_is_kept_once_and_looked_at_when_due(alice: Person) -> None:
    judged = known(candidate("mean-reversion"))
    assert advise(alice, judged) is not None
    assert advise(alice, judged, now=NOW + timedelta(seconds=1)) is None
    again = advise(alice, judged, now=NOW + EVERY)
    assert again is not None
    assert again.refreshed_at == NOW + EVERY
    (row,) = rows(alice)
    assert row.given_at == NOW
    # Another regime makes it another one; the one before stays.
    advise(alice, known(candidate("mean-reversion", regime="wild trend")), now=NOW + 2 * EVERY)
    assert [one.regime for one in rows(alice)] == ["wild trend", "calm range"]


def test_new_evidence_is_advised_at_once_and_to_each_once(alice: Person) -> None:
    judged = known(candidate("mean-reversion"))
    advise(alice, judged)
    later = NOW + timedelta(seconds=30)
    assert queries.due(now=later, most=9) == []
    EvidenceStanding.objects.create(name="evidence", due_at=later, finished_at=later, ran=450)
    assert queries.due(now=later, most=9) == [alice.tenant_id]
    with tenant_scope(alice.tenant_id):
        standing = advising.advise(
            tenant_id=alice.tenant_id,
            known=judged,
            asks_outside=False,
            now=later + timedelta(seconds=1),
            gathered_at=queries.gathered_at(),
        )
    assert standing is not None
    assert queries.due(now=later + timedelta(seconds=2), most=9) == []
    # Where nothing was found to run there is nothing new to say.
    EvidenceStanding.objects.update(finished_at=later + timedelta(minutes=1), ran=0)
    assert queries.gathered_at() is None
    assert queries.due(now=later + timedelta(seconds=61), most=9) == []


def test_a_plan_shows_so_many_and_only_what_it_may_run(db: None) -> None:
    bronze = sign_up("bronze@example.com", plan="bronze")
    symbols = ("EURUSD", "GBPUSD", "USDJPY")
    judged = known(
        *(candidate("mean-reversion", symbol, seed=place) for place, symbol in enumerate(symbols)),
        candidate("trend-following"),
        candidate("momentum"),
        unjudged=(
            Unjudged(slug="momentum", name="Momentum", symbol="", why="Of gold."),
            Unjudged(slug="grid", name="Grid Trading", symbol="", why="Bars of M1."),
        ),
    )
    standing = advise(bronze, judged)
    assert standing is not None
    assert (len(standing.shown), standing.beyond) == (3, 1)
    assert [one["slug"] for one in standing.unjudged] == ["grid"]
    assert {row.version.template.slug for row in rows(bronze)} <= {"mean-reversion", "trend-following"}
    gold = sign_up("gold@example.com")
    found = advise(gold, judged)
    assert found is not None
    assert (len(found.shown), found.beyond) == (5, 0)


def test_what_is_like_what_runs_is_worth_less(alice: Person) -> None:
    account = connect(alice)
    own = candidate("mean-reversion")
    deploy(alice, account, slug="mean-reversion")
    other = candidate("mean-reversion", "GBPUSD", seed=50)
    places = shown(advise(alice, known(own, other)))
    by_symbol = {str(row.id): row.symbol for row in rows(alice)}
    first, second = places
    assert (by_symbol[first.id], by_symbol[second.id]) == ("GBPUSD", "EURUSD")
    assert second.alike is not None
    assert (second.alike.correlation, second.alike.basis) == (pytest.approx(1.0, abs=0.05), "tested")
    assert second.worth < 0.1
    assert first.alike is not None
    assert abs(first.alike.correlation) < 0.4


def test_nobody_changes_or_removes_what_was_said(alice: Person) -> None:
    advise(alice, known(candidate("mean-reversion")))
    for statement in (
        "UPDATE advisor_recommendation SET verdict = 'supported'",
        "DELETE FROM advisor_recommendation",
        "UPDATE advisor_recommendationscore SET net = 1",
        "DELETE FROM advisor_recommendationscore",
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            tenant_scope(alice.tenant_id),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    # Not even who owns the tables, whom no grant stops.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'advisor_guard' ORDER BY 1"
        )
        guarded = [name for (name,) in cursor.fetchall()]
    assert guarded == ["advisor_recommendation", "advisor_recommendationscore"]
    assert [row.verdict for row in rows(alice)] == ["supported"]


def test_one_click_leads_to_paper_with_the_inputs_that_were_judged(alice: Person) -> None:
    account = connect(alice)
    advise(alice, known(candidate("mean-reversion")))
    (row,) = rows(alice)
    with tenant_scope(alice.tenant_id):
        made = operations.deploy_to_paper(
            tenant_id=alice.tenant_id,
            actor=alice.email,
            recommendation_id=row.id,
            account_id=account.id,
            name="",
            now=NOW,
        )
    assert (made.symbol, made.inputs, made.version_id) == ("EURUSD", row.inputs, row.version_id)
    with pytest.raises(SymbolTaken), tenant_scope(alice.tenant_id):
        operations.deploy_to_paper(
            tenant_id=alice.tenant_id,
            actor=alice.email,
            recommendation_id=row.id,
            account_id=account.id,
            name="",
            now=NOW,
        )


def test_a_real_account_is_refused_by_the_verb_itself(alice: Person, charlie: Person) -> None:
    account = connect(alice)
    advise(alice, known(candidate("mean-reversion")))
    (row,) = rows(alice)
    with tenant_scope(alice.tenant_id):
        account.platform = Platform.MT5
        account.save(update_fields=["platform"])
    with pytest.raises(operations.OnlyOnPaper, match="no paper account"), tenant_scope(alice.tenant_id):
        operations.deploy_to_paper(
            tenant_id=alice.tenant_id,
            actor=alice.email,
            recommendation_id=row.id,
            account_id=account.id,
            name="",
            now=NOW,
        )
    with pytest.raises(NotFound), tenant_scope(charlie.tenant_id):
        operations.deploy_to_paper(
            tenant_id=charlie.tenant_id,
            actor=charlie.email,
            recommendation_id=row.id,
            account_id=account.id,
            name="",
            now=NOW,
        )
    with tenant_scope(alice.tenant_id):
        assert not EAInstance.objects.exists()


def test_sweeps_find_whom_nobody_has_advised_and_whose_time_has_come(alice: Person) -> None:
    assert alice.tenant_id in queries.due(now=NOW, most=50)
    advise(alice, known(candidate("mean-reversion")))
    assert alice.tenant_id not in queries.due(now=NOW, most=50)
    assert alice.tenant_id in queries.due(now=NOW + EVERY, most=50)


def test_who_cannot_be_advised_holds_up_nobody(alice: Person) -> None:
    others = [sign_up(f"{name}@example.com") for name in ("bob", "carol")]
    with tenant_scope(alice.tenant_id):
        Subscription.objects.all().delete()
    with patch.object(tasks, "judged", return_value=known(candidate("mean-reversion"))):
        tasks.sweep()
    left = queries.due(now=clock.now(), most=50)
    assert alice.tenant_id in left
    assert not {other.tenant_id for other in others} & set(left)


def test_an_author_outside_is_asked_only_where_there_is_one(alice: Person) -> None:
    advise(alice, known(candidate("mean-reversion")))
    assert queries.wordless(now=NOW, most=9) == []
    advise(alice, known(candidate("momentum")), now=NOW + EVERY, asks_outside=True)
    ((tenant_id, explanation_id),) = queries.wordless(now=NOW + EVERY, most=9)
    assert tenant_id == alice.tenant_id
    with tenant_scope(alice.tenant_id):
        told = Explanation.objects.get(id=explanation_id)
        assert told.recommendation.version.template.slug == "momentum"
