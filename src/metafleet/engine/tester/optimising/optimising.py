"""Search a space for the inputs that a criterion likes best, and say what is to be thought of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import msgspec

from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.criterion import Criterion, Worth
from metafleet.engine.tester.optimising.job import Job, MarketRef, Outcome, engine_version
from metafleet.engine.tester.optimising.luck import Luck, luck_of
from metafleet.engine.tester.optimising.plateau import Plateau, plateau_of
from metafleet.engine.tester.optimising.searches import Method, Scored, search_of
from metafleet.engine.tester.optimising.sources import ExpertRef
from metafleet.engine.tester.optimising.space import Point, Space
from metafleet.engine.tester.optimising.trying import Trying

CLIMBS: Final = 10
"""How often the best may still be moved to a better neighbour after the search."""

FORWARD_TRIES: Final = 10
"""So many of the best are also run over the forward period."""

HOPELESS: Final = 20
"""So many tries in a row that fail at the start: it is not the inputs."""


class OptimisationFailed(Exception):
    """Nothing came of it; the text is one sentence that says why."""


class Progress(NamedTuple):
    """How far it is. stage: what is being done. kept: of the done, those kept from before.

    total: the most there may be. best: the criterion's value of the best so far.
    """

    stage: str
    done: int
    total: int
    kept: int
    failed: int
    best: float | None


Report = Callable[[Progress], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be optimised. test: of everything but the inputs; its forward period is not looked at.

    may_be_empty: as of its jobs.
    """

    expert: ExpertRef
    market: MarketRef
    test: Test
    space: Space
    criterion: Criterion
    method: Method = "grid"
    tries: int | None = None
    seed: int = 0
    may_be_empty: bool = False

    def job(self, point: Point, test: Test | None = None, *, wants_days: bool = False) -> Job:
        """Return the job of a point, over another test's time if one is given."""
        return Job(
            expert=self.expert,
            market=self.market,
            test=msgspec.structs.replace(test or self.test, inputs=self.space.inputs_at(point)),
            engine=engine_version(),
            wants_days=wants_days,
            may_be_empty=self.may_be_empty,
        )

    @property
    def of_a_part(self) -> Task:
        """The same over a part of its time, which may be a weekend."""
        return replace(self, may_be_empty=True)


@dataclass(frozen=True, slots=True)
class Try:
    """One point that was tried. forward: what it did in the forward period, where it was run there."""

    point: Point
    outcome: Outcome
    worth: Worth
    forward: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """What a search found. tries: the best first, those without a score last. best: None if none has one."""

    tries: Sequence[Try]
    best: Try | None
    luck: Luck
    plateau: Plateau | None
    days: Sequence[tuple[int, float]] = ()
    forward_days: Sequence[tuple[int, float]] = ()
    inputs: Mapping[str, InputValue] = field(default_factory=dict)


def optimise(task: Task, tries: Trying, report: Report | None = None) -> Optimum:
    """Search, climb from the best to better neighbours, run the best over the forward period.

    Raises OptimisationFailed, JobRefused, SpaceRefused.
    """
    test, forward = periods_of(task.test)
    found = searched(task, test, tries, report, stage="search")
    ranked = _ranked(found)
    if not ranked or ranked[0].worth.score is None:
        return _optimum(task, ranked, None)
    if forward is not None:
        ranked = _forwarded(task, forward, ranked, tries, report)
    best = ranked[0]
    (whole,) = tries.run([task.job(best.point, test, wants_days=True)])
    made = _optimum(task, ranked, best)
    later: Sequence[tuple[int, float]] = ()
    if forward is not None:
        later = tries.run([task.of_a_part.job(best.point, forward, wants_days=True)])[0].days
    return Optimum(
        tries=made.tries,
        best=best,
        luck=made.luck,
        plateau=made.plateau,
        days=whole.days,
        forward_days=later,
        inputs=task.space.inputs_at(best.point),
    )


def periods_of(test: Test) -> tuple[Test, Test | None]:
    """Return the test of the time that is searched over, and of its forward period."""
    if test.forward_s is None:
        return test, None
    before = msgspec.structs.replace(test, to_s=test.forward_s, forward_s=None)
    return before, msgspec.structs.replace(test, from_s=test.forward_s, forward_s=None)


