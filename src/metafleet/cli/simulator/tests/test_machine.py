"""What is simulated beside the deals: machines, what their agents see, and what open positions are worth."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from metafleet.cli.simulator.command import _check
from metafleet.cli.simulator.machine import Machine, Watch
from metafleet.cli.simulator.plan import Plan, PlanRefused, habits
from metafleet.cli.simulator.swing import Swing
from metafleet.wire import messages

FLEET: dict[str, Any] = {"terminals": 15, "minutes": 1.0, "hosts": 3}


def test_a_report_is_what_the_protocol_says() -> None:
    report = {"terminalId": "1", **Watch(Machine(7, 1), 11, 1).said()}
    said = msgspec.json.decode(msgspec.json.encode(report), type=messages.MachineReport)
    assert UUID(said.machine.id)
    assert said.machine.cpu_percent is not None
    assert said.machine.cpu_percent > 80
    assert said.terminal.connected is False


def test_lines_are_told_once_and_again_when_the_hub_did_not_take_them() -> None:
    watch = Watch(Machine(0, 1), 0, 1)
    first, again = watch.said()["terminal"], watch.said()["terminal"]
    assert first["logLines"]
    assert again["logLines"][: len(first["logLines"])] == first["logLines"]
    told = []
    for _ in range(40):
        watch.told()
        told.append(watch.said()["terminal"])
    assert any("logLines" not in each for each in told)
    assert all(len(each.get("logLines", ())) <= 40 for each in told)


def test_an_account_that_loses_loses_with_each_heartbeat() -> None:
    swing, seen = Swing(random.Random(1), is_losing=True), []
    for _ in range(100):
        swing.step(1_000_000, is_open=False)
        seen.append(swing.floating_cents)
    assert seen[:3] == [-10_000, -20_000, -30_000]
    assert min(seen) == seen[-1] == -600_000


def test_another_account_wanders_while_something_is_open_and_not_far() -> None:
    swing, seen = Swing(random.Random(1), is_losing=False), set()
    for _ in range(500):
        swing.step(1_000_000, is_open=True)
        seen.add(swing.floating_cents)
    assert len(seen) > 100
    assert max(map(abs, seen)) <= 20_000
    swing.step(1_000_000, is_open=False)
    assert swing.floating_cents == 0


def test_terminals_are_spread_over_machines_and_none_of_them_is_mt4() -> None:
    plan = Plan(**FLEET)
    assert [plan.host_of(index) for index in range(15)] == [0] * 5 + [1] * 5 + [2] * 5
    assert {habits(index, plan).platform for index in range(15)} == {"mt5"}


@pytest.mark.parametrize(
    ("facts", "option"),
    [
        ({"hosts": 1_001, "terminals": 1_001}, "--hosts"),
        ({"hosts": -1}, "--hosts"),
        ({"hosts": 2, "terminals": 66}, "--terminals-per-host"),
        ({"losing": 16}, "--losing"),
    ],
)
def test_a_fleet_that_cannot_be_is_refused_by_its_option(facts: dict[str, Any], option: str) -> None:
    with pytest.raises(PlanRefused, match=option):
        _check(Plan(**{**FLEET, **facts}))
