"""LightGBM with settings for markets: little to be learnt, much to be mislearnt."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain.model import Booster
from metafleet.brain.model.scorers import Matrix, import_lightgbm

_PATIENCE: Final = 20
"""Rounds without a better loss on unseen bars, after which no more are tried."""


class TreeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the trees are grown by; LightGBM's words, except rounds: at most so many trees.

    smallest_leaf: a share of the samples, so that data of more bars make no finer trees.
    """

    rounds: int = 160
    learning_rate: float = 0.04
    num_leaves: int = 12
    smallest_leaf: float = 0.01
    feature_fraction: float = 0.5
    bagging_fraction: float = 0.7
    lambda_l2: float = 10.0
    max_bin: int = 63


class Samples(msgspec.Struct, frozen=True):
    """rows: float32, shape (n, features). rose, weights: shape (n,)."""

    rows: Matrix
    rose: NDArray[Any]
    weights: NDArray[np.float64]


def search_rounds(train: Samples, unseen: Samples, settings: TreeSettings, seed: int) -> tuple[Any, int]:
    """Return a booster and how many of its trees were best on unseen bars, 1 at least."""
    lightgbm = import_lightgbm()
    booster = lightgbm.train(
        _parameters(settings, len(train.rows), seed),
        _dataset(train),
        settings.rounds,
        valid_sets=[_dataset(unseen)],
        callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
    )
    return booster, max(1, int(booster.best_iteration))


def fit(train: Samples, rounds: int, settings: TreeSettings, seed: int) -> Booster:
    """Return so many trees, grown by one thread: the same bytes wherever the same library runs."""
    lightgbm = import_lightgbm()
    booster = lightgbm.train(_parameters(settings, len(train.rows), seed), _dataset(train), rounds)
    return Booster(booster.model_to_string(num_iteration=-1))


def scores(booster: Any, rows: Matrix, rounds: int) -> NDArray[np.float64]:
    """Return the raw scores by the first trees of a search."""
    made = booster.predict(rows, raw_score=True, num_iteration=rounds, num_threads=1)
    return np.asarray(made, np.float64)


def _dataset(samples: Samples) -> Any:
    lightgbm = import_lightgbm()
    return lightgbm.Dataset(
        samples.rows, samples.rose.astype(np.float64), weight=samples.weights, free_raw_data=True
    )


def _parameters(settings: TreeSettings, count: int, seed: int) -> dict[str, Any]:
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.num_leaves,
        "min_data_in_leaf": max(20, round(settings.smallest_leaf * count)),
        "min_sum_hessian_in_leaf": 0.0,
        "feature_fraction": settings.feature_fraction,
        "bagging_fraction": settings.bagging_fraction,
        "bagging_freq": 1,
        "lambda_l2": settings.lambda_l2,
        "max_bin": settings.max_bin,
        # A row with a gap is never asked, and MetaTrader's ONNX knows none.
        "use_missing": False,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        # Jobs run beside each other instead: the sum of a histogram depends on how many share it.
        "num_threads": 1,
        "verbosity": -1,
    }
