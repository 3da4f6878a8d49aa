"""Long lives of a connector before the real gateway: at their end the journal is the terminal's history."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from connectors.harness.machine import Asked, Machine
from connectors.harness.mt4 import Mt4Terminal
from connectors.harness.mt5 import Mt5Terminal
from connectors.harness.running import Killed, Running
from connectors.tests.conftest import Gateway, Scene, configured, played
from connectors.tests.hands import hands_on, trade

A_DAY_MSC, AN_HOUR_S, FRIDAY = 86_400_000, 3_600, 4
Desk = Scene[Any]


@pytest.fixture(params=["mt5", "mt4"])
def either(request: pytest.FixtureRequest, transactional_db: None) -> Desk:
    """A hedging account on either platform; the server's clock is three hours ahead."""
    desk: Desk = request.getfixturevalue("scene4" if request.param == "mt4" else "scene")
    return desk


@pytest.fixture
def netting(
    transactional_db: None, gateway: Gateway, connector5: Path, tmp_path: Path
) -> Iterator[Scene[Mt5Terminal]]:
    machine = Machine(tmp_path, allowed=(gateway.url,))
    yield from played(gateway, connector5, machine, Mt5Terminal(machine, configured("netting")))


def raising(error: type[OSError]) -> Asked:
    def fail(*_: object) -> None:
        raise error

    return fail


WEATHERS: Final[tuple[Asked | None, ...]] = (
    None,
    lambda *_: (429, b"Retry-After: 2\r\n", b'{"status": 429, "detail": "slow down"}'),
    lambda *_: (500, b"", b"oops"),
    lambda *_: (404, b"Server: proxy\r\n", b"<html>not found</html>"),
    lambda *_: (200, b"", b'{"half": '),
    raising(TimeoutError),
    raising(ConnectionResetError),
)


def losing_answers(desk: Desk) -> Callable[[], None]:
    """Let requests arrive and their answers not; return what ends it."""
    carry = desk.machine.carry

    def lose(*said: Any) -> tuple[int, bytes, bytes]:
        carry(*said)
        raise ConnectionResetError

    def end() -> None:
        desk.machine.carry = carry

    desk.machine.carry = lose
    return end


