"""A bar on the standard error of how much is done, and about how long the rest takes."""

from __future__ import annotations

import sys
import time
from typing import Final

_SHOWN_AFTER_S: Final = 1.0
_WIDTH: Final = 40


class ProgressBar:
    """Shown on a terminal only, and only of what takes longer than a second."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._is_shown = False

    def show(self, share: float, words: str = "") -> None:
        """Draw it. share: 0 to 1. words: what was done last."""
        spent_s = time.monotonic() - self._began_s
        if not sys.stderr.isatty() or spent_s <= _SHOWN_AFTER_S:
            return
        self._is_shown = True
        done = round(_WIDTH * share)
        left_s = spent_s * (1 - share) / max(share, 1e-3)
        bar = "█" * done + "░" * (_WIDTH - done)
        print(
            f"\r\033[K{bar} {share:4.0%}, {left_s:.0f} s left {words} ", end="", file=sys.stderr, flush=True
        )

    def clear(self) -> None:
        """Take it away again."""
        if self._is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
