"""Whether a graph says what the model says, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain.export.graph import INPUT, OUTPUT
from metafleet.brain.export.trees import trees_of
from metafleet.brain.model import Linear, Model

TOLERANCE: Final = 1e-6
"""By how much probabilities may differ: a float32 near 1 has steps of 6e-8."""


class Checked(msgspec.Struct, frozen=True):
    """Of how many rows the graph was asked, and the largest difference of the probabilities."""

    rows: int
    largest_difference: float

    @property
    def is_same(self) -> bool:
        """Whether the graph may stand for the model. A difference that is no number may not."""
        return self.largest_difference <= TOLERANCE


def check(model: Model, graph: Path, rows: int = 10_000) -> Checked | None:
    """Ask model and graph about rows that are hard for it. None where ONNX Runtime is not installed."""
    try:
        import onnxruntime
    except ImportError:
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    asked = hard_rows(model, rows)
    found = np.array([session.run([OUTPUT], {INPUT: row[None]})[0][0, 0] for row in asked], np.float64)
    return Checked(rows, float(np.abs(found - model.probability(asked)).max()))


def hard_rows(model: Model, count: int, seed: int = 1) -> NDArray[np.float32]:
    """Return float32 rows, shape (count, features): for trees on and right beside their thresholds, where a
    rounding would take the other branch; for a line up to beyond where it is cut off."""
    random = np.random.default_rng(seed)
    columns = _places(model)
    made = np.empty((count, len(columns)), np.float32)
    for column, places in enumerate(columns):
        chosen = random.choice(places, count).astype(np.float32)
        toward = np.where(random.random(count) < 0.5, np.inf, -np.inf).astype(np.float32)
        made[:, column] = np.where(random.random(count) < 0.5, chosen, np.nextafter(chosen, toward))
    return made


def _places(model: Model) -> list[NDArray[Any]]:
    scorer = model.scorer
    if isinstance(scorer, Linear):
        steps = np.linspace(-1.2 * scorer.clip, 1.2 * scorer.clip, 101)
        return [mean + scale * steps for mean, scale in zip(scorer.means, scorer.scales, strict=True)]
    by_feature: list[list[float]] = [[0.0] for _ in model.spec.features]
    for tree in trees_of(scorer.text):
        for feature, threshold in zip(tree.features, tree.thresholds, strict=True):
            by_feature[feature].append(threshold)
    return [np.array(places) for places in by_feature]
