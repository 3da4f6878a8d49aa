"""What is open on a simulated account gains and loses while nothing is traded."""

from __future__ import annotations

import random
from typing import Final

_STEP: Final = 0.0015
_MOST: Final = 0.02
"""Of the balance: how far equity wanders from it."""
_LOST_EACH: Final = 0.01
_LOST_MOST: Final = 0.6
"""Of the balance at first: what a losing account loses with each heartbeat, and in the end."""


class Swing:
    """An account's floating profit, in cents: it wanders, or falls steadily."""

    def __init__(self, rng: random.Random, *, is_losing: bool) -> None:
        self._rng = rng
        self._share = 0.0
        self._first_cents: int | None = None
        self.is_losing = is_losing
        self.floating_cents = 0

    def step(self, balance_cents: int, *, is_open: bool) -> None:
        """Let the market move. is_open: something is held; without it only a losing account moves."""
        if self._first_cents is None:
            self._first_cents = balance_cents
        if self.is_losing:
            self._share = min(_LOST_MOST, self._share + _LOST_EACH)
            self.floating_cents = -round(self._share * self._first_cents)
            return
        self._share = min(_MOST, max(-_MOST, self._share + self._rng.gauss(0, _STEP)))
        self.floating_cents = round(self._share * balance_cents) if is_open else 0
