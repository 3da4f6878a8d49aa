"""Bad luck: runners, workers, brokers and passwords that go at the worst moment."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from metafleet.hub.fleet import leases, operations, steps
from metafleet.hub.fleet.drivers.contract import DriverError, RuntimeSpec, Sight, Started
from metafleet.hub.fleet.models import Receipt, Run
from metafleet.hub.fleet.tests.world import A_SECOND, MemoryDriver, World, die, running
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.vault import operations as vault
from metafleet.hub.vault.models import SealedField
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("catalogue")


def test_signals_from_outside_are_no_crashes(world: World) -> None:
    for _ in range(steps.CRASHES_UNTIL_A_PERSON + 1):
        running(world)
        die(world, "stopped")
        world.reconcile(A_SECOND)
    instance = world.instance()
    assert (instance.crash_count, instance.state) == (0, "deploying")
    assert world.driver.alive == {instance.id}


def test_what_is_not_tried_again_by_itself_says_no_time_for_it(world: World) -> None:
    for crash in range(1, steps.CRASHES_UNTIL_A_PERSON + 1):
        running(world)
        die(world, "crash")
        world.reconcile(A_SECOND)
        instance = world.instance()
        assert instance.crash_count == crash
        if crash < steps.CRASHES_UNTIL_A_PERSON:
            assert instance.next_attempt_at is not None
            world.now = instance.next_attempt_at
    assert (instance.state, instance.next_attempt_at) == ("error", None)
    assert instance.status_text == "Not tried again by itself: mend the cause, then resume it"


def test_a_runner_that_waits_for_its_broker_is_left_alone_and_heard(world: World) -> None:
    world.reconcile()
    for _ in range(200):
        with tenant_scope(world.person.tenant_id):
            Run.objects.update(heartbeat_at=world.now, reported_status="starting", reported_error="x" * 300)
        world.reconcile(timedelta(seconds=4))
    instance = world.instance()
    assert (len(world.driver.started), instance.state) == (1, "error")
    assert instance.status_text == "x" * 200
    world.report()
    world.reconcile(A_SECOND)
    assert world.instance().state == "running"


def test_what_a_run_was_killed_for_is_kept_whatever_it_says_last(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=False)
    world.reconcile()
    with tenant_scope(world.person.tenant_id):
        kill = world.driver.stop

        def speak_and_die(*asked: Any, **how: Any) -> None:
            world.report("running", "late words")
            kill(*asked, **how)

        world.driver.stop = speak_and_die  # type: ignore[method-assign]
    world.reconcile(steps.STOP_DEADLINE + A_SECOND)
    assert world.run().end_reason == "Did not stop within 30 seconds"


def test_last_words_just_before_the_end_are_heard(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    running(world)
    world.act(operations.stop, close_positions=False)
    world.reconcile()

    def speak_and_be_gone(*_: Any) -> Sight:
        world.report("stopped")
        return Sight(alive=False)

    monkeypatch.setattr(world.driver, "inspect", speak_and_be_gone)
    world.reconcile(A_SECOND)
    assert world.run().end_reason == "Stopped as asked"


def test_a_slow_worker_does_not_end_what_another_has_started(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker sleeps in the middle of its start until its lease has run out."""
    starts: list[RuntimeSpec] = []

    def start(spec: RuntimeSpec) -> Started:
        starts.append(spec)
        if len(starts) == 1:
            world.reconcile(leases.LEASE + A_SECOND)  # finds no process: that start is over
            world.reconcile(timedelta(seconds=2))
            assert world.run().generation == 2
            raise DriverError("A runner of this instance is still alive.", permanent=False)
        return MemoryDriver.start(world.driver, spec)

    monkeypatch.setattr(world.driver, "start", start)
    world.reconcile()
    with tenant_scope(world.person.tenant_id):
        first, second = Run.objects.order_by("generation")
    assert (first.ended_at is None, second.ended_at is None) == (False, True)
    assert world.instance().crash_count == 1
    world.report()
    world.reconcile(leases.LEASE)
    assert world.instance().state == "running"


@pytest.mark.parametrize("loss", ["forgotten", "changed"])
def test_a_password_that_cannot_be_had_is_said_and_waits_for_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    instance = world.instance()
    with tenant_scope(world.person.tenant_id):
        if loss == "forgotten":
            vault.forget(tenant_id=instance.tenant_id, owner_id=instance.account_id)
        else:
            SealedField.objects.update(sealed=b"\0" * 40)
    world.reconcile()
    instance = world.instance()
    assert (instance.state, instance.generation) == ("error", 0)
    assert "password of account 5001" in instance.last_error
    assert world.reconcile(timedelta(hours=1)) == ["Settle"]
    assert world.driver.started == []


def test_what_a_dead_worker_did_not_write_is_learnt_from_the_driver(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die_after(spec: RuntimeSpec) -> Started:
        MemoryDriver.start(world.driver, spec)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(world.driver, "start", die_after)
        with pytest.raises(KeyboardInterrupt):
            world.reconcile()
    started = Started({"pid": 77}, "this-host", "256 MB")
    monkeypatch.setattr(world.driver, "inspect", lambda *_: Sight(alive=True, started=started))
    world.report()
    world.reconcile(leases.LEASE)
    with tenant_scope(world.person.tenant_id):
        document = Receipt.objects.get().document
    assert (document["pid"], document["host"], document["limits"]) == (77, "this-host", "256 MB")


def test_a_look_that_changed_nothing_leaves_no_result(world: World) -> None:
    """As a worker runs the task, the results in the database."""
    from celery.app.trace import build_tracer
    from django_celery_results.models import TaskResult

    app = import_module("metafleet.hub.config.celery").app
    app.loader.import_default_modules()
    task = app.tasks["fleet.reconcile"]
    ids = {"tenant_id": str(world.person.tenant_id), "instance_id": str(world.instance_id)}
    trace = build_tracer(task.name, task, app=app)
    assert trace("first", (), ids).retval == "Start"
    world.now = NOW + A_SECOND
    assert trace("second", (), ids).retval == "Settle"
    assert list(TaskResult.objects.values_list("task_id", flat=True)) == ["first"]
