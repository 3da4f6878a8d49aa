"""How alike the days of two EAs are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

FEWEST_DAYS: Final = 20
"""On which both could have traded: of fewer a correlation says nothing."""


def correlation(one: Mapping[int, float], other: Mapping[int, float]) -> tuple[float, int] | None:
    """Return Pearson's correlation of daily results, and of how many days.

    one, other: net by day since 1970. The days are the weekdays from the later first to the earlier last
    one; a day without a trade made nothing. None for fewer than FEWEST_DAYS, or where one never changes.
    """
    if not one or not other:
        return None
    first, last = max(min(one), min(other)), min(max(one), max(other))
    days = [day for day in range(first, last + 1) if (day + 3) % 7 < 5]
    if len(days) < FEWEST_DAYS:
        return None
    xs, ys = ([made.get(day, 0.0) for day in days] for made in (one, other))
    mean_x, mean_y = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    apart_x, apart_y = [x - mean_x for x in xs], [y - mean_y for y in ys]
    spread = math.sqrt(math.fsum(x * x for x in apart_x) * math.fsum(y * y for y in apart_y))
    if spread <= 0:
        return None
    return math.fsum(x * y for x, y in zip(apart_x, apart_y, strict=True)) / spread, len(days)
