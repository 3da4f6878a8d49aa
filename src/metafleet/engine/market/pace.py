"""How fast market time may pass beside the wall clock."""

from __future__ import annotations

import math


class Pace:
    """Maps paced market time (milliseconds, idle time left out) to wall time (seconds) at a speed.

    speed: market seconds in one wall second; math.inf never waits. The wall clock is passed in.
    """

    def __init__(self, speed: float, market_msc: int, wall_s: float) -> None:
        self.speed = speed
        self._market_msc = market_msc
        self._wall_s = wall_s

    def anchor(self, market_msc: int, wall_s: float) -> None:
        """Let these two moments be the same from now on."""
        self._market_msc = market_msc
        self._wall_s = wall_s

    def wait_s(self, market_msc: int, wall_s: float) -> float:
        """Return how long to wait, from wall_s, until this market time is due; negative when it is late."""
        if math.isinf(self.speed):
            return 0.0
        return self._wall_s + (market_msc - self._market_msc) / 1000 / self.speed - wall_s

    def market_msc(self, wall_s: float) -> int:
        """Return the market time at this wall time; for a finite speed."""
        return self._market_msc + int((wall_s - self._wall_s) * 1000 * self.speed)
