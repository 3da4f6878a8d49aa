"""From a study to a model, and to its card, which says whether it may serve."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from metafleet.brain import splits
from metafleet.brain.model import Booster, Card, Model, ModelSpec
from metafleet.brain.model.scorers import import_lightgbm
from metafleet.brain.training import assessing, carding, gate
from metafleet.brain.training.fitting import Settings, Way
from metafleet.brain.training.jobs import Done, Job, Progress, Work, do
from metafleet.brain.training.samples import Samples, samples_of
from metafleet.brain.training.study import Study, StudyRefused

_BASELINES: Final[dict[str, Way]] = {"lightgbm": "linear", "linear": "share"}
"""What stands beside each kind of model."""

_TRIALS: Final = {"lightgbm": 2, "linear": 1}
"""Models whose results out of sample one study looks at."""


class Trained(msgspec.Struct, frozen=True):
    """A model, trained on all bars in the way that was tested, and its card, which is in its file, too."""

    model: Model
    card: Card


def train(
    study: Study, *, work: Path | None = None, workers: int | None = None, progress: Progress | None = None
) -> Trained:
    """Return the model of a study, promoted or not: its card's gate says which, and why.

    1. Walk forward: for each fold train on what was known before it, and ask about every bar of it.
    2. Judge by what those models were worth there, after costs.
    3. Train the model itself on all bars, in the same way.

    work: a folder in which results are kept as they are made, so that the same study goes on after a kill.
    workers: threads; None for all cores. The bytes of the model's file depend on the study and on the
    libraries' versions alone. Raises StudyRefused, SplitRefused, LibraryMissing.
    """
    if study.kind == "lightgbm":
        import_lightgbm()
    samples = samples_of(study)
    windows = splits.walk_forward(samples.opens_s, study.folds)
    jobs = _jobs(study, windows)
    kept = Work(work, samples, study.data_hash(), str(carding.versions()))
    done = do(jobs, samples, kept, workers=workers or os.cpu_count() or 1, progress=progress)
    count = len(windows)
    basis = assessing.Basis(
        windows=windows,
        models=done[:count],
        baselines=done[count : 2 * count],
        shares=done[2 * count : 3 * count],
    )
    card = _card(study, samples, basis)
    return Trained(_model(study, done[-1], card), card)


def _jobs(study: Study, windows: list[splits.Window]) -> list[Job]:
    def job(way: Way, window: splits.Window | None, *, columns: tuple[str, ...] = ()) -> Job:
        number = 0 if window is None else window.number
        settings = Settings(
            way=way, trees=study.trees, embargo_s=study.embargo_s, seed=1_000 * study.seed + number
        )
        return Job(settings=settings, window=window, columns=columns)

    return [
        *(job(study.kind, window, columns=study.columns) for window in windows),
        *(job(_BASELINES[study.kind], window) for window in windows),
        *(job("share", window) for window in windows),
        job(study.kind, None),
    ]


def _card(study: Study, samples: Samples, basis: assessing.Basis) -> Card:
    unseen = assessing.assess(
        samples,
        basis,
        confidence=study.confidence,
        horizon_s=study.label.horizon_bars * study.period_s,
        seed=study.seed,
    )
    metrics = assessing.metrics(samples, unseen)
    folds = carding.folds_of(samples, basis, unseen, study.embargo_s)
    trials = study.trials_before + _TRIALS[study.kind]
    judged = gate.judge(
        gate.Evidence(
            metrics={metric.name: metric for metric in metrics},
            difference=assessing.difference(unseen),
            luck=assessing.deflated(unseen, trials),
            folds=folds,
            trials=trials,
            samples=len(unseen.places),
            confidence=study.confidence,
            baseline=carding.BASELINES[study.kind],
        )
    )
    return carding.card_of(
        study, samples, basis, unseen, metrics=metrics, folds=folds, gate=judged, trials=trials
    )


def _model(study: Study, done: Done, card: Card) -> Model:
    fitted = done.fitted
    if fitted.scorer is None:
        raise StudyRefused("there is no model to keep")
    spec = ModelSpec(
        name=study.name,
        symbols=tuple(study.bars),
        timeframe=study.timeframe,
        kind="lightgbm" if isinstance(fitted.scorer, Booster) else "linear",
        features=study.columns,
        label=study.label,
        threshold=fitted.threshold,
        full_at=fitted.full_at,
        calibration=fitted.calibration,
        beside=_beside(study),
    )
    return Model(spec, fitted.scorer, card)


def _beside(study: Study) -> tuple[str, ...]:
    """Return the symbols that must be there for the features to be what they were."""
    from metafleet.brain import features

    needs = any("beside" in features.about(name).needs for name in study.columns)
    return tuple(dict.fromkeys((*study.bars, *study.beside))) if needs else ()
