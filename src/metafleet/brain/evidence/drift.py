"""Whether what a model meets, and what it says, is still what it was trained on."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain.model.card import Distribution, Estimate

BINS: Final = 10
"""Deciles, as the index is usually taken; its rule of thumb is for about so many."""

SOME: Final = 0.1
MUCH: Final = 0.25
"""The population stability index's rule of thumb: below the first little has moved, from the second on much.

Source: Siddiqi, "Credit Risk Scorecards", Wiley 2006.
"""

_LEAST_SHARE: Final = 1e-4
"""What an empty bin counts as: its logarithm is asked for."""

Values = NDArray[np.floating[Any]]
Stability = Literal["stable", "moved", "moved_much"]


def reference_of(name: str, values: Values, bins: int = BINS) -> Distribution:
    """Return how these are spread, by quantiles. Values that are not finite are left out.

    Bins whose borders are alike are one: a feature of few values has as many bins. Raises ValueError where
    nothing is left.
    """
    known = np.sort(np.asarray(values, np.float64)[np.isfinite(values)])
    if not len(known):
        raise ValueError(f"{name}: no value is finite")
    # Quantiles are values that were there, and a value on a border belongs to the bin above it.
    places = np.arange(1, bins) * len(known) // bins
    edges = tuple(float(edge) for edge in np.unique(known[places]) if edge > known[0])
    return Distribution(name=name, edges=edges, shares=_shares(edges, known))


def population_stability(reference: Distribution, values: Values) -> float:
    """Return the population stability index of values against a reference: 0 for the same shares.

    PSI = sum over bins of (share now - share then) * ln(share now / share then). Values that are not finite
    are left out. Of pure chance about (bins - 1) / count is expected, so ask of some hundred values at least.
    Raises ValueError where nothing is finite.
    """
    known = np.asarray(values, np.float64)[np.isfinite(values)]
    if not len(known):
        raise ValueError(f"{reference.name}: no value is finite")
    then = np.maximum(reference.shares, _LEAST_SHARE)
    now = np.maximum(_shares(reference.edges, known), _LEAST_SHARE)
    return float(np.sum((now - then) * np.log(now / then)))


def stability_word(index: float) -> Stability:
    """Return what an index means by the rule of thumb."""
    return "stable" if index < SOME else "moved" if index < MUCH else "moved_much"


def hit_ratio(hits: int, count: int, *, confidence: float = 0.95, overlap: float = 1.0) -> Estimate:
    """Return the share of hits with Wilson's interval; no figure of none.

    overlap: how many outcomes are alive at once on average, 1 and more: so much less they tell.
    Source: Wilson, "Probable Inference", Journal of the American Statistical Association 22, 1927.
    """
    if count <= 0:
        return Estimate(value=None)
    share, told = hits / count, max(1.0, count / max(1.0, overlap))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (share + z**2 / (2 * told)) / (1 + z**2 / told)
    half = z / (1 + z**2 / told) * math.sqrt(share * (1 - share) / told + z**2 / (4 * told**2))
    return Estimate(value=share, low=max(0.0, middle - half), high=min(1.0, middle + half))


class CalibrationDecay(msgspec.Struct, frozen=True, kw_only=True):
    """How far probabilities are from what happened.

    predicted: their mean; observed: the share of rises, with its interval. log_loss: what was; expected: what
    it would be on average if they were right. z: Spiegelhalter's, normal if they are right; over 0 means that
    they were too sure. p_value: of more than |z| by chance. is_decayed: whether that is less than
    1 - confidence.
    """

    count: int
    predicted: float
    observed: Estimate
    log_loss: float
    expected_log_loss: float
    z: float
    p_value: float
    is_decayed: bool


def calibration_decay(
    probabilities: Values, rose: NDArray[Any], *, confidence: float = 0.95, overlap: float = 1.0
) -> CalibrationDecay:
    """Return whether probabilities still mean what they say.

    probabilities: shape (n,), each over 0 and below 1; rose: shape (n,), 1 or true where the label was up.
    overlap: as in `hit_ratio`. Raises ValueError for none, or shapes that differ.
    z = sum((y - p)(1 - 2p)) / sqrt(sum((1 - 2p)^2 p (1 - p))).
    Source: Spiegelhalter, "Probabilistic prediction in patient management", Statistics in Medicine 5, 1986.
    """
    p, y = np.asarray(probabilities, np.float64), np.asarray(rose, np.float64)
    if p.shape != y.shape or p.ndim != 1 or not len(p):
        raise ValueError(f"expected as many outcomes as probabilities, and some: {p.shape}, {y.shape}")
    if not ((p > 0) & (p < 1)).all():
        raise ValueError("expected probabilities over 0 and below 1")
    spread = math.sqrt(float(np.sum((1 - 2 * p) ** 2 * p * (1 - p))) * max(1.0, overlap))
    z = float(np.sum((y - p) * (1 - 2 * p))) / spread if spread > 0 else 0.0
    chance = 2 * (1 - NormalDist().cdf(abs(z)))
    return CalibrationDecay(
        count=len(p),
        predicted=float(p.mean()),
        observed=hit_ratio(int(y.sum()), len(y), confidence=confidence, overlap=overlap),
        log_loss=float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))),
        expected_log_loss=float(-np.mean(p * np.log(p) + (1 - p) * np.log(1 - p))),
        z=z,
        p_value=chance,
        is_decayed=chance < 1 - confidence,
    )


def _shares(edges: tuple[float, ...], known: Values) -> tuple[float, ...]:
    bins = np.searchsorted(edges, known, side="right")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    return tuple((counts / len(known)).tolist())
