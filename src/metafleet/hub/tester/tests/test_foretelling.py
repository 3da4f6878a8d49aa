"""A backtest that is given a model's signals: which may be, what it had seen, and what the EA then does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.signals import registry
from metafleet.hub.signals.foretelling import seen_of
from metafleet.hub.signals.models import ModelVersion
from metafleet.hub.signals.tests.made import file_of
from metafleet.hub.tester import operations, running
from metafleet.hub.tester.models import Backtest
from metafleet.hub.tester.tests.asking import now_of, wish
from tests.cast import NOW, Person

SLUG = "brain-signal"
DAY_S = 86_400


@pytest.fixture
def version(db: None, catalogue: None) -> ModelVersion:
    return registered()


def registered(**changes: Any) -> ModelVersion:
    return registry.register(content=file_of(tilt=0.6, **changes), actor="oscar@example.com", now=NOW)


def asked(person: Person, model: ModelVersion | None, **setup: Any) -> Backtest:
    found = wish(SLUG, **{"timeframe": "M15", **setup})
    given = operations.Wish(found.version, found.test, found.data, model=model.id if model else None)
    with tenant_scope(person.tenant_id):
        return operations.ask(tenant_id=person.tenant_id, actor=person.email, wish=given, now=NOW)


def run(person: Person, row: Backtest) -> dict[str, Any]:
    running.run(tenant_id=person.tenant_id, backtest_id=row.id)
    done = now_of(person, row)
    assert (done.state, done.message) == ("done", "")
    report: dict[str, Any] = json.loads(operations.report_of(done))
    return report


@pytest.mark.parametrize(
    ("begin_s", "end_s", "seen"),
    [(10, 20, "none"), (9, 20, "part"), (0, 10, "all"), (0, 5, "all")],
)
def test_what_a_model_had_seen_ends_where_its_prices_end(begin_s: int, end_s: int, seen: str) -> None:
    assert seen_of(begin_s * DAY_S, end_s * DAY_S, "1970-01-11T00:00:00") == seen


def test_an_ea_trades_what_the_model_says_and_goes_by_its_own_rule_without(
    alice: Person, version: ModelVersion
) -> None:
    told, silent = asked(alice, version), asked(alice, None)
    assert told.model is not None
    assert told.model == {
        "versionId": str(version.id), "name": "eurusd-m15", "number": 1, "contentHash": version.content_hash,
        "trainedFrom": version.card["begin"][:10], "trainedTo": version.card["end"][:10],
        "seen": told.model["seen"],
    }  # fmt: skip
    with_model, without = run(alice, told), run(alice, silent)
    assert with_model["trades"] != without["trades"]
    assert {trade["side"] for trade in with_model["trades"]} == {"buy"}
    assert any(note.startswith("Signals: eurusd-m15 version 1") for note in with_model["notes"])
    assert not any("Signals:" in note for note in without["notes"])
    shown = alice.client.get(f"/api/backtests/{told.id}").json()["model"]
    assert (shown["name"], shown["number"], shown["trainedTo"]) == ("eurusd-m15", 1, told.model["trainedTo"])
    options = alice.client.get("/api/backtests/options").json()["models"]
    assert [(one["versionId"], one["timeframe"]) for one in options] == [(str(version.id), "M15")]


def test_a_model_of_another_market_or_plan_is_refused_by_field(alice: Person, version: ModelVersion) -> None:
    for changes, words in (
        ({"symbol": "XAUUSD"}, "not of XAUUSD"),
        ({"timeframe": "H1"}, "the test's bars are H1"),
    ):
        with pytest.raises(Malformed) as refused:
            asked(alice, version, **changes)
        assert (refused.value.faults[0].pointer, words in refused.value.detail) == ("/model", True)
    beside = registered(name="crowd", features=("return_1", "strength_base_5"), beside=("GBPUSD",))
    with pytest.raises(Malformed, match="looks at other symbols too"):
        asked(alice, beside)
    registry.open_to_plan(model_id=version.model_id, plan="platinum", actor="oscar@example.com", now=NOW)
    with pytest.raises(Malformed, match="plan and above"):
        asked(alice, version)
    assert alice.client.get("/api/backtests/options").json()["models"] == []
    with tenant_scope(alice.tenant_id):
        assert Backtest.objects.count() == 0
