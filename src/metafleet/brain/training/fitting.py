"""One model of one training part: everything that is chosen, is chosen within it."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain import splits
from metafleet.brain.evidence.trades import Chances, sides_of, traded
from metafleet.brain.learners import line, trees
from metafleet.brain.learners.calibrating import calibrate
from metafleet.brain.model import Booster, Calibration, Linear
from metafleet.brain.model.model import logistic
from metafleet.brain.model.scorers import Matrix
from metafleet.brain.training.samples import Samples

Way = Literal["lightgbm", "linear", "share"]
"""What a model is made by; "share" knows only how often prices rose."""

INNER_BLOCKS: Final = 3
"""Each is scored by a model of the other two, to choose how many trees, the calibration and the threshold."""

SHARES: Final = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02)
"""Thresholds that are tried: those at which so many of the training bars would have a signal."""

FEWEST_TRADES: Final = 30
"""Of a threshold in training, to count at all."""

NEVER: Final = 1.0
"""The threshold of a model that found nothing worth its costs in training: it says nothing."""

Column = NDArray[np.float64]
Places = NDArray[np.int64]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one model is made."""

    way: Way
    trees: trees.TreeSettings
    embargo_s: int
    seed: int


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """A model, its calibration, and when it speaks.

    rounds: its trees, 0 of a line. scorer: none of a share.
    """

    calibration: Calibration
    threshold: float
    full_at: float
    rounds: int
    scorer: Booster | Linear | None

    def probabilities(self, rows: Matrix) -> Column:
        """Return the probability of each row."""
        raw = np.zeros(len(rows)) if self.scorer is None else self.scorer.scores(rows)
        return logistic(self.calibration.slope * raw + self.calibration.intercept)


def fit(samples: Samples, places: Places, settings: Settings) -> Fitted:
    """Return the model of these samples, looking at no others.

    1. Score each of three blocks by a model of the other two, purged and embargoed.
    2. Calibrate on those scores, and choose the threshold by the trades that they would have made.
    3. Train on all.
    """
    weights = samples.weights(places)
    weights /= weights.mean()
    if settings.way == "share":
        share = float(np.clip(np.average(samples.rose[places], weights=weights), 1e-6, 1 - 1e-6))
        flat = Calibration(slope=0.0, intercept=float(np.log(share / (1 - share))))
        return Fitted(calibration=flat, threshold=NEVER, full_at=NEVER, rounds=0, scorer=None)
    scores, rounds = _scores_within(samples, places, weights, settings)
    seen = np.isfinite(scores)
    calibration = calibrate(scores[seen], samples.rose[places[seen]], weights[seen])
    threshold, full_at = choose_threshold(
        logistic(calibration.slope * scores[seen] + calibration.intercept), samples.chances.some(places[seen])
    )
    scorer: Booster | Linear
    if settings.way == "linear":
        scorer = line.fit(samples.rows[places], samples.rose[places], weights)
    else:
        scorer = trees.fit(_taught(samples, places, weights), rounds, settings.trees, settings.seed)
    return Fitted(calibration=calibration, threshold=threshold, full_at=full_at, rounds=rounds, scorer=scorer)


def choose_threshold(probabilities: Column, chances: Chances) -> tuple[float, float]:
    """Return the threshold whose trades in training were surest to earn, and from where the size is full.

    Surest: the highest mean / standard error of the net results. NEVER where none earned after costs.
    """
    sure = np.maximum(probabilities, 1 - probabilities)
    best, chosen = 0.0, NEVER
    for share in SHARES:
        threshold = float(np.quantile(sure, 1 - share))
        if threshold <= 0.5:
            continue
        net = traded(chances, sides_of(probabilities, threshold)).net
        if len(net) < FEWEST_TRADES:
            continue
        spread = float(net.std(ddof=1))
        worth = float(net.mean()) / spread * len(net) ** 0.5 if spread > 0 else 0.0
        if worth > best:
            best, chosen = worth, threshold
    return chosen, max(chosen, float(np.quantile(sure, 0.99))) if chosen < NEVER else NEVER


def _scores_within(
    samples: Samples, places: Places, weights: Column, settings: Settings
) -> tuple[Column, int]:
    """Return each sample's raw score by a model that did not see it, and how many trees were best."""
    found: list[tuple[NDArray[np.bool_], Any, int]] = []
    scores = np.full(len(places), np.nan)
    opens, ends = samples.opens_s[places], samples.ends_s[places]
    for train, test in splits.blocks(opens, ends, INNER_BLOCKS, settings.embargo_s):
        if settings.way == "linear":
            own = line.fit(samples.rows[places[train]], samples.rose[places[train]], weights[train])
            scores[test] = own.scores(samples.rows[places[test]])
        else:
            taught = _taught(samples, places[train], weights[train])
            unseen = _taught(samples, places[test], weights[test])
            booster, rounds = trees.search_rounds(taught, unseen, settings.trees, settings.seed)
            found.append((test, booster, rounds))
    if settings.way == "linear":
        return scores, 0
    rounds = max(1, round(float(np.mean([best for *_, best in found]))))
    for test, booster, _ in found:
        scores[test] = trees.scores(booster, samples.rows[places[test]], rounds)
    return scores, rounds


def _taught(samples: Samples, places: Places, weights: Column) -> trees.Samples:
    return trees.Samples(samples.rows[places], samples.rose[places], weights)
