"""How each objective stands now, from what all processes have counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from metafleet.hub.kernel.objectives.counts import Tally
from metafleet.hub.kernel.objectives.definitions import (
    BURNS,
    OBJECTIVES,
    PERIOD,
    Measure,
    Objective,
)
from metafleet.hub.monitor.objectives import budget

POINT: Final = timedelta(hours=6)
"""Between two points of a curve."""
_WINDOWS: Final = (*budget.WINDOWS, PERIOD)
_SUMS: Final = """
    SELECT objective, since, coalesce(sum(total), 0)::bigint, coalesce(sum(bad), 0)::bigint
    FROM kernel_objectivecount, unnest(%s::timestamptz[]) AS since
    WHERE resolution <> 'ever' AND at > since GROUP BY objective, since
"""
_PARTS: Final = """
    SELECT objective, date_bin(make_interval(secs => %s), at, %s) AS part,
           sum(total)::bigint, sum(bad)::bigint
    FROM kernel_objectivecount WHERE resolution <> 'ever' AND at > %s GROUP BY objective, part
"""
_EVER: Final = "SELECT objective, total, bad FROM kernel_objectivecount WHERE resolution = 'ever'"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an objective stands. `windows`: the sums of each of budget.WINDOWS; `curve`: what was left of the
    budget by instant, oldest first, from the first count of the period on; ratios as in `budget`."""

    objective: Objective[Measure]
    of_period: Tally
    windows: Mapping[timedelta, Tally]
    curve: list[tuple[datetime, float]]

    @property
    def state(self) -> budget.State:
        return budget.state(self.objective, self.of_period, self.windows)

    @property
    def left_ratio(self) -> float | None:
        return budget.left_ratio(self.objective, self.of_period)

    @property
    def burn_rates(self) -> dict[timedelta, float | None]:
        """By the long windows of the alarms."""
        longs = sorted({burn.long for burn in BURNS})
        return {window: budget.burn_rate(self.objective, self.windows[window]) for window in longs}


def standings(*, now: datetime) -> list[Standing]:
    """Return how every objective stands, in their order."""
    sums, parts = _sums(now), _parts(now)
    return [
        Standing(
            objective=objective,
            of_period=sums.get((objective.name, PERIOD), budget.NOTHING),
            windows={window: sums.get((objective.name, window), budget.NOTHING) for window in budget.WINDOWS},
            curve=_curve(objective, parts.get(objective.name, {}), now),
        )
        for objective in OBJECTIVES
    ]


def ever() -> dict[str, Tally]:
    """Return what was counted since the installation began, by objective; these only grow."""
    with connection.cursor() as cursor:
        cursor.execute(_EVER)
        found = {name: Tally(total, bad) for name, total, bad in cursor.fetchall()}
    return {objective.name: found.get(objective.name, budget.NOTHING) for objective in OBJECTIVES}


def _sums(now: datetime) -> dict[tuple[str, timedelta], Tally]:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [[now - window for window in _WINDOWS]])
        return {(name, now - since): Tally(total, bad) for name, since, total, bad in cursor.fetchall()}


def _parts(now: datetime) -> dict[str, dict[datetime, Tally]]:
    since = now - PERIOD
    found: dict[str, dict[datetime, Tally]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [POINT.total_seconds(), since, since])
        for name, part, total, bad in cursor.fetchall():
            found.setdefault(name, {})[part] = Tally(total, bad)
    return found


def _curve(
    objective: Objective[Measure], parts: Mapping[datetime, Tally], now: datetime
) -> list[tuple[datetime, float]]:
    if not parts:
        return []
    first = min(parts)
    starts = [first + n * POINT for n in range((now - first) // POINT + 1)]
    left = budget.curve(objective, (parts.get(start, budget.NOTHING) for start in starts))
    return [(first, 1.0), *zip((min(start + POINT, now) for start in starts), left, strict=True)]
