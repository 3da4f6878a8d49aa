"""The loop as a whole, as a property: whatever goes wrong, it ends as wanted or in error with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from metafleet.hub.fleet import leases, operations, reconcile, steps, watch
from metafleet.hub.fleet.errors import WrongState
from metafleet.hub.fleet.models import Command, EAInstance, Receipt, Run
from metafleet.hub.fleet.tests.model import Killed, Mishap, ModelDriver
from metafleet.hub.fleet.tests.world import World
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("catalogue")

TURN = timedelta(seconds=2)
"""Of the sweep."""
MOST_TURNS = 400

mishaps = st.lists(st.sampled_from(get_args(Mishap)), max_size=30)
wishes = st.lists(
    st.tuples(st.integers(0, 15), st.sampled_from(["pause", "resume", "stop", "close"])), max_size=4
)


class Loop:
    """The instance, its driver and the sweep, turn by turn."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.monkeypatch = monkeypatch
        self.reset([])

    def reset(self, bad_luck: list[Mishap]) -> None:
        world = self.world
        world.now = NOW
        with tenant_scope(world.person.tenant_id):
            for model in (Receipt, Run, Command):
                model.objects.all().delete()
            EAInstance.objects.filter(id=world.instance_id).update(
                desired_state="running",
                state="deploying",
                generation=0,
                crash_count=0,
                next_attempt_at=None,
                lease_until=None,
                close_on_stop=False,
                last_error="",
                status_text="",
                reconcile_due_at=NOW,
            )
        self.driver = ModelDriver(world.instance().terminal.id, NOW, list(bad_luck))
        self.monkeypatch.setattr(reconcile, "driver", lambda _: self.driver)
        self.monkeypatch.setattr(leases, "release", self.driver.release)

    def turn(self) -> bool:
        """Let two seconds pass and sweep once; return whether anything was looked at."""
        world = self.world
        world.now += TURN
        with tenant_scope(world.person.tenant_id):
            self.driver.live(world.now)
        row = world.instance()
        is_due = row.reconcile_due_at is not None and row.reconcile_due_at <= world.now
        is_changed = bool(watch.changed(self.driver, world.now))
        if is_due or is_changed:
            self._look()
        return is_due or is_changed or row.reconcile_due_at is not None

    def wish(self, verb: str) -> None:
        if verb == "close":
            self.world.act(operations.stop, close_positions=True)
        elif verb == "stop":
            self.world.act(operations.stop, close_positions=False)
        else:
            try:
                self.world.act(getattr(operations, verb))
            except WrongState:
                event("refused")

    def settle(self) -> int:
        """Turn until nothing is due any more; return how many turns that took."""
        for turn in range(MOST_TURNS):
            if not self.turn():
                return turn
        return MOST_TURNS

    def _look(self) -> None:
        try:
            self.world.reconcile()
        except Killed:
            self.driver.worker_is_dead = False


@pytest.fixture
def loop(world: World, monkeypatch: pytest.MonkeyPatch) -> Loop:
    return Loop(world, monkeypatch)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(bad_luck=mishaps, wanted=wishes)
def test_it_ends_as_wanted_or_in_error_with_a_reason(
    loop: Loop, bad_luck: list[Mishap], wanted: list[tuple[int, str]]
) -> None:
    loop.reset(bad_luck)
    for turns, verb in wanted:
        for _ in range(turns):
            loop.turn()
        loop.wish(verb)
    assert loop.settle() < MOST_TURNS
    instance = loop.world.instance()
    living = [runner for runner in loop.driver.runners if runner.is_alive]
    event(instance.state)
    if instance.state == "error":
        assert instance.crash_count >= steps.CRASHES_UNTIL_A_PERSON
        assert instance.last_error
        assert instance.status_text
        assert living == []
    else:
        assert instance.state == instance.desired_state
        assert len(living) == (0 if instance.state == "stopped" else 1)
        assert all(runner.run_id == loop.world.run().id for runner in living)
    assert loop.driver.most_current <= 1


def test_an_ea_that_always_crashes_is_started_again_five_times_and_then_waits_for_a_person(
    loop: Loop,
) -> None:
    loop.reset(["none", *["crash"] * 500])  # type: ignore[list-item]
    loop.settle()
    instance = loop.world.instance()
    assert (instance.state, instance.crash_count) == ("error", 6)
    assert len(loop.driver.runners) == 1 + steps.RESTARTS
    assert instance.last_error == "The EA's process ended by itself (exit code 1)"


def test_an_engine_that_is_away_for_long_costs_no_ea_its_restarts(loop: Loop) -> None:
    loop.reset(["fails"] * 12)
    loop.settle()
    instance = loop.world.instance()
    assert (instance.state, instance.crash_count) == ("running", 0)


def test_a_healthy_run_forgives_the_crashes_before_it(loop: Loop) -> None:
    for _ in range(3 * steps.RESTARTS):
        loop.settle()
        for _ in range(steps.HEALTHY_AFTER // TURN + 1):
            loop.turn()
        loop.driver.runners[-1].is_alive = False
    loop.settle()
    assert loop.world.instance().state == "running"
    assert loop.world.instance().crash_count == 1


def test_a_dead_runner_is_found_by_the_watch(loop: Loop) -> None:
    loop.settle()
    assert loop.world.instance().reconcile_due_at is None
    assert loop.turn() is False
    loop.driver.runners[-1].is_alive = False
    assert loop.turn() is True
    loop.settle()
    assert (loop.world.run().generation, loop.world.instance().state) == (2, "running")
