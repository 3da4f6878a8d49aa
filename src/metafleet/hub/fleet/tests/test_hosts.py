"""Hosts: they register, are lost and come back, are drained; and EAs move away from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet import hosts, operations, placement, steps
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.fleet.drivers.contract import Machine
from metafleet.hub.fleet.errors import WrongState
from metafleet.hub.fleet.models import AccountState, Host, Run
from metafleet.hub.fleet.placement import Need, Seat
from metafleet.hub.fleet.tests.world import A_SECOND, World, answer, die, running, said
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("catalogue")
HERE = Machine("here", cpu=2.0, memory_mb=8000, cpu_percent=40.0, memory_used_mb=1000.0)
THERE = Machine("there", cpu=4.0, memory_mb=16000)
A_WHILE = timedelta(minutes=2)


def register(*machines: Machine, at: timedelta = timedelta(0), price: str = "0.05") -> None:
    hosts.record(driver="memory", seen=machines, usd_per_hour=Decimal(price), now=NOW + at)


def host(name: str = "here") -> Host:
    return Host.objects.get(name=name)


def test_this_machine_registers_itself_with_its_load(db: None) -> None:
    (machine,) = driver("process").hosts()
    assert machine.cpu >= 1
    assert machine.memory_mb > (machine.memory_used_mb or 0) > 0
    assert 0 <= (machine.cpu_percent or 0) <= 100
    hosts.record(driver="process", seen=[machine], usd_per_hour=Decimal(0), now=NOW)
    assert (host(machine.name).state, host(machine.name).seen_at) == ("active", NOW)


def test_what_a_host_says_again_takes_the_place_of_what_it_said(db: None) -> None:
    register(HERE)
    register(Machine("here", 4.0, 8000, cpu_percent=10.0), at=A_WHILE, price="0.10")
    assert Host.objects.count() == 1
    found = host()
    assert (found.cpu, found.cpu_percent, found.memory_used_mb) == (4.0, 10.0, None)
    assert (found.usd_per_hour, found.seen_at) == (Decimal("0.10000"), NOW + A_WHILE)


def test_a_silent_host_is_lost_and_back_when_it_is_heard(db: None) -> None:
    register(HERE, THERE)
    register(THERE, at=A_WHILE)
    assert hosts.lose_silent(now=NOW + A_WHILE) == 1
    assert (host().state, host("there").state) == ("lost", "active")
    register(HERE, at=2 * A_WHILE)
    assert host().state == "active"


def test_what_its_engine_does_not_hear_is_lost_at_once(db: None) -> None:
    register(HERE, THERE)
    register(HERE, replace(THERE, is_up=False), at=A_SECOND)
    assert (host("there").state, host("there").seen_at) == ("lost", NOW)
    assert host("there").state_reason == "Its engine does not hear it"
    register(THERE, at=2 * A_SECOND)
    assert host("there").state == "active"


def test_a_host_that_its_engine_never_heard_is_none(db: None) -> None:
    register(replace(THERE, is_up=False))
    assert not Host.objects.exists()


def test_what_its_engine_closes_is_drained_until_it_opens_it(db: None) -> None:
    register(replace(THERE, provider_id="node-2"))
    register(replace(THERE, is_open=False, provider_id="node-2"), at=A_SECOND)
    found = host("there")
    assert (found.state, found.state_reason) == ("draining", hosts.CLOSED_BY_ENGINE)
    assert (found.drained_at, found.provider_id) == (NOW + A_SECOND, "node-2")
    register(THERE, at=2 * A_SECOND)
    assert (host("there").state, host("there").drained_at) == ("active", None)


def test_a_persons_drain_is_not_ended_by_an_open_engine(db: None) -> None:
    register(HERE)
    hosts.drain(host_id=host().id, reason="New kernel", now=NOW)
    register(replace(HERE, is_open=False), at=A_SECOND)
    register(HERE, at=2 * A_SECOND)
    assert (host().state, host().state_reason) == ("draining", "New kernel")


def test_a_drained_host_is_not_made_active_by_being_heard(db: None) -> None:
    register(HERE)
    hosts.drain(host_id=host().id, reason="New kernel", now=NOW)
    register(HERE, at=A_SECOND)
    assert (host().state, host().state_reason, host().drained_at) == ("draining", "New kernel", NOW)
    hosts.activate(host_id=host().id)
    assert (host().state, host().drained_at) == ("active", None)


def test_what_a_hosts_state_does_not_allow_is_refused_in_words(db: None) -> None:
    register(HERE)
    with pytest.raises(WrongState, match="only a host that is being drained"):
        hosts.activate(host_id=host().id)
    with pytest.raises(WrongState, match="wait until it is lost"):
        hosts.forget(host_id=host().id)
    hosts.lose_silent(now=NOW + A_WHILE)
    hosts.forget(host_id=host().id)
    with pytest.raises(WrongState, match="nothing to drain"):
        hosts.drain(host_id=host().id, reason="", now=NOW)


def seat(name: str, memory_mb: float, used_mb: float = 0, *, is_open: bool = True) -> Seat:
    return Seat(name, 4, memory_mb, Need(used_mb / 10_000, used_mb), is_open)


@pytest.mark.parametrize(
    ("seats", "chosen"),
    [
        ([seat("a", 1000, 500), seat("b", 1000, 400)], "b"),
        ([seat("a", 1000, 400), seat("b", 10000, 3000)], "b"),  # the share counts, not the amount
        ([seat("a", 1000), seat("b", 1000)], "a"),
        ([seat("a", 1000, is_open=False), seat("b", 1000, 700)], "b"),
        ([seat("a", 1000, 800), seat("b", 1000, is_open=False)], None),
        ([], None),
    ],
)
def test_an_ea_goes_to_the_open_host_that_is_least_full(seats: list[Seat], chosen: str | None) -> None:
    assert placement.choose(seats, Need(0.1, 100)) == chosen


def test_room_is_what_the_tighter_resource_leaves() -> None:
    assert placement.room(seat("a", 1000), Need(0.1, 100)) == 8
    assert placement.room(seat("a", 1000, 450), Need(0.1, 100)) == 4
    assert placement.room(seat("a", 100_000), Need(0.5, 10)) == 6
    assert placement.room(seat("a", 1000, is_open=False), Need(0.1, 100)) == 0
    assert placement.room(seat("a", 1000, 990), Need(0.1, 100)) == 0


def test_an_ea_is_planned_with_what_it_was_measured_to_use() -> None:
    asked = Need(0.25, 256)
    assert placement.request(asked, None) == asked
    assert placement.request(asked, Need(0.04, 80)) == Need(0.05, 100)
    assert placement.request(asked, Need(0.0, 1)) == Need(placement.LEAST_CPU, placement.LEAST_MEMORY_MB)
    assert placement.request(asked, Need(2, 4000)) == asked


def measured(world: World) -> None:
    with tenant_scope(world.person.tenant_id):
        Run.objects.update(cpu_percent=4.0, memory_mb=80.0)


def test_the_survey_counts_what_lives_by_what_was_measured(world: World) -> None:
    running(world)
    measured(world)
    register(HERE, THERE)
    fleet = placement.survey()
    assert fleet.counts == {"here": 1}
    assert fleet.typical == Need(0.05, 100)
    assert fleet.seats["here"].used == Need(0.05, 100)
    assert fleet.seats["there"].used == Need(0, 0)


def drained(world: World) -> None:
    running(world)
    register(HERE, THERE)
    hosts.drain(host_id=host().id, reason="", now=NOW)


def positions(world: World, count: int) -> None:
    with tenant_scope(world.person.tenant_id):
        AccountState.objects.update(open_positions=count)


def move(world: World, *, even_with_positions: bool = False) -> tuple[int, int, int]:
    done = placement.move_away(
        host=host(), actor="op@example.com", even_with_positions=even_with_positions, now=world.now
    )
    return done.moved, len(done.waiting), done.homeless


def test_a_flat_ea_is_moved_away_from_a_drained_host_and_runs_on_elsewhere(world: World) -> None:
    drained(world)
    assert move(world) == (1, 0, 0)
    assert world.instance().host == host("there")
    assert said(world) == [("STOP", "queued")]
    assert move(world) == (0, 0, 0)  # it goes already
    answer(world, "STOP")
    world.report("stopped")
    world.driver.alive.clear()
    world.reconcile(A_SECOND)
    world.report()
    world.reconcile()
    instance = world.instance()
    assert (instance.state, instance.desired_state, instance.generation) == ("running", "running", 2)
    assert instance.crash_count == 0
    assert [spec.host for spec in world.driver.started] == ["", "there"]
    with tenant_scope(world.person.tenant_id):
        entry = AuditEntry.objects.get(action="instance.moved")
        assert (entry.actor, entry.detail) == ("op@example.com", {"to": "there"})


def test_an_ea_whose_account_holds_positions_stays_unless_it_is_said(world: World) -> None:
    drained(world)
    positions(world, 1)
    assert move(world) == (0, 1, 0)
    assert said(world) == []
    assert placement.move_all_due(now=world.now) == 0
    assert move(world, even_with_positions=True) == (1, 0, 0)
    with tenant_scope(world.person.tenant_id):
        assert world.instance().terminal.commands.get().payload == {"closePositions": False}


def test_without_a_host_that_has_room_an_ea_stays(world: World) -> None:
    drained(world)
    hosts.drain(host_id=host("there").id, reason="", now=NOW)
    assert move(world) == (0, 0, 1)
    assert said(world) == []


def test_an_ea_is_not_bound_to_a_host_that_is_no_longer_open(world: World) -> None:
    drained(world)
    move(world)
    assert placement.home(world.instance()) == "there"
    Host.objects.filter(name="there").update(state="lost")
    assert placement.home(world.instance()) == ""


def test_a_drain_moves_by_itself_what_is_flat(world: World) -> None:
    drained(world)
    assert placement.move_all_due(now=world.now) == 1
    assert placement.move_all_due(now=world.now) == 0


def test_a_draining_host_takes_no_start_and_the_ea_says_what_it_waits_for(world: World) -> None:
    register(HERE)
    hosts.drain(host_id=host().id, reason="New kernel", now=NOW)
    world.reconcile()
    instance = world.instance()
    assert instance.state == "deploying"
    assert instance.status_text == "here is being drained: it starts when a host takes EAs again"
    assert world.driver.started == []
    assert instance.generation == 0
    hosts.activate(host_id=host().id)
    world.reconcile(steps.ROOM_AGAIN)
    assert len(world.driver.started) == 1


def test_a_draining_host_does_not_start_again_what_ended_on_it(world: World) -> None:
    running(world)
    register(HERE, THERE)
    for name in ("here", "there"):
        hosts.drain(host_id=host(name).id, reason="", now=NOW)
    die(world, "running")
    world.reconcile(A_WHILE)
    assert world.instance().status_text.startswith("All 2 hosts are being drained")
    assert len(world.driver.started) == 1


def test_positions_that_are_to_be_closed_are_closed_on_a_draining_host_too(world: World) -> None:
    running(world)
    register(HERE)
    hosts.drain(host_id=host().id, reason="", now=NOW)
    world.act(operations.stop, close_positions=True)
    die(world, "running")
    world.reconcile(A_WHILE)
    assert [run.intent for run in runs(world)] == ["run", "flatten"]


def runs(world: World) -> list[Run]:
    with tenant_scope(world.person.tenant_id):
        return list(Run.objects.order_by("generation"))


def test_another_drivers_draining_host_is_nobodys_hindrance(world: World) -> None:
    hosts.record(driver="process", seen=[HERE], usd_per_hour=Decimal(0), now=NOW)
    hosts.drain(host_id=host().id, reason="", now=NOW)
    world.reconcile()
    assert len(world.driver.started) == 1


def test_a_start_is_told_which_of_an_engines_hosts_to_avoid(world: World) -> None:
    register(replace(HERE, provider_id="node-1"), replace(THERE, provider_id="node-2"))
    hosts.drain(host_id=host().id, reason="", now=NOW)
    world.reconcile()
    assert world.driver.started[0].avoid == ("node-1",)


def test_where_an_engine_has_put_it_is_written_when_the_engine_says(world: World) -> None:
    world.reconcile()
    assert world.run().host == "here"
    world.driver.where = "node-2"
    world.reconcile(A_SECOND)
    assert world.run().host == "node-2"
