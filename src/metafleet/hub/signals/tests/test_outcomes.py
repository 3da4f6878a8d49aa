"""What became of signals, how versions do, and models that are trained again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest

from metafleet.brain import labels
from metafleet.brain.model import Model, ModelSpec
from metafleet.brain.model.card import Distribution
from metafleet.engine.broker.records import SERVER_NAME
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market import record
from metafleet.hub.signals import health, outcomes, registry, retraining, tasks, training
from metafleet.hub.signals.models import ModelHealth, ModelVersion, Signal, SignalOutcome
from metafleet.hub.signals.recipes import Recipe
from metafleet.hub.signals.tests.bars import walk
from metafleet.hub.signals.tests.made import card_of, file_of, keep_signal, model_of
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.django_db
OSCAR = "oscar@example.com"
LABEL = model_of().spec.label


@pytest.fixture
def terminal(alice: Person, catalogue: None) -> Any:
    return deploy(alice, connect(alice)).terminal


@pytest.fixture
def version(db: None) -> ModelVersion:
    return registry.register(content=file_of(), actor=OSCAR, now=NOW)


@pytest.fixture
def minutes(db: None) -> Array:
    """Four days of M1, up to now, in the record."""
    rates = walk(4 * 1440, until=NOW, timeframe="M1")
    record.keep(SERVER_NAME, "EURUSD", rates)
    return rates


def told(person: Person, terminal: Any, version: ModelVersion, at_s: int, **changes: Any) -> UUID:
    bar = datetime.fromtimestamp(at_s, UTC).isoformat()
    with tenant_scope(person.tenant_id):
        return keep_signal(terminal, version, bar=bar, bar_s=at_s, due=NOW.isoformat(), **changes)


def outcome(person: Person, signal_id: UUID) -> SignalOutcome:
    with tenant_scope(person.tenant_id):
        return SignalOutcome.objects.get(signal_id=signal_id)


@pytest.mark.parametrize("side", ["buy", "sell", "none"])
def test_a_signal_is_judged_as_its_model_was_taught(
    alice: Person, terminal: Any, version: ModelVersion, minutes: Array, side: str
) -> None:
    bars = aggregated(minutes, BY_NAME["M15"])
    place = 200
    expected = labels.outcomes(bars, LABEL)
    signal_id = told(alice, terminal, version, int(bars["time"][place]), side=side)
    with tenant_scope(alice.tenant_id):
        before = Signal.objects.filter(id=signal_id).values().get()
    tasks.judge_outcomes()
    row = outcome(alice, signal_id)
    assert (row.state, row.due_at, row.is_up) == ("known", None, bool(expected.rose[place]))
    assert row.is_hit == (bool(expected.rose[place]) == (side != "sell"))
    assert row.entry == float(bars["open"][place + 1])
    assert row.ended_at == datetime.fromtimestamp(int(bars["time"][expected.exits[place]]) + 900, UTC)
    if side == "none":
        assert row.return_ratio is None
    else:
        gross = float((expected.buys if side == "buy" else expected.sells)[place]) / labels.BPS
        assert row.return_ratio is not None
        assert gross - 5e-4 < row.return_ratio < gross - 7e-5  # eight points of spread, and commission
    with tenant_scope(alice.tenant_id):
        assert Signal.objects.filter(id=signal_id).values().get() == before


def test_what_is_not_over_is_looked_at_again_later_and_later(
    alice: Person, terminal: Any, version: ModelVersion, minutes: Array
) -> None:
    newest = int(minutes["time"][-1]) // 900 * 900 - 900
    signal_id = told(alice, terminal, version, newest)
    for attempt, minutes_later in ((1, 1), (2, 2), (3, 4)):
        row = outcome(alice, signal_id)
        now = max(NOW, row.due_at or NOW)
        outcomes.judge(tenant_id=alice.tenant_id, signal_id=signal_id, now=now)
        row = outcome(alice, signal_id)
        assert (row.state, row.attempts, row.due_at) == (
            "waiting", attempt, now + timedelta(minutes=minutes_later),
        )  # fmt: skip
    outcomes.judge(tenant_id=alice.tenant_id, signal_id=signal_id, now=NOW + timedelta(days=20))
    assert outcome(alice, signal_id).reason == "The record has too few bars after it."


def test_of_a_market_that_is_not_recorded_nothing_is_known(
    alice: Person, terminal: Any, version: ModelVersion
) -> None:
    signal_id = told(alice, terminal, version, 1_772_451_000, server="Elsewhere")
    outcomes.judge(tenant_id=alice.tenant_id, signal_id=signal_id, now=NOW)
    row = outcome(alice, signal_id)
    assert (row.state, row.reason) == ("unknown", "There is no record of EURUSD at Elsewhere.")


def reference(rows: Any) -> tuple[Distribution, ...]:
    from metafleet.brain.evidence import reference_of

    return tuple(
        reference_of(name, rows[:, place]) for place, name in enumerate(("return_1", "return_5", "atr_14"))
    )


def test_drift_calibration_and_hits_are_measured_over_each_bar_once(
    alice: Person, charlie: Person, terminal: Any, minutes: Array, catalogue: None
) -> None:
    random = np.random.default_rng(3)
    then = random.standard_normal((2_000, 3)).astype(np.float32)
    base = model_of()
    model = Model(base.spec, base.scorer, card_of(promoted=True, reference=reference(then)))
    version = registry.register(content=model.to_bytes(), actor=OSCAR, now=NOW)
    registry.promote(version_id=version.id, actor=OSCAR, note="", now=NOW)
    now_rows = random.standard_normal((300, 3)).astype("<f4")
    now_rows[:, 2] += 2.0
    other = deploy(charlie, connect(charlie)).terminal
    for place, row in enumerate(now_rows):
        said = {"features": row.tobytes().hex(), "hash": f"{place:064x}", "probability": 0.9, "side": "buy"}
        at_s = 1_772_000_000 // 900 * 900 + 900 * place
        for person, asks in ((alice, terminal), (charlie, other)):
            signal_id = told(person, asks, version, at_s, **said)
            with tenant_scope(person.tenant_id):
                SignalOutcome.objects.filter(signal_id=signal_id).update(
                    state="known", is_up=place % 2 == 0, is_hit=place % 2 == 0, return_ratio=0.001
                )
    health.measure(now=NOW)
    row = ModelHealth.objects.get()
    assert (row.signals, row.judged, row.hits, row.scored) == (300, 300, 150, 300)
    assert row.psi_feature == "atr_14"
    assert row.psi is not None
    assert row.psi > 1.0
    assert row.psi_features["return_1"] < 0.25
    assert row.hit_low is not None
    assert row.hit_high is not None
    assert row.hit_low < 0.5 < row.hit_high
    assert row.calibration_gap == pytest.approx(0.4)
    assert row.is_decayed
    assert row.mean_return == pytest.approx(0.001)
    [standing] = health.standings()
    assert (standing.label, standing.psi_feature) == ("eurusd-m15 version 1", "atr_14")


def linear() -> bytes:
    spec: ModelSpec = model_of().spec
    label = msgspec.structs.replace(spec.label, horizon_bars=4, volatility_bars=20)
    return file_of(label=label, timeframe="M5")


@pytest.mark.django_db(transaction=True)
def test_a_model_is_trained_again_gated_and_never_promoted_by_itself() -> None:
    record.keep(SERVER_NAME, "EURUSD", walk(20 * 1440, until=NOW, timeframe="M1"))
    version = registry.register(content=linear(), actor=OSCAR, now=NOW)
    registry.promote(version_id=version.id, actor=OSCAR, note="", now=NOW)
    retraining.set_schedule(
        model_id=version.model_id,
        every_days=None,
        promotes_by_itself=False,
        recipe=Recipe(folds=2),
        actor=OSCAR,
        now=NOW,
    )
    row = retraining.ask(model_id=version.model_id, reason="It decays.", actor=OSCAR, now=NOW)
    training.run(retraining_id=row.id)
    row.refresh_from_db()
    assert row.state == "done", row.outcome
    assert row.version is not None
    # On a walk without an edge there is nothing to find, and it says so.
    assert (row.version.number, row.version.state, row.version.is_promoted_by_gate) == (2, "draft", False)
    assert row.outcome.startswith("Version 2 stays a draft: ")
    assert ModelVersion.objects.get(state="champion").number == 1
    assert row.version.card["trials"] > 1


def test_what_cannot_be_trained_has_failed_with_its_reason(version: ModelVersion) -> None:
    row = retraining.ask(model_id=version.model_id, reason="Try.", actor=OSCAR, now=NOW)
    training.run(retraining_id=row.id)
    row.refresh_from_db()
    assert (row.state, row.outcome) == (
        "failed",
        f"There are no bars of EURUSD in the record of {SERVER_NAME}.",
    )


@pytest.mark.parametrize(
    ("promotes", "promoted", "state"),
    [(False, True, "challenger"), (True, True, "champion"), (True, False, "draft")],
)
def test_where_a_new_version_goes_the_gate_and_the_operator_say(
    version: ModelVersion, promotes: bool, promoted: bool, state: str
) -> None:
    retraining.set_schedule(
        model_id=version.model_id,
        every_days=7,
        promotes_by_itself=promotes,
        recipe=Recipe(),
        actor=OSCAR,
        now=NOW,
    )
    assert retraining.begin_due(now=NOW + timedelta(days=6)) == []
    [row] = retraining.begin_due(now=NOW + timedelta(days=7))
    assert row.model.retrain_due_at == NOW + timedelta(days=14)
    held = retraining.claim(retraining_id=row.id, now=NOW + timedelta(days=7))
    assert held is not None
    assert retraining.claim(retraining_id=row.id, now=NOW + timedelta(days=7)) is None
    done = retraining.finish(held, file_of(tilt=0.5, promoted=promoted), now=NOW)
    assert done is not None
    assert done.version is not None
    assert (done.reason, done.version.state, done.version.origin) == (
        retraining.SCHEDULED,
        state,
        "retraining",
    )


def test_a_training_that_was_stopped_twice_has_failed(version: ModelVersion) -> None:
    row = retraining.ask(model_id=version.model_id, reason="Try.", actor=OSCAR, now=NOW)
    now = NOW
    for _ in range(2):
        held = retraining.claim(retraining_id=row.id, now=now)
        assert held is not None
        now += 2 * retraining.LEASE
    assert retraining.claim(retraining_id=row.id, now=now) is None
    row.refresh_from_db()
    assert (row.state, "stopped twice" in row.outcome) == ("failed", True)
