"""Go on with an optimisation whose tries others run: from the outcomes that are known to what is needed next.

A search asks the same again when it is told the same. So nothing of it is kept but its outcomes: it is
replayed from the beginning, any number of times, on any machine, until nothing is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from metafleet.engine.tester.optimising.job import Job, Outcome
from metafleet.engine.tester.optimising.optimising import (
    FORWARD_TRIES,
    Optimum,
    Progress,
    Task,
    optimise,
    periods_of,
)
from metafleet.engine.tester.optimising.searches import search_of
from metafleet.engine.tester.optimising.trying import Told
from metafleet.engine.tester.optimising.walk_forward import Step, WalkForward, stitched, walk_step
from metafleet.engine.tester.optimising.windows import Manner, Window

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far it is. missing: what must be run before it can go on, in order; empty when it is over.

    done: how many of its tries are known, total: the most there may be.
    """

    missing: Sequence[Job]
    done: int
    total: int
    optimum: Optimum | None = None
    walked: WalkForward | None = None


def replayed(
    task: Task, outcomes: Mapping[str, Outcome], windows: Sequence[Window] = (), manner: Manner = "rolling"
) -> Standing:
    """Return how far an optimisation is. outcomes: what is known, by the jobs' keys.

    The search and each window go on by themselves: what all of them are waiting for may be run at once.
    Raises OptimisationFailed, SpaceRefused.
    """
    known, totals = _Known(outcomes), _Totals(task, windows)
    optimum = known.attempt(lambda: optimise(task, known, totals.note))
    steps = [
        known.attempt(_stepping(task, window, known, totals, number))
        for number, window in enumerate(windows, 1)
    ]
    whole = [step for step in steps if step is not None]
    is_over = optimum is not None and len(whole) == len(windows)
    return Standing(
        missing=list(known.missing.values()),
        done=len(known.used),
        total=max(len(known.used) + len(known.missing), len(known.used) if is_over else totals.all),
        optimum=optimum,
        walked=stitched(whole, manner, float(task.test.deposit)) if is_over and windows else None,
    )


def most_runs(task: Task, windows: int) -> int:
    """Return about how many tests there will be at most, the neighbours of the best not counted.

    Raises SpaceRefused.
    """
    return _Totals(task, range(windows)).all


def _stepping(task: Task, window: Window, known: _Known, totals: _Totals, number: int) -> Callable[[], Step]:
    return lambda: walk_step(task, window, known, totals.note, f"window {number}")


class _Missing(Exception):
    """It cannot go on before others have run what it asks for."""


@dataclass(slots=True)
class _Known:
    """Tries that were run elsewhere."""

    outcomes: Mapping[str, Outcome]
    missing: dict[str, Job] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def run(self, jobs: Sequence[Job], told: Told | None = None) -> list[Outcome]:
        """Return what is known of the jobs. Raises _Missing where that is not all."""
        by_key = {job.key: job for job in jobs}
        found = {key: self.outcomes[key] for key in by_key if key in self.outcomes}
        self.used |= found.keys()
        if told is not None:
            for outcome in found.values():
                told(outcome, True)
        lacking = {key: job for key, job in by_key.items() if key not in found}
        if lacking:
            self.missing |= lacking
            raise _Missing
        return [found[job.key] for job in jobs]

    def attempt(self, part: Callable[[], T]) -> T | None:
        """Return what comes of a part; None while something is missing for it."""
        try:
            return part()
        except _Missing:
            return None


class _Totals:
    """The most there may be of each part, as the part itself says once it has begun."""

    def __init__(self, task: Task, windows: Sequence[object]) -> None:
        most = search_of(task.method, task.space, tries=task.tries, seed=task.seed).most
        has_forward = periods_of(task.test)[1] is not None
        # Beside the searches: each chosen one's days, and the forward period of the best.
        self._beside = 1 + len(windows) + (min(FORWARD_TRIES, most) + 1 if has_forward else 0)
        self._parts = {"search": most} | {f"window {number}": most for number in range(1, len(windows) + 1)}

    @property
    def all(self) -> int:
        return self._beside + sum(self._parts.values())

    def note(self, progress: Progress) -> None:
        if progress.stage in self._parts:
            self._parts[progress.stage] = progress.total
