"""The loop as a whole, as a property: whatever goes wrong, it ends as wanted or in error with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from metafleet.hub.fleet import leases, looks, operations, reconcile, steps, watch
from metafleet.hub.fleet.errors import WrongState
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.fleet.tests import world as world_module
from metafleet.hub.fleet.tests.model import LATE_WORDS_AFTER, Killed, Mishap, ModelDriver
from metafleet.hub.fleet.tests.world import World
from metafleet.hub.kernel.tenancy import SET_OPERATOR, SET_TENANT
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("catalogue")

TURN = timedelta(seconds=2)
"""Of the sweep."""
MOST_TURNS = 400

mishaps = st.lists(st.sampled_from(get_args(Mishap)), max_size=20)
wishes = st.lists(
    st.tuples(st.integers(0, 15), st.sampled_from(["pause", "resume", "stop", "close"])), max_size=4
)


@contextmanager
def _within(*_: UUID) -> Iterator[None]:
    """A scope without its savepoint, and without the settings that it makes and takes back: they were more
    than half of all statements. Here both settings stand for the whole test, and there is one tenant.

    What a scope would undo is seen by nobody: of the faults that the loop survives, `Outdated` and a wish's
    refusal come before the first write, and those of the driver from outside of any scope.
    """
    yield


class Loop:
    """The instance, its driver and the sweep, turn by turn. Time in which nothing happens takes no turns."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.monkeypatch = monkeypatch
        monkeypatch.setattr(timezone, "now", lambda: world.now)  # rows are stamped by it
        for module in (reconcile, leases, looks, world_module):
            monkeypatch.setattr(module, "tenant_scope", _within)
        monkeypatch.setattr(watch, "operator_scope", _within)
        with connection.cursor() as cursor:
            cursor.execute(SET_TENANT, [str(world.person.tenant_id)])
            cursor.execute(SET_OPERATOR)
        self.begin([])

    def begin(self, bad_luck: Sequence[Mishap]) -> None:
        """Start with the row as it was deployed, and a driver to which these mishaps happen."""
        self.world.now, self.is_idle = NOW, False
        self.wakes_at: datetime | None = None
        self.driver = ModelDriver(self.world.instance().terminal.id, NOW, list(bad_luck))
        self.monkeypatch.setattr(reconcile, "driver", lambda _: self.driver)
        self.monkeypatch.setattr(leases, "release", self.driver.release)

    @contextmanager
    def example(self, bad_luck: Sequence[Mishap]) -> Iterator[None]:
        """Begin; afterwards the database is as it was."""
        before = transaction.savepoint()
        self.begin(bad_luck)
        try:
            yield
        finally:
            transaction.savepoint_rollback(before)

    def turn(self) -> bool:
        """Let two seconds pass and sweep once; return whether anything was looked at, or is due later."""
        world = self.world
        world.now += TURN
        self.driver.live(world.now)
        due_at = EAInstance.objects.values_list("reconcile_due_at", flat=True).get(id=world.instance_id)
        is_due = due_at is not None and due_at <= world.now
        is_changed = bool(watch.changed(self.driver, world.now))
        if is_due or is_changed:
            self._look()
        self.is_idle = not (is_due or is_changed)
        self.wakes_at = min((at for at in (due_at, self.driver.wakes_at()) if at is not None), default=None)
        return not self.is_idle or due_at is not None

    def pass_turns(self, turns: int) -> None:
        """Let time pass, with a sweep every two seconds in which anything can have happened."""
        self.is_idle, end = False, self.world.now + turns * TURN
        while self.world.now < end:
            self._skip_idle_turns(end)
            self.turn()

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

    def settle(self) -> bool:
        """Turn until nothing is due any more; return whether that came within MOST_TURNS."""
        self.is_idle, end = False, self.world.now + MOST_TURNS * TURN
        while self.world.now < end:
            self._skip_idle_turns(end)
            if not self.turn():
                return True
        return False

    def _skip_idle_turns(self, end: datetime) -> None:
        """Come to just before the next turn that matters: in an idle one the runners only beat."""
        if self.is_idle:
            ahead = min(self.wakes_at or end, end) - self.world.now
            self.world.now += max(-(-ahead // TURN) - 1, 0) * TURN

    def _look(self) -> None:
        ids = {"tenant_id": self.world.person.tenant_id, "instance_id": self.world.instance_id}
        try:
            reconcile.reconcile(**ids)
        except Killed:
            self.driver.worker_is_dead = False


@pytest.fixture
def loop(world: World, monkeypatch: pytest.MonkeyPatch) -> Loop:
    return Loop(world, monkeypatch)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(bad_luck=["delays", "says dead"], wanted=[(1, "stop")])
@given(bad_luck=mishaps, wanted=wishes)
def test_it_ends_as_wanted_or_in_error_with_a_reason(
    loop: Loop, bad_luck: list[Mishap], wanted: list[tuple[int, str]]
) -> None:
    with loop.example(bad_luck):
        for turns, verb in wanted:
            loop.pass_turns(turns)
            loop.wish(verb)
        assert loop.settle()
        # A runner that lives though it was called dead learns with its first words that its token is void.
        loop.pass_turns(LATE_WORDS_AFTER // TURN + 1)
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
    loop.begin(["none", *["crash"] * 500])  # type: ignore[list-item]
    loop.settle()
    instance = loop.world.instance()
    assert (instance.state, instance.crash_count) == ("error", 6)
    assert len(loop.driver.runners) == 1 + steps.RESTARTS
    assert instance.last_error == "The EA's process ended by itself (exit code 1)"


def test_an_engine_that_is_away_for_long_costs_no_ea_its_restarts(loop: Loop) -> None:
    loop.begin(["fails"] * 12)
    loop.settle()
    instance = loop.world.instance()
    assert (instance.state, instance.crash_count) == ("running", 0)


def test_a_healthy_run_forgives_the_crashes_before_it(loop: Loop) -> None:
    for _ in range(3 * steps.RESTARTS):
        loop.settle()
        loop.pass_turns(steps.HEALTHY_AFTER // TURN + 1)
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
