"""No two generations of one EA trade at one time, whatever is lost, late or repeated.

A model of hub, runners, network and broker around the real rules: `runner.lease.Lease`,
`hub.fleet.trading_lease` and `engine.broker.fences`. Hypothesis plays the bad luck: delays, losses,
clocks that are set and that drift, workers that are away and that dither, runners that are cut off and
live for ever.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from metafleet.engine.broker.dialling import UNDELIVERED_S
from metafleet.engine.broker.errors import Fenced
from metafleet.engine.broker.fences import Fences, Trader
from metafleet.hub.fleet.trading_lease import MARGIN_S, Marks, terms
from metafleet.runner.lease import Lease

LEASE_S = 30.0
TERMS = terms(LEASE_S)
DRIFT = 1e-3
LOGIN = 5_000_001
SWEEP_S = 1.0

drifts = st.sampled_from([1 - DRIFT, 1.0, 1 + DRIFT])
delays = st.sampled_from([0.0, 0.0, 0.4, 3.0, 9.0, 29.0, 40.0])
newest_or_any = st.one_of(st.just(-1), st.just(-2), st.integers(0, 9))


@dataclass(frozen=True)
class Clock:
    """A steady clock: at true time t it shows start + t * pace."""

    start_s: float
    pace: float

    def at(self, true_s: float) -> float:
        return self.start_s + true_s * self.pace


@dataclass(eq=False)
class Runner:
    """One generation: its process may live for ever, cut off from the hub and not from the broker."""

    generation: int
    clock: Clock
    lease: Lease
    is_ended: bool = False
    renewed_at_s: float | None = None


class Fleet(RuleBasedStateMachine):
    """The lease alone, as at a broker without a fence. The driver calls each runner dead at once:
    the worst that it can say. An order hangs for as long as it can be delivered."""

    patience_s: ClassVar[float] = LEASE_S + MARGIN_S
    longest_order_s: ClassVar[float] = UNDELIVERED_S

    @initialize(worker=drifts, runner=drifts, dithers_s=st.sampled_from([0.0, 8.0]))
    def begin(self, worker: float, runner: float, dithers_s: float) -> None:
        self.true_s = 0.0
        self.worker = Clock(7_000.0, worker)
        self.database_ahead_s = 1_800_000_000.0
        self.marks = Marks(keep_s=3 * (LEASE_S + MARGIN_S))
        self.is_worker_up, self.dithers_s = True, dithers_s
        self.fences, self.signed_in = Fences({}), 0
        self.order_hangs_s = 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.ids = count()
        self.runners: list[Runner] = []
        self._start(runner)

    @rule(seconds=st.sampled_from([1, 3, 9, 25, 29, 31, 36]))
    def time_goes_by(self, seconds: int) -> None:
        for _ in range(seconds):
            self._pass_to(self.true_s + SWEEP_S)
            if self.is_worker_up:
                self._sweep()
            self._trade()

    @rule(seconds=st.sampled_from([0.3, -0.3, 4.0, -4.0, 20.0, -20.0, 3_600.0, -3_600.0]))
    def the_databases_clock_is_set(self, seconds: float) -> None:
        self.database_ahead_s += seconds

    @rule(is_up=st.booleans(), dithers_s=st.sampled_from([0.0, 0.5, 8.0]))
    def a_worker_comes_or_goes(self, is_up: bool, dithers_s: float) -> None:
        """dithers_s: from its look to what it does about it."""
        if is_up and not self.is_worker_up:
            self.marks = Marks(keep_s=3 * (LEASE_S + MARGIN_S))
        self.is_worker_up, self.dithers_s = is_up, dithers_s

    @rule(who=newest_or_any, way_s=delays, commit_s=st.sampled_from([0.0, 0.0, 2.0, 9.0]), back_s=delays)
    def a_heartbeat_leaves(self, who: int, way_s: float, commit_s: float, back_s: float) -> None:
        self._beat(self._runner(who), way_s, commit_s, back_s)

    @rule(who=newest_or_any, way_s=delays)
    def a_heartbeat_leaves_whose_answer_is_lost(self, who: int, way_s: float) -> None:
        self._beat(self._runner(who), way_s, 0.0, 1e9)

    @rule(hangs=st.sampled_from([0.0, 0.5, 1.0]))
    def the_way_to_the_broker_changes(self, hangs: float) -> None:
        self.order_hangs_s = hangs * self.longest_order_s

    def _trade(self) -> None:
        """Every runner sends an order whenever it may: the busiest EA that there can be."""
        for runner in self.runners:
            if runner.lease.may_trade(runner.clock.at(self.true_s)) and self._lets_in(runner):
                self._in(self.order_hangs_s, partial(self._execute, runner))

    def _start(self, pace: float) -> None:
        runner = Runner(len(self.runners) + 1, Clock(31.0 * len(self.runners), pace), Lease(TERMS))
        self.runners.append(runner)
        self._beat(runner, 0.0, 0.0, 0.0)

    def _beat(self, runner: Runner, way_s: float, commit_s: float, back_s: float) -> None:
        """Sent now, stamped by the database at its arrival, in force from its commit on, and answered."""
        sent_s = runner.clock.at(self.true_s)

        def arrive() -> None:
            stamp_s = self.true_s + self.database_ahead_s
            self._in(commit_s, lambda: commit(stamp_s))

        def commit(stamp_s: float) -> None:
            if not runner.is_ended:
                runner.renewed_at_s = stamp_s
                self._in(back_s, lambda: self._renew(runner, sent_s))

        self._in(way_s, arrive)

    def _renew(self, runner: Runner, sent_s: float) -> None:
        runner.lease.renew(sent_s, TERMS)

    def _sweep(self) -> None:
        """Look at both clocks, and at the newest run; what is decided is done a while later."""
        now_s = self.worker.at(self.true_s)
        self.marks.add(self.true_s + self.database_ahead_s, now_s, now_s)
        runner, seen_s = self.runners[-1], self.runners[-1].renewed_at_s
        if seen_s is None or self.marks.age_s(seen_s, now_s) >= self.patience_s:
            self._in(self.dithers_s, lambda: self._replace(runner, seen_s))

    def _replace(self, runner: Runner, seen_s: float | None) -> None:
        """One conditional update: a heartbeat since the look makes it void."""
        if not runner.is_ended and runner.renewed_at_s == seen_s:
            runner.is_ended = True
            self._start(runner.clock.pace)

    def _lets_in(self, runner: Runner) -> bool:
        return True

    def _execute(self, runner: Runner) -> None:
        assert runner is self.runners[-1], "an older generation trades beside a newer one"

    def _runner(self, who: int) -> Runner:
        return self.runners[max(who, -len(self.runners)) if who < 0 else who % len(self.runners)]

    def _in(self, seconds: float, do: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.true_s + seconds, next(self.ids), do))
        self._pass_to(self.true_s)

    def _pass_to(self, true_s: float) -> None:
        while self.events and self.events[0][0] <= true_s:
            self.true_s, _, do = heapq.heappop(self.events)
            do()
        self.true_s = true_s


class FencedFleet(Fleet):
    """The paper broker's fence alone: the hub does not wait at all, and an order may hang for minutes."""

    patience_s = 0.0
    longest_order_s = 300.0

    def _lets_in(self, runner: Runner) -> bool:
        trader = Trader("ea", runner.generation)
        try:
            if self.fences.check(LOGIN, trader):
                self.fences.raise_to(LOGIN, trader)
                self.signed_in = runner.generation
        except Fenced:
            return False
        return True

    def _execute(self, runner: Runner) -> None:
        try:
            self.fences.check(LOGIN, Trader("ea", runner.generation))
        except Fenced:
            return
        assert runner.generation == self.signed_in, "an older generation trades after a newer one signed in"


