"""Probabilities out of scores that a model gave to bars that it was not trained on.

Source: Platt, "Probabilistic outputs for support vector machines", Advances in Large Margin Classifiers, MIT
Press 1999; here by Newton's method, without his prior.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.model import Calibration
from metafleet.brain.model.model import logistic

_STEPS: Final = 50
_ENOUGH: Final = 1e-10
_RIDGE: Final = 1e-9
"""Of the Hessian's diagonal: scores that are all alike have no slope."""


def calibrate(scores: NDArray[np.float64], rose: NDArray[Any], weights: NDArray[np.float64]) -> Calibration:
    """Return the logistic that fits best. Scores that point the wrong way, or nowhere, get a slope of 0."""
    y = rose.astype(np.float64)
    share = float(np.clip(np.average(y, weights=weights), 1e-6, 1 - 1e-6))
    flat = Calibration(slope=0.0, intercept=float(np.log(share / (1 - share))))
    middle, spread = float(np.average(scores, weights=weights)), float(scores.std())
    if spread < 1e-9:
        return flat
    x = (scores - middle) / spread
    slope, intercept = 0.0, flat.intercept
    for _ in range(_STEPS):
        p = logistic(slope * x + intercept)
        apart, curve = weights * (y - p), weights * p * (1 - p)
        hessian = np.array(
            [[(curve * x * x).sum() + _RIDGE, (curve * x).sum()], [(curve * x).sum(), curve.sum() + _RIDGE]]
        )
        step = np.linalg.solve(hessian, np.array([(apart * x).sum(), apart.sum()]))
        slope, intercept = slope + float(step[0]), intercept + float(step[1])
        if abs(step).max() < _ENOUGH:
            break
    if not np.isfinite(slope) or slope <= 0:
        return flat
    return Calibration(slope=slope / spread, intercept=intercept - slope * middle / spread)
