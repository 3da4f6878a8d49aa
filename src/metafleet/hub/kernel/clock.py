"""The only reader of clocks. Edges call it; below them `now` is an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def midnight() -> datetime:
    """Return the instant at which the present UTC day began."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


def steady_s() -> float:
    """Return seconds of this machine's clock that never jumps; for durations."""
    return time.monotonic()
