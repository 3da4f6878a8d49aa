"""Machines that are lost: an EA is placed anew only once it is certain that the old one is dead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from metafleet.hub.fleet import operations, steps, watch
from metafleet.hub.fleet.drivers.contract import DriverError, Sight
from metafleet.hub.fleet.models import EAInstance, Host, HostState, Run
from metafleet.hub.fleet.tests.world import A_SECOND, World, running
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def lost(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """It runs on a host that is not heard any more; the driver cannot be asked about it."""
    running(world)
    Host.objects.create(
        name="here", driver="memory", cpu=2, memory_mb=4_000, state=HostState.LOST, seen_at=NOW
    )

    def away(_: object, handle: dict[str, Any]) -> Sight:
        if handle.get("pid") != 1:
            return Sight(alive=True)
        raise DriverError("The engine on here does not answer.", permanent=False)

    monkeypatch.setattr(world.driver, "inspect", away)
    return world


def test_on_a_host_that_is_only_lost_nothing_is_started_beside_it(lost: World) -> None:
    for _ in range(20):
        lost.reconcile(timedelta(minutes=1))
    instance = lost.instance()
    assert (len(lost.driver.started), instance.crash_count) == (1, 0)
    assert instance.status_text == "Its machine cannot be asked: The engine on here does not answer."


def test_once_the_host_is_gone_it_runs_elsewhere_and_the_old_one_is_fenced_off(lost: World) -> None:
    before = lost.instance().terminal.token_version
    Host.objects.update(state=HostState.GONE)
    lost.reconcile(timedelta(minutes=2))
    with tenant_scope(lost.person.tenant_id):
        first, second = Run.objects.order_by("generation")
    assert (first.end_reason, first.ended_at is not None) == ("Its machine is gone", True)
    assert (second.generation, lost.instance().crash_count) == (2, 0)
    # The end of the one and the start of the other: the old token is two versions behind.
    assert lost.instance().terminal.token_version == before + 2


def test_the_watch_finds_what_ran_on_a_host_that_is_gone(lost: World) -> None:
    later = NOW + timedelta(minutes=2)
    with tenant_scope(lost.person.tenant_id):
        Run.objects.update(heartbeat_at=later)
    assert watch.changed(lost.driver, later) == []
    Host.objects.update(state=HostState.GONE)
    assert watch.changed(lost.driver, later) == [(lost.person.tenant_id, lost.instance_id)]


def test_a_machine_of_that_name_that_is_heard_again_is_another(lost: World) -> None:
    Host.objects.update(state=HostState.GONE, seen_at=NOW + timedelta(minutes=2))
    assert lost.reconcile(timedelta(minutes=2)) == ["Unseen"]


def test_closing_goes_on_elsewhere_when_the_host_goes_in_the_middle_of_it(lost: World) -> None:
    lost.act(operations.stop, close_positions=True)
    Host.objects.update(state=HostState.GONE)
    lost.reconcile(timedelta(minutes=2))
    assert (lost.run().generation, lost.run().intent) == (2, "flatten")


def test_an_ea_that_is_not_heard_is_said_and_left_alone(world: World) -> None:
    running(world)
    later = steps.SILENT_AFTER + A_SECOND
    assert watch.changed(world.driver, world.now + later) == [(world.person.tenant_id, world.instance_id)]
    world.reconcile(later)
    assert (world.instance().state, world.driver.alive) == ("error", {world.instance_id})
    assert "Not heard for 60 seconds" in world.instance().status_text
    world.report()
    world.reconcile(A_SECOND)
    assert (world.instance().state, len(world.driver.started)) == ("running", 1)


def test_what_hangs_while_others_are_heard_is_killed_and_counts_as_a_crash(world: World) -> None:
    running(world)
    assert watch.changed(world.driver, world.now) == []  # the watch has heard somebody
    world.reconcile(steps.HUNG_AFTER + A_SECOND)
    instance = world.instance()
    assert (world.driver.alive, instance.crash_count) == (set(), 1)
    assert instance.last_error == "It hung: its process lived, and was not heard for 91 seconds"
    world.reconcile(2 * A_SECOND)
    assert (world.run().generation, world.driver.alive) == (2, {world.instance_id})


def test_while_nobody_is_heard_the_gateway_may_be_away_and_nothing_is_killed(world: World) -> None:
    running(world)
    world.reconcile(steps.HUNG_AFTER + A_SECOND)
    assert (world.instance().crash_count, world.driver.alive) == (0, {world.instance_id})


def test_what_is_left_as_it_is_wanted_is_not_woken(world: World) -> None:
    running(world)
    assert watch.changed(world.driver, world.now) == []
    with tenant_scope(world.person.tenant_id):
        EAInstance.objects.update(state="paused")
    assert len(watch.changed(world.driver, world.now)) == 1


def test_an_engine_that_cannot_be_asked_wakes_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    running(world)
    world.driver.alive.clear()

    def away(_: object) -> set[Any]:
        raise DriverError("The engine is away.", permanent=False)

    assert len(watch.changed(world.driver, world.now)) == 1
    monkeypatch.setattr(world.driver, "living", away)
    assert watch.changed(world.driver, world.now) == []


def test_what_the_driver_knows_of_an_end_is_told(world: World) -> None:
    running(world)
    world.driver.alive.clear()
    world.driver.sight = Sight(alive=False, exit_code=137, reason="out of memory")
    world.reconcile(A_SECOND)
    assert world.instance().last_error == "The EA's process ended by itself (exit code 137): out of memory"
