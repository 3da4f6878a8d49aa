"""Whether deployments were proved within their minute: each is counted once, and only what is ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from metafleet.hub.fleet import deployments, operations, pauses, placement
from metafleet.hub.fleet.drivers.contract import DriverError
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.fleet.tests.world import A_SECOND, World, die, running
from metafleet.hub.kernel.models import ObjectiveCount
from metafleet.hub.kernel.tenancy import tenant_scope

pytestmark = pytest.mark.usefixtures("catalogue")
A_MINUTE = timedelta(minutes=1)


def counted(world: World) -> tuple[int, int]:
    """How many this look counted, and how many of them were late."""
    return deployments.count(now=world.now)


def ever() -> tuple[int, int]:
    row = ObjectiveCount.objects.get(objective="deployments", resolution="ever")
    return row.total, row.bad


def test_one_that_is_heard_of_in_time_is_counted_once(world: World) -> None:
    assert counted(world) == (0, 0)
    world.now += 59 * A_SECOND
    running(world)
    assert counted(world) == (1, 0)
    assert counted(world) == (0, 0)
    assert ever() == (1, 0)


def test_one_that_is_heard_of_late_is_late(world: World) -> None:
    world.reconcile()
    world.now += A_MINUTE + A_SECOND
    world.report()
    assert counted(world) == (1, 1)


def test_one_that_is_never_heard_of_is_late_after_its_minute_though_it_comes_then(world: World) -> None:
    world.now += A_MINUTE - A_SECOND
    world.reconcile()
    assert counted(world) == (0, 0)
    world.now += A_SECOND
    assert counted(world) == (1, 1)
    running(world)
    assert counted(world) == (0, 0)
    assert ever() == (1, 1)


def test_one_that_its_driver_refuses_is_late(world: World) -> None:
    world.driver.refusal = DriverError("no such image", permanent=True)
    world.reconcile()
    world.now += A_MINUTE
    assert counted(world) == (1, 1)


def test_one_that_its_broker_refuses_for_good_is_not_counted(world: World) -> None:
    world.reconcile()
    with tenant_scope(world.person.tenant_id):
        world.instance().runs.update(outcome="permanent", ended_at=world.now)
    assert counted(world) == (0, 0)
    world.now += A_MINUTE
    assert counted(world) == (0, 0)


def test_one_that_somebody_stops_or_pauses_before_is_not_counted(world: World) -> None:
    world.act(operations.pause, wish=pauses.HOLD)
    world.act(operations.resume)
    world.now += A_MINUTE
    assert counted(world) == (0, 0)


def test_what_is_started_again_by_a_person_counts_and_by_the_product_does_not(world: World) -> None:
    running(world)
    assert counted(world) == (1, 0)
    die(world, "crash")
    world.reconcile(A_MINUTE)
    assert counted(world) == (0, 0)
    world.act(operations.stop, close_positions=False)
    die(world, "stopped")
    world.reconcile(A_SECOND)
    world.act(operations.resume)
    running(world)
    assert counted(world) == (1, 0)


def test_the_minute_begins_when_there_is_a_host(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(placement, "closed", lambda _: "No host has room")
        for _ in range(20):
            world.reconcile(10 * A_SECOND)
            assert counted(world) == (0, 0)
    world.now += 30 * A_SECOND
    running(world)
    assert counted(world) == (1, 0)


def test_what_was_deployed_before_it_was_counted_is_not(world: World) -> None:
    with tenant_scope(world.person.tenant_id):
        EAInstance.objects.update(wanted_at=None)
    running(world)
    assert counted(world) == (0, 0)