def a_bad_month(desk: Desk, days: int = 22) -> set[str]:
    """Trade as a person does, while the hub is ill and the terminal is killed; return what was done."""
    chance, hands, done = random.Random(23), hands_on(desk.terminal), set[str]()
    program = fresh(desk)
    for day in range(days):
        desk.machine.web = WEATHERS[day % len(WEATHERS)]
        end = losing_answers(desk) if day % 5 == 4 else None
        done.add(trade(hands, chance))
        if desk.machine.platform == "mql5":
            program.event("trade")
        try:
            program.pass_time(5)
        except Killed:
            program = fresh(desk)
        done.add(trade(hands, chance))
        if end:
            end()
        if day % 4 == 3:
            program.close()
            after = chance.randrange(200, 1_500)
            program = fresh(desk, kill_at=lambda asked, after=after: len(asked) > after)
        # The machine sleeps meanwhile: no timer is called, and the market goes on.
        desk.machine.advance_to(desk.machine.now_msc() + int(chance.uniform(0.5, 1.5) * A_DAY_MSC))
        while datetime.fromtimestamp(desk.machine.now_msc() / 1000 + AN_HOUR_S, UTC).weekday() > FRIDAY:
            desk.machine.advance_to(desk.machine.now_msc() + A_DAY_MSC // 2)
    program.close()
    desk.machine.web = None
    return done


def fresh(desk: Desk, **options: Any) -> Running:
    program = desk.begin(**options)
    try:
        program.init()
    except Killed:
        return fresh(desk)
    return program


def settle(desk: Desk, seconds: float = 80) -> None:
    """Live on in fair weather."""
    with desk.begin() as program:
        program.init()
        program.pass_time(seconds)


def check(desk: Desk) -> None:
    """The journal has the terminal's deals, to the cent and to the second."""
    assert desk.journal() == desk.history()
    assert desk.times() == desk.terminal.times()


def test_a_month_of_bad_weather_is_in_the_journal(either: Desk) -> None:
    settle(either, 8)
    assert {"open", "part", "all", "close by", "money"} <= a_bad_month(either)
    settle(either)
    assert len(either.history()) > 25
    check(either)
    account = either.ask(f"/api/accounts/{either.account_id}")
    assert account["balance"] == pytest.approx(either.terminal.on_AccountInfo("ACCOUNT_BALANCE"))


def test_a_bad_month_of_a_netting_account_is_too(netting: Scene[Mt5Terminal]) -> None:
    settle(netting, 8)
    a_bad_month(netting)
    settle(netting)
    entries = {deal.entry for deal in netting.terminal.deals()}
    assert entries >= {0, 1, 2}, "deals in, out and in/out"
    check(netting)


def test_a_gateway_that_is_killed_is_waited_for(either: Desk) -> None:
    """By SIGKILL, with deals and a command's result to tell; then it is started again."""
    hands = hands_on(either.terminal)
    program = fresh(either)
    program.pass_time(5)
    hands.open("EURUSD", is_buy=True, lots=0.1)
    command = either.command("OPEN", symbol="GBPUSD", side="buy", volume=0.02)

    def dies_with_the_order(method: str, address: str, _: bytes) -> None:
        if len(hands.held()) == 2:
            either.gateway.kill()

    either.machine.web = dies_with_the_order
    try:
        program.pass_time(10)
        assert either.gateway.process is None
        hands.close(hands.held()[0])
        hands.deposit(50.0)
        if either.machine.platform == "mql5":
            program.event("trade")
        program.pass_time(60)
        assert either.state_of(command)["state"] == "leased"
    finally:
        either.machine.web = None
        either.gateway.kill()
        either.gateway.start()
    program.pass_time(180)
    assert either.state_of(command)["state"] == "done"
    assert [one.symbol for one in hands.held()] == ["GBPUSD"]
    check(either)


def at(desk: Desk, year: int, month: int, day: int, hour: int, minute: int = 0) -> None:
    """Sleep until a moment, UTC."""
    moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
    desk.machine.advance_to(int(moment.timestamp() * 1000))


@pytest.mark.parametrize("is_alive", [True, False], ids=["awake", "off"])
def test_a_server_that_sets_its_clock_moves_no_deal(either: Desk, is_alive: bool) -> None:
    """Athens: on 26 October, 01:00 UTC, summer time ends."""
    hands = hands_on(either.terminal)
    settle(either, 8)
    at(either, 2025, 10, 24, 14, 0)
    hands.open("EURUSD", is_buy=True, lots=0.1)
    hands.open("GBPUSD", is_buy=False, lots=0.2)
    settle(either, 15)
    # These are told only after the change.
    hands.close(hands.held()[1])
    hands.open("EURUSD", is_buy=False, lots=0.3)
    at(either, 2025, 10, 25, 20, 0)
    program = fresh(either) if is_alive else None
    at(either, 2025, 10, 26, 0, 59)
    if program:
        either.machine.web = raising(TimeoutError)
        program.pass_time(90)
        either.machine.web = None
    at(either, 2025, 10, 27, 9, 0)
    for held in hands.held():
        hands.close(held)
    hands.open("EURUSD", is_buy=True, lots=0.1)
    if program:
        program.pass_time(100)
    settle(either)
    check(either)


@pytest.mark.parametrize(
    ("platform", "zone"), [("mt5", "Europe/Athens"), ("mt4", "America/New_York+7"), ("mt5", "UTC")]
)
def test_a_history_from_before_the_first_pairing_keeps_its_times(
    platform: str, zone: str, request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path
) -> None:
    """Nobody watched the clock being set; Athens and New York set theirs a week apart, and UTC never does."""
    gateway, is_four = request.getfixturevalue("gateway"), platform == "mt4"
    binary = request.getfixturevalue("connector4" if is_four else "connector5")
    machine = Machine(tmp_path, "mql4" if is_four else "mql5", allowed=(gateway.url,))
    terminal: Any = (Mt4Terminal if is_four else Mt5Terminal)(machine, configured(zone=zone))
    for desk in played(gateway, binary, machine, terminal):
        hands = hands_on(terminal)
        for month, day in ((9, 9), (10, 24), (10, 29), (11, 4), (11, 11)):
            at(desk, 2025, month, day, 14)
            hands.open("EURUSD", is_buy=True, lots=0.1)
            hands.close(hands.held()[0])
        settle(desk, 20)
        assert len(desk.journal()) > 9
        check(desk)


@pytest.mark.parametrize("wrong_s", [-5_400, 40 * 86_400])
def test_a_machine_whose_clock_is_wrong_moves_no_deal(either: Desk, wrong_s: int) -> None:
    hands = hands_on(either.terminal)
    either.machine.wrong_s = wrong_s
    hands.open("EURUSD", is_buy=True, lots=0.1)
    hands.close(hands.held()[0])
    program = fresh(either)
    program.pass_time(10)
    for either.machine.wrong_s in (3_700, 0, -50_000):
        hands.open("EURUSD", is_buy=True, lots=0.1)
        program.pass_time(6)
        hands.close(hands.held()[0])
        program.pass_time(6)
    settle(either, 20)
    check(either)


def shifted(offset_s: Callable[[], int], apart_s: int) -> int:
    return offset_s() + apart_s


def test_a_server_whose_clock_is_a_little_off_is_in_its_zone(either: Desk) -> None:
    real = either.machine.server_offset_s
    hands = hands_on(either.terminal)
    program = fresh(either)
    program.pass_time(5)
    for apart_s in (-200, 130, -90, 500):
        either.machine.server_offset_s = partial(shifted, real, apart_s)
        program.pass_time(5)
    # And for a moment it says nothing that could be a clock.
    either.machine.server_offset_s = lambda: -900_000_000
    program.pass_time(5)
    either.machine.server_offset_s = real
    hands.open("EURUSD", is_buy=True, lots=0.1)
    hands.close(hands.held()[0])
    program.pass_time(10)
    check(either)
    beats = [body for _, address, body in either.machine.requests if address.endswith("/heartbeat")]
    assert all(b'"utcOffset":10800' in body or b"utcOffset" not in body for body in beats)


def test_a_terminal_begun_on_a_weekend_waits_for_the_first_price(scene4: Scene[Mt4Terminal]) -> None:
    """MetaTrader 4's clock is that of its last tick: on a Saturday it stands still and says nothing."""
    hands = hands_on(scene4.terminal)
    hands.open("EURUSD", is_buy=True, lots=0.1)
    hands.close(hands.held()[0])
    at(scene4, 2025, 9, 13, 12, 0)
    program = fresh(scene4)
    program.pass_time(30)
    assert scene4.ask(f"/api/accounts/{scene4.account_id}")["balance"] is not None
    assert scene4.journal() == {}
    at(scene4, 2025, 9, 15, 8, 0)
    program.pass_time(10)
    check(scene4)
    # Once it is known it is kept, for the next weekend.
    at(scene4, 2025, 9, 20, 12, 0)
    scene4.terminal.deposit(100.0)
    settle(scene4, 75)
    check(scene4)


def test_two_terminals_on_one_account_tell_each_deal_once(either: Desk, tmp_path: Path) -> None:
    hands = hands_on(either.terminal)
    first = fresh(either)
    first.pass_time(5)
    (tmp_path / "second").mkdir()
    machine = either.machine.beside(tmp_path / "second")
    made = either.alice.client.post(
        f"/api/accounts/{either.account_id}/terminals", {"label": "Laptop"}, "application/json"
    )
    inputs = {**either.inputs, "InpPairingCode": made.json()["pairingCode"]}
    with Running(either.binary, either.terminal, machine, inputs) as second:
        second.init()
        chance = random.Random(7)
        for _ in range(6):
            trade(hands, chance)
            command = either.command("OPEN", symbol="EURUSD", side="buy", volume=0.02)
            for _ in range(6):
                either.machine.advance_to(either.machine.now_msc() + 1_000)
                first.timer()
                second.timer()
            assert either.state_of(command)["state"] == "done"
        assert second.faults == []
    assert sum(one.lots == pytest.approx(0.02) for one in hands.held()) >= 1
    check(either)
