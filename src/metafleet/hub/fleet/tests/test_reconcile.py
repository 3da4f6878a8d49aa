"""Reconcile against a driver in memory: starts, confirmations, crashes, stops, leases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from metafleet.hub.fleet import assignment, operations, reconcile, steps
from metafleet.hub.fleet.drivers.contract import DriverError, RuntimeSpec, Started
from metafleet.hub.fleet.models import EAInstance, Receipt
from metafleet.hub.fleet.tests.world import MemoryDriver, World, running
from metafleet.hub.kernel import clock, nudges
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("catalogue")


def test_a_deploy_starts_a_run_whose_work_only_its_token_opens(world: World) -> None:
    world.reconcile()
    spec, run, instance = world.driver.started[0], world.run(), world.instance()
    assert (instance.state, instance.generation, run.generation) == ("deploying", 1, 1)
    assert instance.terminal.token_version == 2
    token = spec.assignment_token.reveal()
    work = assignment.open_sealed(token, bytes(run.sealed_assignment or b""), run.id.hex)
    assert (work.broker.login, work.broker.password) == (5001, "broker-password-of-alice@example.com")
    assert token.encode() not in bytes(run.sealed_assignment or b"") + bytes(run.assignment_hash or b"")


def test_the_first_honest_heartbeat_makes_it_running_with_a_receipt(world: World) -> None:
    running(world)
    assert world.instance().state == "running"
    with tenant_scope(world.person.tenant_id):
        document = Receipt.objects.get().document
    assert (document["login"], document["server"], document["driver"]) == (5001, "metafleet-Paper", "memory")
    assert document["contentHash"] == world.instance().version.content_hash


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ({"login": "666"}, "signed in as 666 instead of 5001"),
        ({"server": "Elsewhere"}, "signed in at Elsewhere"),
        ({"hash": "sha256:other"}, "other EA code"),
    ],
)
def test_a_runner_that_is_not_what_was_deployed_is_ended_for_good(
    world: World, lie: dict[str, str], says: str
) -> None:
    world.reconcile()
    world.report(**lie)
    world.reconcile()
    instance = world.instance()
    assert says in instance.last_error
    assert (instance.state, world.driver.alive) == ("error", set())
    world.reconcile(after=timedelta(hours=1))
    assert len(world.driver.started) == 1


def test_a_crash_is_followed_by_the_next_generation_after_a_back_off(world: World) -> None:
    running(world)
    world.driver.alive.clear()
    world.reconcile()
    instance = world.instance()
    assert (instance.state, instance.crash_count) == ("error", 1)
    assert instance.reconcile_due_at == NOW + timedelta(seconds=1)
    world.reconcile(after=timedelta(seconds=1))
    assert (world.run().generation, world.instance().terminal.token_version) == (2, 4)


def test_a_start_that_the_driver_cannot_do_is_tried_again(world: World) -> None:
    world.driver.refusal = DriverError("No memory left on this host.", permanent=False)
    world.reconcile()
    assert world.instance().last_error == "No memory left on this host."
    world.driver.refusal = None
    world.reconcile(after=timedelta(seconds=1))
    assert len(world.driver.started) == 1


def test_a_worker_that_died_while_starting_leaves_nothing_doubled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(spec: RuntimeSpec) -> Started:
        MemoryDriver.start(world.driver, spec)
        raise KeyboardInterrupt

    monkeypatch.setattr(world.driver, "start", die)
    with pytest.raises(KeyboardInterrupt):
        world.reconcile()
    monkeypatch.undo()
    monkeypatch.setattr(reconcile, "driver", lambda name: world.driver)
    monkeypatch.setattr(nudges, "_send", lambda *_: None)
    world.now = clock.now()
    world.report()
    world.reconcile()
    assert (len(world.driver.started), world.instance().state) == (1, "running")


def test_a_pause_survives_a_crash(world: World) -> None:
    running(world)
    world.act(operations.pause)
    world.reconcile()
    assert world.commands() == ["PAUSE"]
    world.report("paused")
    world.reconcile()
    assert world.instance().state == "paused"
    world.driver.alive.clear()
    world.reconcile()
    world.reconcile(after=timedelta(seconds=1))
    assert world.run().intent == "paused"


def test_a_stop_that_was_to_close_positions_does_so_even_if_the_runner_dies_first(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=True)
    world.reconcile()
    assert world.commands() == ["STOP"]
    world.driver.alive.clear()
    world.reconcile()
    world.reconcile(after=timedelta(seconds=1))
    assert world.run().intent == "flatten"
    world.report("stopped")
    world.driver.alive.clear()
    world.reconcile()
    assert (world.instance().state, world.instance().close_on_stop) == ("stopped", False)


def test_a_runner_that_does_not_stop_is_killed(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=False)
    world.reconcile()
    world.reconcile(after=steps.STOP_DEADLINE + timedelta(seconds=1))
    assert world.driver.alive == set()


def test_two_workers_do_not_look_at_one_instance_at_once(world: World) -> None:
    with tenant_scope(world.person.tenant_id):
        EAInstance.objects.update(lease_until=NOW + timedelta(seconds=5))
    assert world.reconcile() == []
    assert world.driver.started == []
    assert world.reconcile(after=timedelta(seconds=6)) == ["Start"]


def test_what_is_wanted_while_somebody_looks_stays_due(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted_at: list[datetime] = []

    def start(spec: RuntimeSpec) -> Started:
        world.act(operations.stop, close_positions=False)
        wanted_at.append(world.now)
        return MemoryDriver.start(world.driver, spec)

    monkeypatch.setattr(world.driver, "start", start)
    world.reconcile()
    assert world.instance().desired_state == "stopped"
    assert world.instance().lease_until is None


def test_the_end_of_a_run_and_the_next_start_each_end_the_token_before(world: World) -> None:
    running(world)
    first = world.instance().terminal.token_version
    world.driver.alive.clear()
    world.reconcile()
    assert world.instance().terminal.token_version == first + 1
    world.reconcile(after=timedelta(seconds=1))
    assert world.instance().terminal.token_version == first + 2


def test_a_sweep_nudges_once_while_the_nudge_stands_in_line() -> None:
    reminders = nudges.Reminders(timedelta(seconds=10))
    assert reminders.is_due("one", NOW)
    assert not reminders.is_due("one", NOW + timedelta(seconds=9))
    assert reminders.is_due("other", NOW + timedelta(seconds=9))
    assert reminders.is_due("one", NOW + timedelta(seconds=10))
    assert not reminders.is_due("other", NOW + timedelta(seconds=18))
