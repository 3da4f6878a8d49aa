"""The clock that a paper market goes by."""

from __future__ import annotations

from time import perf_counter, time
from typing import Final, Protocol

TOGETHER_S: Final = 0.005
"""Reads that follow each other so soon belong together: they see one moment."""

LONGEST_S: Final = 0.1
"""So long a moment may last at most, so that a program that only looks, without sleeping, sees time pass."""


class Clock(Protocol):
    """What the market's now is. Never goes back."""

    def now_msc(self) -> int:
        """Return the present in Unix milliseconds, UTC."""


class WallClock:
    """The machine's clock, or one that begins at `begin_s` and runs `speed` times as fast.

    It stands still while it is asked again within five milliseconds, for at most a tenth of a second.
    """

    def __init__(self, speed: float = 1.0, begin_s: float | None = None) -> None:
        self._speed = speed
        self._begin_s = time() if begin_s is None else begin_s
        self._began_s = perf_counter()
        self._asked_s = self._moment_s = self._began_s
        self._now_msc = int(self._begin_s * 1000)

    def now_msc(self) -> int:
        """Return the present moment, or the one that was asked for just before."""
        asked_s = perf_counter()
        together = asked_s - self._asked_s < TOGETHER_S and asked_s - self._moment_s < LONGEST_S
        self._asked_s = asked_s
        if not together:
            self._moment_s = asked_s
            self._now_msc = int((self._begin_s + (asked_s - self._began_s) * self._speed) * 1000)
        return self._now_msc