class WithoutMargin(Fleet):
    """A hub that waits for the lease alone."""

    patience_s = LEASE_S


class CountedFromTheAnswer(Fleet):
    """Runners that count from when the answer came."""

    def _renew(self, runner: Runner, sent_s: float) -> None:
        runner.lease.renew(runner.clock.at(self.true_s), TERMS)


class ByTheDatabasesClock(Fleet):
    """A hub that believes the difference of two readings of a clock that can be set."""

    def _sweep(self) -> None:
        runner, seen_s = self.runners[-1], self.runners[-1].renewed_at_s
        if seen_s is not None and self.true_s + self.database_ahead_s - seen_s >= self.patience_s:
            self._replace(runner, seen_s)


class WithoutACondition(Fleet):
    """A hub that ends a run as it saw it, whatever has come since."""

    def _replace(self, runner: Runner, seen_s: float | None) -> None:
        super()._replace(runner, runner.renewed_at_s)


def play(fleet: type[Fleet], examples: int, *, is_to_fail: bool = False) -> None:
    run_state_machine_as_test(
        fleet,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,) if is_to_fail else tuple(Phase),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("fleet", [Fleet, FencedFleet])
def test_no_two_generations_trade_at_one_time(fleet: type[Fleet]) -> None:
    play(fleet, 200)


@pytest.mark.parametrize(
    "fleet", [WithoutMargin, CountedFromTheAnswer, ByTheDatabasesClock, WithoutACondition]
)
def test_the_model_finds_what_is_wrong_with_a_rule_less(fleet: type[Fleet]) -> None:
    with pytest.raises(AssertionError, match="an older generation trades"):
        play(fleet, 2_000, is_to_fail=True)
