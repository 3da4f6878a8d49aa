"""What turns rows of features into raw scores, of log odds: LightGBM's trees, or a line."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import lightgbm

Matrix = NDArray[np.float32]
Scores = NDArray[np.float64]

_WITHOUT_OPENMP: Final = "libgomp"


class LibraryMissing(RuntimeError):
    """A library that LightGBM is linked with is not on this machine; one sentence says what to install."""


def import_lightgbm() -> Any:
    """Return the module; only models of trees need it, and a process without any is smaller by 100 MB.

    Raises LibraryMissing where the system's OpenMP is missing, as on a bare Debian.
    """
    try:
        import lightgbm as module
    except OSError as error:
        if _WITHOUT_OPENMP not in str(error):
            raise
        raise LibraryMissing(
            "LightGBM needs libgomp.so.1, which this machine does not have; install it "
            "(Debian and Ubuntu: apt-get install libgomp1, Fedora: dnf install libgomp)."
        ) from error
    return module


class Booster:
    """Trees as LightGBM writes them. Raises ValueError for a text that is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        if not text.startswith("tree\n"):
            raise ValueError("the text is no model of LightGBM, which begins with 'tree'")

    @cached_property
    def _booster(self) -> lightgbm.Booster:
        booster: lightgbm.Booster = import_lightgbm().Booster(model_str=self.text)
        return booster

    @property
    def width(self) -> int:
        """How many features it takes. Raises LibraryMissing."""
        return int(self._booster.num_feature())

    def scores(self, matrix: Matrix) -> Scores:
        """Return the raw score of each row: by one thread, and the same bits alone or among others."""
        if not len(matrix):
            return np.empty(0)
        made = self._booster.predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(made, np.float64)


class Linear(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A weighted sum of features, each less its mean, divided by its scale, and kept within ±clip.

    All four tuples are of the features' length.
    """

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    clip: float = 5.0

    def __post_init__(self) -> None:
        if not len(self.means) == len(self.scales) == len(self.weights) > 0:
            raise ValueError("means, scales and weights are not of the same length")
        numbers = (*self.means, *self.scales, *self.weights, self.intercept, self.clip)
        if not all(map(math.isfinite, numbers)) or min(*self.scales, self.clip) <= 0:
            raise ValueError("expected finite numbers, and scales and clip over 0")

    @property
    def width(self) -> int:
        """How many features it takes."""
        return len(self.weights)

    def scores(self, matrix: Matrix) -> Scores:
        """Return the raw score of each row: the same bits alone or among others."""
        # Feature by feature: a matrix product adds up in another order for another number of rows.
        made = np.full(len(matrix), self.intercept)
        for column, (mean, scale, weight) in enumerate(
            zip(self.means, self.scales, self.weights, strict=True)
        ):
            apart = (matrix[:, column].astype(np.float64) - mean) / scale
            made += weight * np.clip(apart, -self.clip, self.clip)
        return made
