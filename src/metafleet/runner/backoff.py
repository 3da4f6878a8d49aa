"""How long to wait before trying again."""

from __future__ import annotations

import random
from typing import Final

FIRST_S: Final = 0.25
CAP_S: Final = 5.0
"""The cap keeps a runner within seconds of a gateway or broker that comes back."""


class Backoff:
    """Exponential waits with jitter, so that a fleet does not return all at once."""

    def __init__(self, first_s: float = FIRST_S, cap_s: float = CAP_S) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._failures = 0

    def next_wait_s(self, asked_s: float | None = None) -> float:
        """Count one more failure; return the wait, never below what the other side asked for."""
        full_s = min(self._cap_s, self._first_s * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return max(full_s * random.uniform(0.5, 1.0), asked_s or 0.0)

    def reset(self) -> None:
        """Forget the failures after a success."""
        self._failures = 0
