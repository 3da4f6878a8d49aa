"""Asking for backtests, taking them on, and who may write what of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.catalogue.models import EATemplate
from metafleet.hub.kernel.errors import NotFound, Refused
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester import operations, queries
from metafleet.hub.tester.models import Backtest
from metafleet.hub.tester.operations import Claim
from metafleet.hub.tester.records import Measured
from metafleet.hub.tester.tests.asking import ask, now_of, wish
from tests.cast import NOW, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]

DAY = 86_400
TOOK = Measured(wall_s=1.0, cpu_s=1.0, memory_mb=80.0, limits="")


def claim(person: Person, row: Backtest, after_s: float = 0.0) -> Claim | None:
    with tenant_scope(person.tenant_id):
        return operations.claim(
            tenant_id=person.tenant_id, backtest_id=row.id, now=NOW + timedelta(seconds=after_s)
        )


def claimed(person: Person, row: Backtest, after_s: float = 0.0) -> Claim:
    held = claim(person, row, after_s)
    assert held is not None
    return held


def on_plan(person: Person, plan: PlanCode) -> None:
    with tenant_scope(person.tenant_id):
        billing.set_by_hand(billing.lock_subscription(tenant_id=person.tenant_id), plan=plan)


def test_what_is_asked_for_is_queued_due_and_recorded(alice: Person) -> None:
    row = now_of(alice, ask(alice, inputs={"fast_period": 9}))
    assert (row.state, row.due_at, row.asked_by, row.attempts) == ("queued", NOW, alice.email, 0)
    assert (row.symbol, row.timeframe, row.content_hash) == ("EURUSD", "M1", row.version.content_hash)
    assert row.inputs["fast_period"] == 9
    assert len(row.inputs) > 3
    assert row.data["source"] == "sample"
    with tenant_scope(alice.tenant_id):
        entry = AuditEntry.objects.get(action="backtest.asked")
    assert (entry.subject_id, entry.detail["data"]) == (row.id, "sample")


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        ({"symbol": "USDJPY"}, "is not traded by this EA"),
        ({"timeframe": "M7"}, "is no timeframe"),
        ({"inputs": {"fast_perod": 9}}, "did you mean fast_period?"),
        ({"from_s": 0, "to_s": DAY}, "no prices between these"),
        ({"forward_s": 5}, "between the first and the last day"),
        ({"ticks": "every"}, "bars of M1"),
    ],
)
def test_what_cannot_be_tested_is_refused_and_leaves_nothing(
    alice: Person, setup: dict[str, Any], said: str
) -> None:
    EATemplate.objects.update(symbols=["EURUSD"])
    with pytest.raises(Refused, match="(?i)" + said.replace("?", r"\?")):
        ask(alice, **setup)
    with tenant_scope(alice.tenant_id):
        assert not Backtest.objects.exists()
        assert not AuditEntry.objects.exists()


def test_days_beyond_the_prices_are_brought_within_them(alice: Person) -> None:
    row = ask(alice, from_s=1, to_s=1 << 40)
    found = wish().data
    assert (row.setup["fromS"], row.setup["toS"]) == (None, found.to_s)


def test_the_plan_says_how_long_and_how_many(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    on_plan(alice, PlanCode.BRONZE)
    monkeypatch.setattr(operations, "YEAR_S", 3 * DAY)
    with pytest.raises(Refused, match="tests up to 2 years"):
        ask(alice)
    monkeypatch.undo()
    monkeypatch.setattr(operations, "MOST_TICKS", 1_000)
    with pytest.raises(Refused, match="coarser tick model"):
        ask(alice)
    monkeypatch.undo()
    ask(alice)
    with tenant_scope(alice.tenant_id):
        Backtest.objects.bulk_create([_copy(Backtest.objects.get()) for _ in range(19)])
    with pytest.raises(Refused, match="20 kept backtests"):
        ask(alice)


def _copy(row: Backtest) -> Backtest:
    names = ("tenant_id", "version_id", "content_hash", "symbol", "timeframe", "setup", "data", "asked_by")
    return Backtest(**{name: getattr(row, name) for name in names})


def test_as_many_run_at_once_as_the_plan_has(alice: Person) -> None:
    first, second, third = (ask(alice) for _ in range(3))
    assert claim(alice, first)
    assert claim(alice, second)
    assert claim(alice, third) is None
    assert now_of(alice, third).state == "queued"
    with tenant_scope(alice.tenant_id):
        assert operations.cancel(tenant_id=alice.tenant_id, backtest_id=first.id, actor=alice.email, now=NOW)
    assert claim(alice, third)


def test_a_claim_is_one_workers_until_its_lease_is_over(alice: Person) -> None:
    row = ask(alice)
    assert claim(alice, row)
    assert claim(alice, row, after_s=10) is None
    again = claimed(alice, row, after_s=21)
    assert again.attempt == 2
    assert claim(alice, row, after_s=50) is None
    found = now_of(alice, row)
    assert (found.state, found.due_at) == ("failed", None)
    assert found.message == "What ran it was stopped twice in the middle. Start it again."


@pytest.mark.parametrize("gone", ["cancelled", "removed", "claimed anew"])
def test_who_lost_it_writes_nothing_more(alice: Person, gone: str) -> None:
    row = ask(alice)
    held = claimed(alice, row)
    who: dict[str, Any] = {"tenant_id": alice.tenant_id, "backtest_id": row.id}
    with tenant_scope(alice.tenant_id):
        assert operations.note_progress(held, 0.4, now=NOW)
    deeds: dict[str, Callable[[], Any]] = {
        "cancelled": lambda: operations.cancel(**who, actor="x", now=NOW),
        "removed": lambda: operations.remove(**who, actor="x", now=NOW),
        "claimed anew": lambda: operations.claim(**who, now=NOW + timedelta(seconds=30)),
    }
    with tenant_scope(alice.tenant_id):
        deeds[gone]()
        assert not operations.note_progress(held, 0.9, now=NOW)
        assert operations.finish(held, figures={}, report=b"{}", measured=TOOK, now=NOW) is None
        assert operations.fail(held, "no", measured=None, now=NOW) is None
        left = Backtest.objects.filter(id=row.id).values_list("state", "report")
        expected = {"cancelled": [("cancelled", None)], "removed": [], "claimed anew": [("running", None)]}
        assert list(left) == expected[gone]


def test_what_is_over_is_not_cancelled(alice: Person) -> None:
    row = ask(alice)
    held = claimed(alice, row)
    with tenant_scope(alice.tenant_id):
        operations.finish(held, figures={"totalTrades": 1}, report=b'{"a":1}', measured=TOOK, now=NOW)
        found = Backtest.objects.get(id=row.id)
        assert (found.state, found.progress, operations.report_of(found)) == ("done", 1.0, b'{"a":1}')
        with pytest.raises(Refused, match="over already"):
            operations.cancel(tenant_id=alice.tenant_id, backtest_id=row.id, actor="x", now=NOW)


def test_a_stranger_finds_none_and_the_sweep_finds_all(alice: Person, charlie: Person) -> None:
    rows = [ask(alice), ask(alice), ask(charlie)]
    with tenant_scope(charlie.tenant_id):
        assert queries.kept(tenant_id=alice.tenant_id) == 0
        for verb in (operations.cancel, operations.remove):
            with pytest.raises(NotFound):
                verb(tenant_id=charlie.tenant_id, backtest_id=rows[0].id, actor="c", now=NOW)
    due = queries.due(now=NOW, most=10)
    assert {found for _, found in due} == {row.id for row in rows}
    # One who asks for much does not stand before the others.
    assert {tenant for tenant, _ in due[:2]} == {alice.tenant_id, charlie.tenant_id}
    claimed(alice, rows[0])
    assert rows[0].id not in {found for _, found in queries.due(now=NOW, most=10)}
    later = NOW + timedelta(seconds=21)
    assert rows[0].id in {found for _, found in queries.due(now=later, most=10)}
