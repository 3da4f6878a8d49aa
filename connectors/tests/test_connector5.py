"""MetafleetConnector.mq5 on a paper terminal, before the real gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.harness.machine import NO_CONNECTION
from connectors.harness.mt5 import Mt5Terminal
from connectors.harness.running import Killed
from connectors.tests.conftest import Scene

A_MINUTE = 60.0


def order(scene: Scene[Mt5Terminal], **fields: Any) -> Any:
    """Trade by hand in the terminal, beside the connector."""
    request: dict[str, Any] = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, **fields}
    tick = scene.terminal.api.symbol_info_tick(request["symbol"])
    assert tick is not None
    request.setdefault("price", tick.ask if request["type"] == 0 else tick.bid)
    done = scene.terminal.api.order_send(request)
    assert done is not None, scene.terminal.api.last_error()
    return done


def test_a_code_pairs_it_and_the_account_is_reported(scene: Scene[Mt5Terminal]) -> None:
    program = scene.begin()
    assert program.init() == 0
    program.pass_time(10)
    account = scene.ask(f"/api/accounts/{scene.account_id}")
    assert account["balance"] == 10_000
    assert scene.journal() == scene.history()
    again = scene.begin()
    again.init()
    again.pass_time(10)
    paths = [address.rsplit("/", 1)[-1] for _, address, _ in scene.machine.requests]
    assert paths.count("enrol") == 1


def test_what_happened_while_it_was_away_is_fetched(scene: Scene[Mt5Terminal]) -> None:
    program = scene.begin()
    program.init()
    program.pass_time(5)
    program.close()
    for _ in range(3):
        order(scene, volume=0.2)
        scene.machine.advance_to(scene.machine.now_msc() + 3_600_000)
    again = scene.begin()
    again.init()
    again.pass_time(20)
    assert scene.journal() == scene.history()


def test_an_address_that_is_not_allowed_is_named_once(scene: Scene[Mt5Terminal]) -> None:
    scene.machine.allowed = ()
    program = scene.begin()
    program.init()
    program.pass_time(A_MINUTE)
    told = [line for line in program.log if "Allow WebRequest" in line]
    assert len(told) == 1
    assert scene.gateway.url in told[0]
    scene.machine.allowed = (scene.gateway.url,)
    program.pass_time(30)
    assert scene.journal() == scene.history()


def test_a_command_opens_and_tells_what_came_of_it(scene: Scene[Mt5Terminal]) -> None:
    program = scene.begin()
    program.init()
    program.pass_time(5)
    command = scene.command("OPEN", symbol="EURUSD", side="buy", volume=0.3, comment="by desk")
    program.pass_time(10)
    row = scene.state_of(command)
    assert row["state"] == "done", row
    [position] = scene.terminal.api.positions_get() or ()
    assert position.volume == 0.3
    assert position.comment == f"mf:{command.replace('-', '')[:12]} by desk"
    close = scene.command("CLOSE", ticket=position.ticket, volume=0.1)
    program.pass_time(10)
    assert scene.state_of(close)["state"] == "done"
    [position] = scene.terminal.api.positions_get() or ()
    assert position.volume == pytest.approx(0.2)
    assert scene.journal() == scene.history()


def test_it_trades_only_where_it_may(scene: Scene[Mt5Terminal]) -> None:
    scene.inputs["InpMayTrade"] = False
    program = scene.begin()
    program.init()
    program.pass_time(5)
    command = scene.command("OPEN", symbol="EURUSD", side="buy", volume=0.3)
    program.pass_time(10)
    row = scene.state_of(command)
    assert "only reports" in str(row["error"])
    assert not scene.terminal.api.positions_get()


def live_until_killed(scene: Scene[Any], kill_at: Callable[[list[str]], bool]) -> None:
    with scene.begin(kill_at=kill_at) as life:
        try:
            life.init()
            life.pass_time(60)
        except Killed:
            return
    pytest.fail("it was not killed")


def questions_after(name: str, count: int) -> Callable[[list[str]], bool]:
    """Cut the power so many questions after the first of that name: 0 is before it was answered."""
    return lambda asked: name in asked and len(asked) - 1 - asked.index(name) == count


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        # Before and while it asks for commands, around the order, while it tells: test_kills has every point.
        ("EventSetMillisecondTimer", range(0, 700, 230)),
        ("OrderSend", range(0, 60, 15)),
    ],
)
def test_wherever_it_is_killed_an_order_is_sent_once_and_told(
    scene: Scene[Mt5Terminal], name: str, counts: range
) -> None:
    with scene.begin() as program:
        program.init()
        program.pass_time(5)
    for count in counts:
        scene.machine.seed = count
        command = scene.command("OPEN", symbol="EURUSD", side="sell", volume=0.01)
        live_until_killed(scene, questions_after(name, count))
        with scene.begin() as after:
            after.init()
            after.pass_time(20)
            for _ in range(3):
                scene.leases_run_out()
                after.pass_time(5)
        mark = f"mf:{command.replace('-', '')[:12]}"
        made = [deal for deal in scene.terminal.deals() if deal.comment.startswith(mark)]
        assert len(made) == 1, f"killed {count} after {name}: {scene.state_of(command)}"
        assert scene.state_of(command)["state"] == "done", f"killed {count} after {name}"
    assert scene.journal() == scene.history()


@pytest.mark.parametrize(
    "answer",
    [
        (429, b"Retry-After: 3\r\n", b'{"detail": "slow down"}'),
        (500, b"", b"oops"),
        (200, b"", b"<html>hotel wifi</html>"),
    ],
)
def test_an_answer_that_is_none_costs_nothing_but_time(
    scene: Scene[Mt5Terminal], answer: tuple[int, bytes, bytes]
) -> None:
    program = scene.begin()
    program.init()
    program.pass_time(5)
    scene.machine.web = lambda *_: answer
    order(scene)
    program.event("trade")
    before = len(scene.machine.requests)
    program.pass_time(5 * A_MINUTE)
    assert scene.journal() != scene.history()
    assert len(scene.machine.requests) - before < 110, "it backs off"
    scene.machine.web = None
    program.pass_time(3 * A_MINUTE)
    assert scene.journal() == scene.history()


def test_a_full_disk_is_said_and_nothing_is_traded_unwritten(scene: Scene[Mt5Terminal]) -> None:
    program = scene.begin()
    program.init()
    program.pass_time(5)
    scene.machine.is_full = True
    command = scene.command("OPEN", symbol="EURUSD", side="buy", volume=0.1)
    program.pass_time(20)
    assert not scene.terminal.api.positions_get()
    assert any("make room on this disk" in line for line in program.log)
    scene.machine.is_full = False
    program.pass_time(A_MINUTE)
    assert "disk is full" in str(scene.state_of(command)["error"])


def test_a_revoked_terminal_asks_to_be_paired_again(scene: Scene[Mt5Terminal]) -> None:
    program = scene.begin()
    program.init()
    program.pass_time(5)
    [terminal] = scene.ask(f"/api/accounts/{scene.account_id}/terminals")
    scene.alice.client.post(f"/api/terminals/{terminal['id']}/revoke")
    order(scene)
    program.event("trade")
    program.pass_time(5 * A_MINUTE)
    assert any("pair it again" in line for line in program.log)
    assert scene.journal() != scene.history()
    scene.inputs["InpPairingCode"] = scene.code()
    again = scene.begin()
    again.init()
    again.pass_time(20)
    assert scene.journal() == scene.history()


def test_a_code_that_is_refused_stops_nobody_who_is_paired(scene: Scene[Mt5Terminal]) -> None:
    with scene.begin() as program:
        program.init()
        program.pass_time(5)
    scene.inputs["InpPairingCode"] = "WRNG-CODE"
    again = scene.begin()
    again.init()
    again.pass_time(5)
    order(scene)
    again.event("trade")
    again.pass_time(20)
    assert scene.journal() == scene.history()
    paths = [address.rsplit("/", 1)[-1] for _, address, _ in scene.machine.requests]
    assert paths.count("enrol") == 2
    assert any("pairing code was refused" in line for line in again.log)


def test_no_connection_is_an_error_of_the_web_alone(scene: Scene[Mt5Terminal]) -> None:
    def broken(*_: object) -> None:
        raise ConnectionResetError

    program = scene.begin()
    program.init()
    program.pass_time(5)
    scene.machine.web = broken
    program.pass_time(30)
    assert any(str(NO_CONNECTION) in line for line in program.log)
