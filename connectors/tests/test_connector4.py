"""MetafleetConnector.mq4: MetaTrader 4 has orders and no deals, and its tickets close in any order."""

from __future__ import annotations

import pytest

from connectors.harness.mt4 import BUY, SELL, Mt4Terminal
from connectors.tests.conftest import Scene
from connectors.tests.test_connector5 import live_until_killed, questions_after


def test_an_old_ticket_that_closes_late_is_not_missed(scene4: Scene[Mt4Terminal]) -> None:
    terminal = scene4.terminal
    old, new = terminal.open("EURUSD", BUY, 0.1), terminal.open("EURUSD", SELL, 0.2)
    program = scene4.begin()
    program.init()
    program.pass_time(5)
    terminal.close(new.ticket)
    scene4.machine.advance_to(scene4.machine.now_msc() + 3_600_000)
    program.pass_time(10)
    program.close()
    scene4.machine.advance_to(scene4.machine.now_msc() + 86_400_000)
    terminal.close(old.ticket)
    again = scene4.begin()
    again.init()
    again.pass_time(10)
    assert scene4.journal() == scene4.history()


def test_a_command_opens_closes_and_is_told(scene4: Scene[Mt4Terminal]) -> None:
    program = scene4.begin()
    program.init()
    program.pass_time(5)
    command = scene4.command("OPEN", symbol="EURUSD", side="buy", volume=0.3, stopLoss=0.9)
    program.pass_time(10)
    assert scene4.state_of(command)["state"] == "done"
    [held] = scene4.terminal.pool.values()
    assert held.comment == f"mf:{command.replace('-', '')[:12]}"
    assert held.stop_loss == 0.9
    close = scene4.command("CLOSE", ticket=held.ticket, volume=0.1)
    program.pass_time(10)
    assert scene4.state_of(close)["state"] == "done"
    [rest] = scene4.terminal.pool.values()
    assert rest.lots == pytest.approx(0.2)
    assert scene4.journal() == scene4.history()


@pytest.mark.parametrize(("name", "kind"), [("OrderSend", "OPEN"), ("OrderClose", "CLOSE")])
def test_wherever_it_is_killed_an_order_is_sent_once(
    scene4: Scene[Mt4Terminal], name: str, kind: str
) -> None:
    with scene4.begin() as program:
        program.init()
        program.pass_time(5)
    for count in range(0, 24, 6):
        held = scene4.terminal.open("EURUSD", BUY, 0.1)
        before = set(scene4.terminal.pool)
        if kind == "OPEN":
            command = scene4.command("OPEN", symbol="EURUSD", side="sell", volume=0.01)
        else:
            command = scene4.command("CLOSE", ticket=held.ticket)
        live_until_killed(scene4, questions_after(name, count))
        with scene4.begin() as after:
            after.init()
            after.pass_time(20)
            for _ in range(3):
                scene4.leases_run_out()
                after.pass_time(5)
        assert scene4.state_of(command)["state"] == "done", f"killed {count} after {name}"
        if kind == "OPEN":
            assert len(set(scene4.terminal.pool) - before) == 1
        else:
            assert before - set(scene4.terminal.pool) == {held.ticket}
    assert scene4.journal() == scene4.history()