def searched(task: Task, test: Test, tries: Trying, report: Report | None, *, stage: str) -> dict[Point, Try]:
    """Search over one stretch of time and return all that was tried, by point, in order."""
    search = search_of(task.method, task.space, tries=task.tries, seed=task.seed)
    desk = _Desk(task, test, tries, report, stage, search.most)
    while points := search.ask():
        made = desk.tried(points)
        search.tell([Scored(one.point, one.worth.score) for one in made])
    for _ in range(CLIMBS):
        best = desk.best
        if best is None:
            break
        new = [point for point in task.space.steps_from(best.point) if point not in desk.found]
        desk.total += len(new)
        if not new or (desk.tried(new) and desk.best is best):
            break
    return desk.found


class _Desk:
    """Where the tries of one search come together."""

    def __init__(
        self, task: Task, test: Test, tries: Trying, report: Report | None, stage: str, total: int
    ) -> None:
        self.found: dict[Point, Try] = {}
        self.best: Try | None = None
        self.total = total
        self._task, self._test, self._tries = task, test, tries
        self._report, self._stage = report, stage
        self._done = self._kept = self._failed = self._refused = 0
        self._best_value: tuple[float, float] | None = None

    def tried(self, points: Sequence[Point]) -> list[Try]:
        """Try these points and return what came of them, in order."""
        jobs = [self._task.job(point, self._test) for point in points]
        outcomes = self._tries.run(jobs, self._note)
        made = [
            Try(point, outcome, self._task.criterion.of(outcome.figures))
            for point, outcome in zip(points, outcomes, strict=True)
        ]
        for one in made:
            self.found[one.point] = one
            if one.worth.score is not None and (self.best is None or one.worth.score > score_of(self.best)):
                self.best = one
        return made

    def _note(self, outcome: Outcome, was_kept: bool) -> None:
        self._done += 1
        self._kept += was_kept
        self._failed += outcome.state == "failed"
        self._refused += outcome.is_refused
        # What the EA refuses is no fault: at the edge of a space there may be many of them in a row.
        if self._failed == self._done == HOPELESS and not self._refused:
            raise OptimisationFailed(f"the first {HOPELESS} tries all failed; one of them: {outcome.error}")
        value, score = self._task.criterion.of(outcome.figures)
        if value is not None and score is not None:
            self._best_value = max(self._best_value or (score, value), (score, value))
        if self._report is not None:
            best = None if self._best_value is None else self._best_value[1]
            self._report(Progress(self._stage, self._done, self.total, self._kept, self._failed, best))


def _forwarded(
    task: Task, forward: Test, ranked: list[Try], tries: Trying, report: Report | None
) -> list[Try]:
    """Run the best over the forward period. They stay in their order: that time is not chosen by."""
    chosen = [one for one in ranked if one.worth.score is not None][:FORWARD_TRIES]
    outcomes = tries.run([task.of_a_part.job(one.point, forward) for one in chosen])
    if report is not None:
        best = ranked[0].worth.value
        report(Progress("forward", len(chosen), len(chosen), 0, 0, best))
    made = [
        Try(one.point, one.outcome, one.worth, outcome) for one, outcome in zip(chosen, outcomes, strict=True)
    ]
    return [*made, *ranked[len(chosen) :]]


def _ranked(found: Mapping[Point, Try]) -> list[Try]:
    """The best first; of equals, who was tried first."""
    return sorted(found.values(), key=score_of, reverse=True)


def score_of(one: Try) -> float:
    """Return what a try is worth, minus infinity where that cannot be said."""
    return -float("inf") if one.worth.score is None else one.worth.score


def _optimum(task: Task, ranked: Sequence[Try], best: Try | None) -> Optimum:
    ran = [one.outcome for one in ranked if one.outcome.state == "done"]
    if not ran:
        said = ranked[0].outcome.error if ranked else "the EA refuses all of them"
        raise OptimisationFailed(f"none of the {len(ranked)} tries could be run: {said}")
    sharpes = [made.sharpe for one in ran if (made := one.returns) is not None and made.deviation > 0]
    luck = luck_of(None if best is None else best.outcome.returns, sharpes, tried=len(ran))
    scores = {one.point: one.worth.score for one in ranked}
    plateau = None
    if best is not None:
        plateau = plateau_of(best.point, scores, task.space, is_less_better=task.criterion.is_less_better)
    return Optimum(tries=ranked, best=best, luck=luck, plateau=plateau)
