"""The terminal is killed before each thing that lasts: a byte on the disk, a request, an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.harness.machine import Machine
from connectors.harness.mt4 import Mt4Terminal
from connectors.harness.running import Killed, Running
from connectors.tests.desk import Desk
from connectors.tests.hub import LEASE_S, Asked


def at_every_point(desk: Desk, ask: Callable[[], Asked], check: Callable[[Asked], None]) -> None:
    """Kill it later each time, until it is done before; then begin anew and see what became of it."""
    for count in range(200):
        desk.machine.seed = count
        command = ask()
        is_killed = desk.is_killed(command, count)
        desk.live_on()
        assert command.answers, f"killed at {count}"
        assert {one["status"] for one in command.answers} == {"done"}, f"killed at {count}"
        check(command)
        for one in desk.hands.held():
            desk.hands.close(one)
        if not is_killed:
            assert count > 12, "the points are those of the command"
            desk.live(5)
            desk.check()
            return
    pytest.fail("it never ends")


def marked(desk: Desk, command: Asked) -> int:
    """Return how many orders of a command the terminal's books show."""
    mark = f"mf:{command.id.replace('-', '')[:12]}"
    if isinstance(desk.terminal, Mt4Terminal):
        orders = (*desk.terminal.pool.values(), *desk.terminal.history)
        return sum(one.comment.startswith(mark) for one in orders)
    return sum(deal.comment.startswith(mark) for deal in desk.terminal.deals())


def test_it_opens_once_wherever_it_is_killed(desk: Desk) -> None:
    def check(command: Asked) -> None:
        assert marked(desk, command) == 1

    at_every_point(desk, lambda: desk.hub.ask("OPEN", symbol="EURUSD", side="sell", volume=0.01), check)


def test_it_closes_a_part_once_wherever_it_is_killed(desk: Desk) -> None:
    def ask() -> Asked:
        ticket = desk.hands.open("EURUSD", is_buy=True, lots=0.1)
        return desk.hub.ask("CLOSE", ticket=ticket, volume=0.03)

    def check(command: Asked) -> None:
        assert desk.hands.held()[-1].lots == pytest.approx(0.07), command
        assert len(desk.hands.held()) == 1

    at_every_point(desk, ask, check)


def test_what_is_opened_after_a_killed_close_all_stays(desk: Desk) -> None:
    for count in (0, 12, 20, 26):
        desk.hands.open("EURUSD", is_buy=True, lots=0.1)
        desk.hands.open("GBPUSD", is_buy=False, lots=0.1)
        desk.machine.advance_to(desk.machine.now_msc() + 5_000)
        command = desk.hub.ask("CLOSE_ALL")
        assert desk.is_killed(command, count)
        has_begun = len(desk.hands.held()) < 2
        desk.machine.advance_to(desk.machine.now_msc() + 5_000)
        later = desk.hands.open("EURUSD", is_buy=False, lots=0.2)
        desk.live_on()
        assert [one["status"] for one in command.answers][-1:] == ["done"]
        if has_begun:
            assert [one.ticket for one in desk.hands.held()] == [later]
        for one in desk.hands.held():
            desk.hands.close(one)
    desk.live(10)
    desk.check()


def together(machine: Machine, programs: list[Running], seconds: int) -> None:
    """Let time go by for several programs of one machine: each has its timer."""
    for _ in range(seconds):
        machine.advance_to(machine.now_msc() + 1_000)
        for program in programs:
            program.timer()


def test_two_charts_with_a_connector_are_one(desk: Desk) -> None:
    first, second = desk.begin(), desk.begin()
    first.init()
    second.init()
    together(desk.machine, [first, second], 5)
    before = len(desk.machine.requests)
    together(desk.machine, [second], 15)
    assert len(desk.machine.requests) == before
    assert [line for line in second.log if "another chart" in line] != []
    command = desk.hub.ask("OPEN", symbol="EURUSD", side="buy", volume=0.01)
    together(desk.machine, [first, second], 10)
    assert marked(desk, command) == 1
    # The first chart is closed: the second takes over with what the first has written.
    first.deinit()
    first.close()
    desk.hands.open("EURUSD", is_buy=True, lots=0.1)
    together(desk.machine, [second], 15)
    desk.check()
    assert sum(address.endswith("/enrol") for _, address, _ in desk.machine.requests) == 1


def test_a_second_chart_ends_what_a_killed_one_began(desk: Desk) -> None:
    def kill_at(asked: list[str]) -> bool:
        return asked[-1] in {"OrderGet", "HistoryDealsTotal", "FileOpen"} and "OrderSend" in asked

    first, second = desk.begin(kill_at), desk.begin()
    first.init()
    second.init()
    command = desk.hub.ask("OPEN", symbol="EURUSD", side="buy", volume=0.01)
    with pytest.raises(Killed):
        together(desk.machine, [first, second], 10)
    assert (marked(desk, command), command.answers) == (1, [])
    together(desk.machine, [second], 20 + LEASE_S)
    assert marked(desk, command) == 1
    assert [one["status"] for one in command.answers] == ["done"]


def test_a_journal_that_is_lost_does_not_make_an_order_twice(desk: Desk) -> None:
    command = desk.hub.ask("OPEN", symbol="EURUSD", side="buy", volume=0.01)

    def kill_at(asked: list[str]) -> bool:
        return "OrderSend" in asked and asked[-1] != "OrderSend"

    with desk.begin(kill_at) as life:
        life.init()
        with pytest.raises(Killed):
            life.pass_time(10)
    for path in desk.machine.folder.rglob("*-commands.?"):
        path.unlink()
    desk.live_on()
    assert marked(desk, command) == 1
    assert [one["status"] for one in command.answers] == ["done"]


@pytest.mark.parametrize("answer", ["429", "500", "404 of a proxy", "garbage", "slow", "lost"])
def test_a_hub_that_is_ill_loses_no_result(desk: Desk, answer: str) -> None:
    ill: dict[str, Any] = {
        "429": lambda *_: (429, b"Retry-After: 3\r\n", b'{"status": 429, "detail": "slow down"}'),
        "500": lambda *_: (500, b"", b"oops"),
        "404 of a proxy": lambda *_: (404, b"", b"<html>not found</html>"),
        "garbage": lambda *_: (200, b"", b"<html>hotel wifi</html>"),
        "slow": _raising(TimeoutError),
        "lost": lambda *said: (desk.hub(*said), _raising(ConnectionResetError)())[0],
    }
    command = desk.hub.ask("OPEN", symbol="EURUSD", side="buy", volume=0.01)
    with desk.begin() as life:
        life.init()
        while not command.attempt:
            life.pass_time(1)
        desk.machine.web = ill[answer]
        desk.hands.deposit(5.0)
        life.pass_time(40)
        desk.machine.web = desk.hub
        life.pass_time(240)
    assert marked(desk, command) == 1
    assert {one["status"] for one in command.answers} == {"done"}
    desk.check()


def _raising(error: type[OSError]) -> Callable[..., tuple[int, bytes, bytes]]:
    def fail(*_: object) -> tuple[int, bytes, bytes]:
        raise error

    return fail
