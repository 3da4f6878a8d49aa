"""The baseline that stands beside every model: logistic regression on standardised, clipped features."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.model import Linear
from metafleet.brain.model.scorers import Matrix

PENALTY: Final = 0.02
"""What |weights|² adds to the mean loss: small weights are kept to six sevenths of what they would be."""

CLIP: Final = 5.0
"""Standard deviations. One wild bar shall not turn the line."""


def fit(rows: Matrix, rose: NDArray[Any], weights: NDArray[np.float64]) -> Linear:
    """Return the line of these samples.

    rows: float32, shape (n, features); rose: (n,); weights: (n,), of any sum.
    """
    from sklearn.linear_model import LogisticRegression

    means = rows.mean(axis=0, dtype=np.float64)
    spreads = rows.std(axis=0, dtype=np.float64)
    scales = np.where(spreads > 1e-12, spreads, 1.0)
    apart = np.clip((rows - means) / scales, -CLIP, CLIP)
    share = weights / weights.sum()
    # With shares that add up to 1 its sum of losses is their mean, beside which stands |w|² / 2C.
    model = LogisticRegression(C=1 / (2 * PENALTY), solver="newton-cholesky", max_iter=50, tol=1e-8)
    model.fit(apart, rose.astype(np.int64), sample_weight=share)
    return Linear(
        means=_told(means),
        scales=_told(scales),
        weights=_told(model.coef_[0]),
        intercept=float(model.intercept_[0]),
        clip=CLIP,
    )


def _told(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
