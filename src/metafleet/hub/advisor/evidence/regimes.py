"""Which regime held when a trade was entered: as it was known then, from bars that had closed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

UNKNOWN = ""
"""Where it is not known: too few bars before it."""


class Regimes(msgspec.Struct, frozen=True, eq=False):
    """One label for each closed bar. times: when bars opened, seconds of the server's clock, ascending."""

    times: NDArray[np.int64]
    period_s: int
    labels: Sequence[str]

    def at(self, moments_s: NDArray[np.int64]) -> list[str]:
        """Return the label of the newest bar that had closed by each moment."""
        places = np.searchsorted(self.times + self.period_s, moments_s, "right") - 1
        return [self.labels[place] if place >= 0 else UNKNOWN for place in places.tolist()]

    @property
    def newest(self) -> str:
        """The label of the last bar."""
        return self.labels[-1] if len(self.labels) else UNKNOWN
