"""When what has died may be started again."""

from __future__ import annotations

from collections import deque
from typing import Final

HOUR_S: Final = 3600.0
FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 300.0
CALM_S: Final = 600.0
"""What has run for so long begins with the shortest wait again."""


class RestartRule:
    """At most `per_hour` starts in any hour, each after twice the wait of the one before."""

    def __init__(self, per_hour: int) -> None:
        self._per_hour = per_hour
        self._starts: deque[float] = deque()
        self._streak = 0
        self.total = 0

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next start is allowed. now_s: steady seconds."""
        while self._starts and now_s - self._starts[0] >= HOUR_S:
            self._starts.popleft()
        if not self._starts:
            return 0.0
        if now_s - self._starts[-1] >= CALM_S:
            self._streak = 0
        pause_s = (
            min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._streak - 1, 16)) if self._streak else 0.0
        )
        waits = [self._starts[-1] + pause_s - now_s]
        if len(self._starts) >= self._per_hour:
            waits.append(self._starts[0] + HOUR_S - now_s)
        return max(0.0, *waits)

    def note(self, now_s: float) -> None:
        """It was started."""
        self._starts.append(now_s)
        self._streak += 1
        self.total += 1
