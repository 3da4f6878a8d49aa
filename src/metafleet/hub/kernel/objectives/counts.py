"""What a process has counted for the objectives, added about once a minute to what all have counted.

Adding is one statement, so any number of processes may add at once. Where the answer to it is lost with
the connection, a minute may be added twice: these are observations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from metafleet.hub.kernel import safejson

EACH_S: Final = 60.0
"""Between two additions of a process."""
MOST_MINUTES: Final = 120
"""Of each objective that wait while the database is away; beyond, the two oldest become one."""

# One row for each minute, and one for ever, which only grows: what Prometheus takes rates of.
ADD: Final = """
    WITH said AS (
        SELECT objective, resolution, CASE resolution WHEN 'ever' THEN to_timestamp(0) ELSE at END AS at,
               sum(total) AS total, sum(bad) AS bad
        FROM jsonb_to_recordset(%s::jsonb)
                 AS counted (objective text, at timestamptz, total bigint, bad bigint),
             unnest(ARRAY['ever', 'minute']) AS resolution
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    )
    INSERT INTO kernel_objectivecount AS kept (objective, resolution, at, total, bad)
    SELECT objective, resolution, at, total, bad FROM said
    ON CONFLICT (objective, resolution, at)
        DO UPDATE SET total = kept.total + excluded.total, bad = kept.bad + excluded.bad
    RETURNING objective
"""
"""Takes what `as_json` returns. In one order, so that two that add at once wait for each other."""


class Tally(NamedTuple):
    """How many events there were, and how many of them were bad."""

    total: int
    bad: int


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted of an objective in the minute that begins at `at`."""

    objective: str
    at: datetime
    total: int
    bad: int


def as_json(counts: Sequence[Count]) -> str:
    """Return the counts as the statement ADD takes them."""
    return safejson.encode(counts)


class Sheet:
    """A process's counts that wait to be written. Its sources only grow; what they had before is left out."""

    def __init__(self, sources: Mapping[str, Callable[[], Tally]]) -> None:
        """sources: by an objective's name, what the process has counted since it began."""
        self._sources = dict(sources)
        self._noted = {name: read() for name, read in self._sources.items()}
        self._waiting: dict[str, dict[datetime, Tally]] = {name: {} for name in self._sources}

    def note(self, now: datetime) -> None:
        """Put what has been counted since the last time under the minute that is now."""
        minute = now.replace(second=0, microsecond=0)
        for name, read in self._sources.items():
            seen, noted = read(), self._noted[name]
            if seen.total > noted.total:
                _add(self._waiting[name], minute, Tally(seen.total - noted.total, seen.bad - noted.bad))
                self._noted[name] = seen

    def waiting(self) -> list[Count]:
        """Return what is to be written, oldest first."""
        return [
            Count(name, at, tally.total, tally.bad)
            for name, minutes in self._waiting.items()
            for at, tally in sorted(minutes.items())
        ]

    def written(self, counts: Sequence[Count]) -> None:
        """Forget these, as they were when they were written."""
        for count in counts:
            left = self._waiting[count.objective].pop(count.at)
            if left.total > count.total:
                self._waiting[count.objective][count.at] = Tally(
                    left.total - count.total, left.bad - count.bad
                )


def _add(minutes: dict[datetime, Tally], at: datetime, more: Tally) -> None:
    kept = minutes.get(at, Tally(0, 0))
    minutes[at] = Tally(kept.total + more.total, kept.bad + more.bad)
    if len(minutes) > MOST_MINUTES:
        first, second = sorted(minutes)[:2]
        _add(minutes, second, minutes.pop(first))
