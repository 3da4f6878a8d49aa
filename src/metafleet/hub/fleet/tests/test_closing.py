"""What is drained here is closed at its engine, and opened there when the drain is taken back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from metafleet.hub.fleet import closing, hosts
from metafleet.hub.fleet.drivers.contract import DriverError, Machine
from metafleet.hub.fleet.models import Host
from tests.cast import NOW

pytestmark = pytest.mark.django_db


class Engine:
    """Machines that it may start runners on, and whether it can be told."""

    def __init__(self, *names: str) -> None:
        self.machines = {
            name: Machine(name, cpu=2.0, memory_mb=8000, provider_id=f"i-{name}") for name in names
        }
        self.is_away = False
        self.told: list[tuple[str, bool]] = []

    def set_open(self, machine: Machine, *, is_open: bool) -> None:
        self.told.append((machine.name, is_open))
        if self.is_away:
            raise DriverError("The engine is away.", permanent=False)
        self.close(machine.name, is_open=is_open)

    def close(self, name: str, *, is_open: bool = False) -> None:
        self.machines[name] = replace(self.machines[name], is_open=is_open)

    def report(self) -> list[tuple[str, bool]]:
        """One report, as the worker takes it; return what the engine was told."""
        self.told = []
        seen = list(self.machines.values())
        hosts.record(driver="memory", seen=seen, usd_per_hour=Decimal(0), now=NOW)
        closing.tell(self, driver="memory", seen=seen)
        return self.told

    def open_ones(self) -> list[str]:
        return [name for name, machine in self.machines.items() if machine.is_open]


def host(name: str) -> Host:
    return Host.objects.get(name=name)


def drain(name: str) -> None:
    hosts.drain(host_id=host(name).id, reason="New kernel", now=NOW)


@pytest.fixture
def engine() -> Engine:
    made = Engine("a", "b")
    assert made.report() == []
    return made


def test_a_drained_host_is_closed_at_its_engine_once_and_opened_when_it_is_taken_back(engine: Engine) -> None:
    drain("a")
    assert engine.report() == [("a", False)]
    assert engine.report() == []
    assert (host("a").state, host("a").state_reason) == ("draining", "New kernel")
    hosts.activate(host_id=host("a").id)
    assert engine.report() == [("a", True)]
    assert engine.report() == []
    assert (host("a").state, host("a").is_told_closed) == ("active", False)


def test_what_the_engine_was_told_in_vain_is_told_again(engine: Engine) -> None:
    drain("a")
    engine.is_away = True
    assert engine.report() == engine.report() == [("a", False)]
    engine.is_away = False
    assert engine.report() == [("a", False)]
    assert engine.open_ones() == ["b"]
    hosts.activate(host_id=host("a").id)
    engine.is_away = True
    assert engine.report() == engine.report() == [("a", True)]
    assert host("a").state == "active"


def test_what_somebody_closed_at_the_engine_is_not_opened_from_here(engine: Engine) -> None:
    engine.close("a")
    assert engine.report() == []
    assert host("a").state_reason == hosts.CLOSED_BY_ENGINE
    hosts.activate(host_id=host("a").id)
    assert engine.report() == []
    assert (host("a").state, engine.open_ones()) == ("draining", ["b"])


def test_one_machine_stays_open_for_runs_that_close_positions(engine: Engine) -> None:
    drain("a")
    drain("b")
    assert engine.report() == [("a", False)]
    assert engine.report() == []
    assert engine.open_ones() == ["b"]
    hosts.activate(host_id=host("a").id)
    assert sorted(engine.report()) == [("a", True), ("b", False)]
    assert engine.open_ones() == ["a"]


def test_a_machine_that_is_down_is_told_when_it_is_heard(engine: Engine) -> None:
    drain("a")
    engine.machines["a"] = replace(engine.machines["a"], is_up=False)
    assert engine.report() == []
    engine.machines["a"] = replace(engine.machines["a"], is_up=True)
    assert engine.report() == [("a", False)]


def test_an_engine_that_cannot_be_told_is_left_alone(engine: Engine) -> None:
    drain("a")
    closing.tell(object(), driver="memory", seen=list(engine.machines.values()))
    assert not host("a").is_told_closed
