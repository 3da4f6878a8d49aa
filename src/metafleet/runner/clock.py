"""The runner's only reader of clocks; everything below takes times as values."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

_NEVER_ASLEEP: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""Of Linux: a machine that was suspended for a minute has lost its lease. Elsewhere it is the steady one."""


def wall_s() -> float:
    """Seconds since the epoch by this machine's clock."""
    return time.time()


steady_s: Callable[[], float] = time.monotonic
"""Seconds of a clock that never jumps; for waits and intervals. Not a function of ours: it is asked at each
tick of each runner, as `passed_s` is."""

passed_s: Callable[[], float] = (
    time.monotonic if _NEVER_ASLEEP is None else partial(time.clock_gettime, _NEVER_ASLEEP)
)
"""Seconds of a clock that never jumps and goes on while the machine sleeps; for the trading lease."""


def iso_utc(epoch_s: float) -> str:
    """An instant as ISO-8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="milliseconds")


def epoch_s(iso: str) -> float:
    """Read an ISO-8601 instant with offset. Raises ValueError."""
    instant = datetime.fromisoformat(iso)
    if instant.tzinfo is None:
        raise ValueError(f"expected a time with an offset, found {iso!r}")
    return instant.timestamp()
