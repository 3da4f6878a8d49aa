from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metafleet.brain import splits
from metafleet.brain.features import calendar_of
from metafleet.brain.labels import outcomes
from metafleet.brain.learners.trees import TreeSettings
from metafleet.brain.model import LabelSpec, Model
from metafleet.brain.training import Study, StudyRefused, jobs, train
from metafleet.brain.training.fitting import Settings
from metafleet.brain.training.samples import samples_of
from metafleet.brain.training.tests.markets import Edge, market
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.servertime import Zone
from metafleet.engine.market.symbols import EURUSD

COLUMNS = ("return_1", "return_5", "return_20", "atr_14", "rsi_14", "efficiency_20", "weekday", "hour_sin")
LABEL = LabelSpec(horizon_bars=12, volatility_bars=50)


def study(edge: Edge = "none", *, seed: int = 1, count: int = 12_000, **changes: Any) -> Study:
    strength = 0.5 if edge == "trend" else 0.15
    bars: dict[str, Array] = {"EURUSD": market(count, seed, edge=edge, strength=strength)}
    settings: dict[str, Any] = {
        "name": "made", "bars": bars, "specs": {"EURUSD": EURUSD}, "timeframe": "H1", "label": LABEL,
        "features": COLUMNS, "seed": seed, "folds": 4,
    }  # fmt: skip
    return Study(**{**settings, **changes})


def test_an_edge_that_a_line_cannot_see_is_found() -> None:
    card = train(study("weekday")).card
    assert card.gate.promoted, card.gate
    assert card.gate.verdict.startswith("An edge was found: ")
    net, line = card.metric("net_mean"), card.metric("log_loss_gain")
    assert net is not None
    assert net.model.low is not None
    assert net.model.low > 0
    assert line is not None
    assert line.baseline is not None
    assert (line.model.value or 0) > (line.baseline.value or 0) + 5
    assert card.importance[0].name == "weekday"
    assert next(one.name for one in card.group_importance) == "Clock"


def test_an_edge_that_a_line_can_see_promotes_a_line() -> None:
    made = train(study("trend", kind="linear"))
    assert made.card.gate.promoted, made.card.gate
    assert made.model.spec.kind == "linear"


def test_trees_that_know_no_more_than_the_line_are_not_promoted() -> None:
    card = train(study("trend")).card
    assert not card.gate.promoted
    failed = [check.name for check in card.gate.checks if not check.passed]
    assert failed == ["beats_baseline"]
    assert "not surely more than the linear baseline" in card.gate.verdict


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_promoted_on_a_random_walk(seed: int) -> None:
    card = train(study(seed=seed, count=8_000)).card
    assert not card.gate.promoted
    assert card.gate.verdict.startswith("No edge found: ")


def test_the_same_study_makes_the_same_bytes(tmp_path: Path) -> None:
    first = train(study("weekday", count=6_000), workers=1)
    again = train(study("weekday", count=6_000), workers=3, work=tmp_path)
    assert first.model.to_bytes() == again.model.to_bytes()
    assert Model.load(first.model.to_bytes()).content_hash == first.model.content_hash
    other = train(study("weekday", count=6_000, seed=2))
    assert other.model.content_hash != first.model.content_hash


def test_a_study_that_was_ended_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(Exception):
        pass

    def end(share: float, words: str) -> None:
        if share > 0.3:
            raise Ended(words)

    with pytest.raises(Ended):
        train(study("weekday", count=6_000), work=tmp_path, workers=1, progress=end)
    kept = len(list(tmp_path.glob("*.fold")))
    assert 1 <= kept < 13
    made: list[str] = []
    really = jobs._done

    def counted(job: jobs.Job, samples: Any) -> jobs.Done:
        made.append(job.words)
        return really(job, samples)

    monkeypatch.setattr(jobs, "_done", counted)
    resumed = train(study("weekday", count=6_000), work=tmp_path, workers=1)
    assert len(made) == 13 - kept
    again = train(study("weekday", count=6_000), work=tmp_path)
    assert len(made) == 13 - kept
    assert (
        resumed.model.content_hash
        == again.model.content_hash
        == train(study("weekday", count=6_000)).model.content_hash
    )


def test_a_kept_result_that_is_cut_off_is_made_again(tmp_path: Path) -> None:
    first = train(study(count=4_000), work=tmp_path)
    for file in tmp_path.glob("*.fold"):
        file.write_bytes(file.read_bytes()[:100])
    assert train(study(count=4_000), work=tmp_path).model.content_hash == first.model.content_hash


def test_what_comes_later_changes_nothing_of_the_folds_before(tmp_path: Path) -> None:
    """The look-ahead proof of training: the future is replaced, and folds before it are the same bits."""
    whole = study("weekday", count=8_000)
    samples = samples_of(whole)
    windows = splits.walk_forward(samples.opens_s, whole.folds)
    place = int(np.searchsorted(whole.bars["EURUSD"]["time"], windows[2].begin_s))
    changed = whole.bars["EURUSD"].copy()
    later = market(8_000, 99, edge="trend")
    for name in ("open", "high", "low", "close"):
        changed[name][place:] = later[name][place:] * 1.3
    other = dataclasses.replace(whole, bars={"EURUSD": changed})
    assert windows == splits.walk_forward(samples_of(other).opens_s, whole.folds)

    found = [_folds(one) for one in (whole, other)]
    for number in (0, 1):
        ours, theirs = (folds[number] for folds in found)
        assert _scorer(ours) == _scorer(theirs)
        assert ours.fitted.threshold == theirs.fitted.threshold
        assert ours.fitted.calibration == theirs.fitted.calibration
    # A fold's own test reaches to the next one's begin, its probabilities no further.
    assert (found[0][0].probabilities == found[1][0].probabilities).all()
    # The model of the third fold was trained on what was before it, too; of the fourth, on what is changed.
    assert _scorer(found[0][2]) == _scorer(found[1][2])
    assert _scorer(found[0][3]) != _scorer(found[1][3])


