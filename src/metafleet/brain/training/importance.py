"""What each feature is worth out of sample: how much worse a model does with it shuffled.

Source: Breiman, "Random Forests", Machine Learning 45, 2001 (permutation importance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain import features

if TYPE_CHECKING:
    from metafleet.brain.training.fitting import Fitted
    from metafleet.brain.training.samples import Samples

MOST_SAMPLES: Final = 4_000
"""Of a fold: more would take longer than training, and say little more."""

Places = NDArray[np.int64]


def groups(columns: tuple[str, ...]) -> dict[str, list[int]]:
    """Return the places of the features of each family, in the order that they come in."""
    made: dict[str, list[int]] = {}
    for place, name in enumerate(columns):
        made.setdefault(features.about(name).family, []).append(place)
    return made


def chosen(places: Places) -> Places:
    """Return those of a test's samples that are looked at: evenly, at most MOST_SAMPLES."""
    every = -(-len(places) // MOST_SAMPLES) if len(places) else 1
    return places[::every]


def increases(
    fitted: Fitted, samples: Samples, places: Places, seed: int, columns: tuple[str, ...]
) -> NDArray[np.float32]:
    """Return by how much each sample's log loss grows: shape (samples, features and then groups).

    places: of a test's samples. A column, or all columns of a group together, is shuffled among them.
    """
    own = chosen(places)
    rows, rose = samples.rows[own], samples.rose[own]
    sets = [[place] for place in range(len(columns))] + list(groups(columns).values())
    made = np.zeros((len(own), len(sets)), np.float32)
    if fitted.scorer is None or not len(own):
        return made
    random = np.random.default_rng(seed)
    before = losses(fitted.probabilities(rows), rose)
    used = _used(fitted, rows.shape[1])
    for place, group in enumerate(sets):
        order = random.permutation(len(own))
        asked = [column for column in group if used[column]]
        if not asked:
            continue
        shuffled = rows.copy()
        shuffled[:, asked] = rows[order][:, asked]
        made[:, place] = losses(fitted.probabilities(shuffled), rose) - before
    return made


def losses(probabilities: NDArray[np.float64], rose: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the log loss of each sample, in nats."""
    p = np.clip(np.where(rose, probabilities, 1 - probabilities), 1e-12, 1.0)
    lost: NDArray[np.float64] = -np.log(p)
    return lost


def _used(fitted: Fitted, width: int) -> NDArray[np.bool_]:
    """Return which features the model looks at: trees that never split by one are asked for nothing."""
    from metafleet.brain.model import Booster

    if not isinstance(fitted.scorer, Booster):
        return np.ones(width, bool)
    used = np.zeros(width, bool)
    for line in fitted.scorer.text.splitlines():
        if line.startswith("split_feature="):
            used[[int(one) for one in line.partition("=")[2].split()]] = True
    return used
