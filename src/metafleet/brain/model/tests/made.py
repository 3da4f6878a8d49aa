"""Small models for tests, of this package and of those that serve, show and export models."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from metafleet.brain.model import Booster, Calibration, Card, LabelSpec, Linear, Model, ModelSpec
from metafleet.brain.model.card import Check, DataUsed, Distribution, Gate
from metafleet.brain.model.scorers import import_lightgbm


def made_card(**changes: Any) -> Card:
    """Return a card of little, with these fields instead of its own."""
    card = Card(
        name="made",
        seed=1,
        confidence=0.95,
        data_hash="0" * 64,
        begin="2020-01-01T00:00:00",
        end="2021-01-01T00:00:00",
        data=(
            DataUsed(
                symbol="EURUSD",
                bars=6_000,
                begin="2020-01-01T00:00:00",
                end="2021-01-01T00:00:00",
                sha256="1" * 64,
            ),
        ),
        label="triple barrier",
        features=("return_1", "return_5", "atr_14"),
        samples=5_000,
        effective_samples=400.0,
        trials=2,
        looked_at=("a made model",),
        costs=(),
        folds=(),
        metrics=(),
        by_symbol=(),
        calibration=(),
        importance=(),
        group_importance=(),
        equity=(),
        gate=Gate(
            promoted=True, verdict="Made for tests.", checks=(Check(name="made", passed=True, text="Made."),)
        ),
        reference=(Distribution(name="return_1", edges=(-1.0, 0.0, 1.0), shares=(0.25, 0.25, 0.25, 0.25)),),
        notes=(),
        made_with={"metafleet": "0"},
    )
    return msgspec.structs.replace(card, **changes)


def made_spec(**changes: Any) -> ModelSpec:
    """Return a spec of three features, with these fields instead of its own."""
    spec = ModelSpec(
        name="made",
        symbols=("EURUSD",),
        timeframe="H1",
        kind="linear",
        features=("return_1", "return_5", "atr_14"),
        label=LabelSpec(horizon_bars=12),
        threshold=0.55,
        full_at=0.65,
        calibration=Calibration(slope=0.9, intercept=0.02),
    )
    return msgspec.structs.replace(spec, **changes)


def made_linear(**changes: Any) -> Model:
    """Return a linear model."""
    line = Linear(means=(0.0, 0.1, 1.0), scales=(1.0, 0.5, 2.0), weights=(0.5, -0.25, 0.125), intercept=0.01)
    return Model(made_spec(**changes), line, made_card())


@lru_cache(maxsize=1)
def _trees() -> str:
    lightgbm = import_lightgbm()
    random = np.random.default_rng(7)
    rows = random.standard_normal((2_000, 3)).astype(np.float32)
    rises = (rows[:, 0] + 0.5 * rows[:, 1] ** 2 + random.standard_normal(2_000) > 0.5).astype(float)
    settings = {
        "objective": "binary", "num_leaves": 7, "learning_rate": 0.1, "min_data_in_leaf": 50, "seed": 1,
        "deterministic": True, "force_row_wise": True, "num_threads": 1, "use_missing": False,
        "verbosity": -1,
    }  # fmt: skip
    return str(lightgbm.train(settings, lightgbm.Dataset(rows, rises), 30).model_to_string())


def made_trees(**changes: Any) -> Model:
    """Return a model of 30 small trees."""
    return Model(made_spec(**{"kind": "lightgbm", **changes}), Booster(_trees()), made_card())


def rows_of(count: int, width: int = 3, seed: int = 5) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return float32 rows of a normal distribution."""
    return np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