def _folds(one: Study) -> list[jobs.Done]:
    samples = samples_of(one)
    windows = splits.walk_forward(samples.opens_s, one.folds)
    settings = Settings(way="lightgbm", trees=TreeSettings(), embargo_s=one.embargo_s, seed=1)
    wanted = [jobs.Job(settings=settings, window=window) for window in windows]
    return jobs.do(wanted, samples, jobs.Work(None, samples, "", ""), workers=2, progress=None)


def _scorer(done: jobs.Done) -> str:
    scorer = done.fitted.scorer
    assert scorer is not None
    return getattr(scorer, "text", "")


def test_a_model_is_asked_for_as_it_was_taught() -> None:
    one = study("weekday", count=6_000)
    model = train(one).model
    samples = samples_of(one)
    told = model.probability(samples.rows)
    assert np.isfinite(told).all()
    rose = outcomes(one.bars["EURUSD"], LABEL).rose[samples.chances.bars]
    assert told[rose].mean() > told[~rose].mean() + 0.02
    reference = {one.name for one in model.card.reference}
    assert reference == {*COLUMNS, "probability"}


def test_progress_says_how_much_is_done() -> None:
    told: list[tuple[float, str]] = []
    train(study(count=4_000), workers=2, progress=lambda share, words: told.append((share, words)))
    assert len(told) == 13
    assert told[-1][0] == pytest.approx(1.0)
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert {"lightgbm, all bars", "linear, fold 4", "share, fold 1"} <= {words for _, words in told}


def test_the_data_hash_is_of_bars_and_settings() -> None:
    one = study(count=2_000)
    assert one.data_hash() == study(count=2_000).data_hash()
    others = [
        dataclasses.replace(one, folds=3),
        dataclasses.replace(one, features=COLUMNS[1:]),
        dataclasses.replace(one, label=LabelSpec(horizon_bars=13)),
        study(count=2_000, seed=2),
    ]
    assert len({one.data_hash(), *(other.data_hash() for other in others)}) == 5


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"timeframe": "H5"}, "'H5' is no timeframe"),
        ({"bars": {}}, "no bars of any symbol"),
        ({"bars": {"EURUSD": market(300, 1)}}, "300 bars are too few"),
        ({"specs": {}}, "conditions are not known"),
        ({"bars": {"EURUSD": market(2_000, 1)[::-1]}}, "do not go forward"),
        ({"confidence": 1.0}, "is not over 0.5 and below 1"),
        ({"folds": 1}, "is not from 2 to 50"),
    ],
)
def test_a_study_that_cannot_be_made_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(StudyRefused, match=why):
        study(count=2_000, **changes)


EVENTS = calendar_of(
    [
        (datetime(2010, 1, 4, tzinfo=UTC) + timedelta(hours=30 * n), ("USD", "EUR", "JPY")[n % 3], "High")
        for n in range(300)
    ],
    Zone(),
)


def test_a_calendar_is_looked_at_and_stands_on_the_card() -> None:
    asked = study(
        count=3_000, features=(*COLUMNS[:2], "minutes_to_event_high"), calendar=EVENTS, kind="linear"
    )
    used = train(asked).card.calendar
    assert used is not None
    assert (used.events, used.begin[:10]) == (300, "2010-01-04")
    assert used.sha256 == hashlib.sha256(EVENTS.tobytes()).hexdigest()
    assert "minutes_to_event_high" in study(features=(), calendar=EVENTS).columns
    later = EVENTS.copy()
    later["time"] += 60
    assert asked.data_hash() != dataclasses.replace(asked, calendar=later).data_hash()


def test_without_a_calendar_nothing_is_trained_that_looks_at_one_and_the_card_has_none() -> None:
    with pytest.raises(StudyRefused, match="minutes_to_event_high looks at a calendar of events"):
        study(features=("minutes_to_event_high",))
    assert not any("event" in name for name in study(features=()).columns)
    made = train(study(count=3_000, features=COLUMNS[:2], kind="linear")).model
    assert b"calendar" not in made.to_bytes()


def test_no_sample_sees_a_bar_of_later_in_its_calendar() -> None:
    names = ("minutes_to_event_high", "minutes_since_event_high", "return_1")
    whole = samples_of(study(count=2_000, features=names, calendar=EVENTS))
    bars = {"EURUSD": market(2_000, 1).copy()}
    # What a label of before may look at stays as it is.
    middle = int(bars["EURUSD"]["time"][1_000])
    for field in ("open", "high", "low", "close"):
        bars["EURUSD"][field][1_100:] *= 1.01
    other = samples_of(study(count=2_000, features=names, calendar=EVENTS, bars=bars))
    before, after = whole.opens_s <= middle, other.opens_s <= middle
    assert before.any()
    assert whole.rows[before].tobytes() == other.rows[after].tobytes()
