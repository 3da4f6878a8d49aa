"""A market that is made as it is asked for, but only once."""

from __future__ import annotations

import numpy as np

from metafleet.engine.market.arrays import RATES, Array, count_before, empty
from metafleet.engine.market.supplies import Supply


class Remembering:
    """A supply that keeps what it was asked for: job after job looks at the same stretch of time."""

    def __init__(self, supply: Supply) -> None:
        self.spec = supply.spec
        self.timeframe = supply.timeframe
        self.first_s = supply.first_s
        self.last_s = supply.last_s
        self._supply = supply
        self._rows: Array = empty(RATES)
        self._from_s = self._to_s = 0

    def between(self, from_s: int, to_s: int) -> Array:
        """Return the rows from one time to before the other, a view."""
        if from_s >= to_s:
            return empty(RATES)
        if self._from_s == self._to_s:
            self._rows, self._from_s, self._to_s = self._supply.between(from_s, to_s), from_s, to_s
        if from_s < self._from_s:
            self._rows = np.concatenate([self._supply.between(from_s, self._from_s), self._rows])
            self._from_s = from_s
        if to_s > self._to_s:
            self._rows = np.concatenate([self._rows, self._supply.between(self._to_s, to_s)])
            self._to_s = to_s
        times = self._rows["time"]
        return self._rows[count_before(times, from_s) : count_before(times, to_s)]
