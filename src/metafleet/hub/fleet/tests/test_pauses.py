"""A pause is a contract: its mode reaches the runner, its owner's word stands, its time ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet import operations, pause_ends, pauses, places
from metafleet.hub.fleet.errors import PauseStands
from metafleet.hub.fleet.models import Command, CommandState, EAInstance, PauseMode
from metafleet.hub.fleet.tests.world import A_SECOND, World, answer, die, running, said
from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.kernel.tenancy import tenant_scope

pytestmark = pytest.mark.usefixtures("catalogue")

HOUR = timedelta(hours=1)


def wish(mode: PauseMode = PauseMode.HOLD, **others: Any) -> pauses.Wish:
    return pauses.Wish(mode=mode, **others)


def modes_told(world: World) -> list[tuple[str, str]]:
    """Return the mode and state of every PAUSE, oldest first."""
    with tenant_scope(world.person.tenant_id):
        told = Command.objects.filter(type="PAUSE").order_by("created_at")
        return [(row.payload["mode"], row.state) for row in told]


def paused(world: World, mode: PauseMode = PauseMode.HOLD, **others: Any) -> World:
    running(world)
    world.act(operations.pause, wish=wish(mode, **others))
    answer(world, "PAUSE")
    world.report("paused")
    world.reconcile(A_SECOND)
    assert world.instance().state == "paused"
    return world


def test_a_pause_is_told_to_the_runner_in_the_moment_that_it_is_wanted(world: World) -> None:
    running(world)
    world.act(operations.pause, wish=wish(PauseMode.FLATTEN, reason="News", until=world.now + HOUR))
    assert modes_told(world) == [("flatten", "queued")]
    world.reconcile(A_SECOND)
    assert modes_told(world) == [("flatten", "queued")]
    instance = world.instance()
    assert (instance.pause_mode, instance.paused_by, instance.pause_reason, instance.paused_until) == (
        "flatten",
        "alice@example.com",
        "News",
        world.now - A_SECOND + HOUR,
    )
    with tenant_scope(world.person.tenant_id):
        entry = AuditEntry.objects.get(action="instance.paused")
    assert entry.detail["mode"] == "flatten"
    assert entry.detail["reason"] == "News"


def test_another_mode_of_a_pause_is_told_and_told_again_until_it_is_done(world: World) -> None:
    paused(world)
    world.act(operations.pause, wish=wish(PauseMode.FREEZE))
    assert modes_told(world) == [("hold", "done"), ("freeze", "queued")]
    world.reconcile(A_SECOND)
    answer(world, "PAUSE", CommandState.DEAD)  # its terminal was away for too long
    world.reconcile(A_SECOND)
    assert modes_told(world)[1:] == [("freeze", "dead"), ("freeze", "queued")]
    answer(world, "PAUSE")
    assert world.reconcile(A_SECOND) == ["Settle"]
    assert len(modes_told(world)) == 3


def test_the_next_run_starts_in_the_mode_of_the_pause(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from metafleet.hub.fleet import assignment

    sealed: list[Any] = []
    seal = assignment.seal

    def keep(work: Any) -> Any:
        sealed.append(work)
        return seal(work)

    monkeypatch.setattr(assignment, "seal", keep)
    paused(world, PauseMode.FLATTEN)
    die(world)
    world.reconcile(timedelta(minutes=1))
    assert (sealed[-1].intent, sealed[-1].pause_mode) == ("paused", "flatten")
    world.report("paused")
    world.reconcile()
    assert modes_told(world) == [("flatten", "done")]


def test_a_pause_to_flatten_starts_what_had_crashed_too_often(world: World) -> None:
    running(world)
    with tenant_scope(world.person.tenant_id):
        EAInstance.objects.update(crash_count=99)
    die(world)
    world.reconcile(timedelta(minutes=5))
    assert world.instance().state == "error"
    world.act(operations.pause, wish=wish(PauseMode.FLATTEN))
    world.reconcile(A_SECOND)
    assert (world.run().intent, world.run().ended_at) == ("paused", None)


def test_a_pause_ends_at_its_time(world: World) -> None:
    paused(world, until=world.now + HOUR)
    assert pause_ends.lift_due(now=world.now + HOUR - A_SECOND * 5) == 0
    assert pause_ends.lift_due(now=world.now + HOUR) == 1
    instance = world.instance()
    assert (instance.desired_state, instance.pause_mode, instance.paused_until) == ("running", "", None)
    assert pause_ends.lift_due(now=world.now + HOUR) == 0
    with tenant_scope(world.person.tenant_id):
        assert AuditEntry.objects.get(action="instance.resumed").actor == "system:pause"


def test_a_pause_that_may_not_end_yet_stays_and_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metafleet.hub.kernel.errors import Refused

    def refuse(*_: Any, **__: Any) -> None:
        raise Refused("Your plan has no place for it.")

    paused(world, until=world.now + HOUR)
    monkeypatch.setattr(places, "lock_account_of", refuse)
    assert pause_ends.lift_due(now=world.now + HOUR) == 0
    instance = world.instance()
    assert (instance.desired_state, instance.paused_until) == ("paused", None)
    assert instance.pause_reason == (
        "Its pause was over, but it could not be resumed: Your plan has no place for it."
    )


@pytest.mark.parametrize("lifter", ["automation", "clock"])
def test_automation_does_not_lift_a_persons_pause(world: World, lifter: str) -> None:
    paused(world)
    with pytest.raises(PauseStands, match="stays so until its time or a person"):
        world.act(operations.resume, lifter=lifter)
    assert world.instance().desired_state == "paused"
    world.act(operations.resume)
    assert world.instance().desired_state == "running"


def test_automation_lifts_what_automation_paused(world: World) -> None:
    paused(world, is_person=False)
    world.act(operations.resume, lifter="automation")
    assert world.instance().desired_state == "running"


def test_the_clock_starts_nothing_that_was_stopped_meanwhile(world: World) -> None:
    paused(world, until=world.now + HOUR)
    world.act(operations.stop, close_positions=False)
    assert world.instance().paused_until is None
    with pytest.raises(PauseStands, match="is not paused any more"):
        world.act(operations.resume, lifter="clock")


def test_automation_makes_a_persons_pause_stricter_and_leaves_it_theirs(world: World) -> None:
    paused(world, PauseMode.TIGHTEN, reason="Holiday")
    world.act(operations.pause, wish=wish(PauseMode.FREEZE, reason="Loss limit", is_person=False))
    instance = world.instance()
    assert (instance.pause_mode, instance.paused_by_person, instance.pause_reason) == (
        "freeze",
        True,
        "Holiday",
    )
    world.act(operations.pause, wish=wish(PauseMode.HOLD, is_person=False, until=world.now + HOUR))
    instance = world.instance()
    assert (instance.pause_mode, instance.paused_until) == ("freeze", None)


@pytest.mark.parametrize(
    ("after", "word"), [(timedelta(0), "has passed"), (HOUR * 24 * 400, "within a year")]
)
def test_an_end_that_cannot_be_is_refused_and_pauses_nothing(
    world: World, after: timedelta, word: str
) -> None:
    running(world)
    with pytest.raises(Malformed, match=word):
        world.act(operations.pause, wish=wish(until=world.now + after))
    assert world.instance().desired_state == "running"
    assert said(world) == []


def test_what_the_plan_has_paused_stays_the_plans_however_strict_a_person_makes_it(world: World) -> None:
    paused(world, is_person=False)
    with tenant_scope(world.person.tenant_id):
        EAInstance.objects.update(paused_by=places.PLAN, pause_reason="Bronze allows 1 active EA")
    world.act(operations.pause, wish=wish(PauseMode.FLATTEN, reason="Kill switch"))
    instance = world.instance()
    assert (instance.pause_mode, instance.paused_by, instance.pause_reason) == (
        "flatten",
        "plan",
        "Bronze allows 1 active EA",
    )
    assert modes_told(world)[-1] == ("flatten", "queued")
