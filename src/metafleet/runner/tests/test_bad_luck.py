"""kill -9, absent gateways and brokers, faulty EAs: nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from metafleet.engine.broker.records import Deal
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import MAGIC, Broker, Runner, assignment, eager


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[Broker]:
    """A broker that the test kills; fast, so that an eager EA trades all the time."""
    running = Broker(tmp_path / "broker", "--source", "generator", "--speed", "600")
    running.start()
    yield running
    running.kill()


def all_are_there(gateway: Gateway, deals: list[Deal]) -> None:
    """Every one of these deals, with the broker's own figures."""
    gateway.wait_until(lambda: {deal.ticket for deal in deals} <= gateway.deals.keys())
    for deal in deals:
        told = gateway.deals[deal.ticket]
        assert (told["profit"] if deal.profit else "0.00") == str(deal.profit)
        assert told["timeMsc"] == deal.time_msc


def ends_and_starts_again_without_a_gap(gateway: Gateway, broker: Broker, login: int, runner: Runner) -> None:
    """An end leaves behind no deal from before it; a stop that is hit later waits for the next start."""
    before = broker.deals(login)
    runner.terminate()
    assert runner.exit_code() == 0
    assert {deal.ticket for deal in before} <= gateway.deals.keys()
    runner.start()
    all_are_there(gateway, broker.deals(login))


def nothing_is_doubled(broker: Broker, login: int) -> None:
    """The EA never has more than one position."""
    with broker.signed_in(login) as client:
        assert len([held for held in client.positions() if held.magic == MAGIC]) <= 1


def begin(broker: Broker, gateway: Gateway, runner: Runner) -> int:
    login = broker.open_account().login
    gateway.assignment = eager(broker, login)
    runner.start()
    gateway.wait_until(lambda: len(gateway.deals) > 3, within_s=30)
    return login


def test_kill_9_of_the_runner_loses_no_deal_and_doubles_no_position(
    frail: Broker, gateway: Gateway, runner: Runner
) -> None:
    login = begin(frail, gateway, runner)
    for _ in range(3):
        before = len(gateway.deals)
        runner.kill()
        runner.start()
        gateway.wait_for_deals(before + 2)
        nothing_is_doubled(frail, login)
    ends_and_starts_again_without_a_gap(gateway, frail, login, runner)


def test_deals_made_while_the_gateway_is_away_arrive_when_it_is_back(
    frail: Broker, gateway: Gateway, runner: Runner
) -> None:
    login = begin(frail, gateway, runner)
    gateway.stop()
    before = len(frail.deals(login))
    gateway.wait_until(lambda: len(frail.deals(login)) > before + 2, within_s=30)
    gateway.start()
    gateway.wait_until(lambda: len(gateway.deals) > before + 2, within_s=8)
    assert runner.is_alive()
    ends_and_starts_again_without_a_gap(gateway, frail, login, runner)


def test_deals_of_a_runner_killed_while_the_gateway_is_away_arrive_too(
    frail: Broker, gateway: Gateway, runner: Runner
) -> None:
    login = begin(frail, gateway, runner)
    gateway.stop()
    before = len(frail.deals(login))
    gateway.wait_until(lambda: len(frail.deals(login)) > before + 2, within_s=30)
    runner.kill()
    gateway.start()
    runner.start()
    all_are_there(gateway, frail.deals(login))


def test_kill_9_of_the_broker_is_survived_and_trading_goes_on(
    frail: Broker, gateway: Gateway, runner: Runner
) -> None:
    login = begin(frail, gateway, runner)
    for _ in range(2):
        frail.kill()
        gateway.wait_until(
            lambda: "terminal: " in gateway.heartbeats[-1]["expert"].get("lastError", ""), within_s=5
        )
        frail.start()
        gateway.wait_until(lambda: "lastError" not in gateway.heartbeats[-1]["expert"], within_s=10)
        before = len(gateway.deals)
        gateway.wait_for_deals(before + 2)
        nothing_is_doubled(frail, login)
    assert runner.is_alive()
    ends_and_starts_again_without_a_gap(gateway, frail, login, runner)


def test_a_command_waits_for_a_broker_that_is_away(frail: Broker, gateway: Gateway, runner: Runner) -> None:
    login = frail.open_account().login
    gateway.assignment = assignment(frail, login)
    runner.start()
    gateway.wait_until(lambda: "running" in gateway.statuses())
    frail.kill()
    gateway.command("OPEN", "waits-1", symbol="EURUSD", side="buy", volume=0.1)
    gateway.command("PING", "ping-1")
    assert gateway.result_of("ping-1")["result"]["terminalConnected"] is False
    frail.start()
    assert gateway.result_of("waits-1")["status"] == "done"


CUT = """
import sys
from metafleet.engine.broker.client import BrokerClient, BrokerUnavailable
send, cuts = BrokerClient.order_send, [{executed!r}]
def order_send(self, order):
    if not cuts:
        return send(self, order)
    if cuts.pop():
        send(self, order)
    self.close()
    raise BrokerUnavailable("cut by the test")
BrokerClient.order_send = order_send
from metafleet.runner.__main__ import main
sys.exit(main())
"""
"""Cuts the line under the first order, after or before the broker has executed it."""


@pytest.mark.parametrize("executed", [True, False])
def test_an_order_whose_answer_was_lost_is_neither_lost_nor_sent_twice(
    frail: Broker, gateway: Gateway, runner: Runner, executed: bool
) -> None:
    login = frail.open_account().login
    gateway.assignment = assignment(frail, login)
    runner.start(code=CUT.format(executed=executed))
    gateway.wait_until(lambda: "running" in gateway.statuses())
    gateway.command("OPEN", "abcd-1", symbol="EURUSD", side="buy", volume=0.1)
    assert gateway.result_of("abcd-1")["status"] == "done"
    assert ("was not executed" in runner.log()) is not executed
    assert [deal.comment for deal in frail.deals(login)] == ["Deposit", "mf:abcd1"]
    all_are_there(gateway, frail.deals(login))


@pytest.mark.parametrize("executed", [True, False])
def test_an_ea_whose_first_answer_was_lost_goes_on_with_one_position(
    frail: Broker, gateway: Gateway, runner: Runner, executed: bool
) -> None:
    login = frail.open_account().login
    gateway.assignment = eager(frail, login)
    runner.start(code=CUT.format(executed=executed))
    gateway.wait_until(lambda: len(gateway.deals) > 5, within_s=30)
    nothing_is_doubled(frail, login)
    assert runner.log().count("terminal lost") == 1
    ends_and_starts_again_without_a_gap(gateway, frail, login, runner)


def test_a_stop_that_waits_for_an_absent_broker_gives_way_to_sigterm(
    frail: Broker, gateway: Gateway, runner: Runner
) -> None:
    login = frail.open_account().login
    gateway.assignment = assignment(frail, login)
    runner.start()
    gateway.wait_until(lambda: "running" in gateway.statuses())
    frail.kill()
    gateway.command("STOP", "stop-1", closePositions=True)
    gateway.wait_until(lambda: gateway.statuses()[-1] == "stopping")
    runner.terminate()
    assert runner.exit_code() == 0
    result = gateway.result_of("stop-1")
    assert (result["status"], result["error"]) == ("failed", "ended before the positions could be closed")


def test_a_fenced_runner_sends_no_more_orders(frail: Broker, gateway: Gateway, runner: Runner) -> None:
    login = begin(frail, gateway, runner)
    gateway.token = "of the next generation"
    assert runner.exit_code() == 3
    made = len(frail.deals(login))
    assert "nothing more is sent" in runner.log()
    with frail.signed_in(login) as client:
        now_s = client.bars("GBPUSD", 1)[0].time_s
        gateway.wait_until(lambda: client.bars("GBPUSD", 1)[0].time_s > now_s + 600)
        opened = [deal for deal in client.deals()[made:] if deal.entry == 0]
    assert opened == []


def test_a_hub_restored_from_a_backup_gets_the_missing_deals_again(
    frail: Broker, gateway: Gateway, runner: Runner
) -> None:
    login = frail.open_account().login
    gateway.assignment = assignment(frail, login)
    runner.start()
    for _ in range(3):
        frail.order(login, action="deal", symbol="EURUSD", side="buy", volume=0.1)
    gateway.wait_until(lambda: len(gateway.deals) == 4)
    with gateway.changed:
        for ticket in sorted(gateway.deals)[1:]:
            del gateway.deals[ticket]
    gateway.wait_until(lambda: len(gateway.deals) == 4)


def test_an_ea_that_crashes_is_reported_and_its_positions_keep_their_stops(
    frail: Broker, gateway: Gateway, runner: Runner
) -> None:
    login = frail.open_account().login
    gateway.assignment = assignment(frail, login)
    code = (
        "import sys\n"
        "from metafleet.engine.experts.grid import GridTrading\n"
        "def on_bar(self, bar):\n"
        "    raise ZeroDivisionError('of the EA')\n"
        "GridTrading.on_bar = on_bar\n"
        "from metafleet.runner.__main__ import main\n"
        "sys.exit(main())\n"
    )
    runner.start(code=code)
    with frail.signed_in(login) as client:
        price = client.bars("GBPUSD", 1)[0].close
    frail.order(
        login, action="deal", symbol="GBPUSD", side="buy", volume=0.1, magic=MAGIC, sl=round(price - 0.05, 5)
    )
    assert runner.exit_code() == 1
    beat = gateway.heartbeats[-1]["expert"]
    assert (beat["status"], beat["lastError"]) == ("error", "expert: on_bar: ZeroDivisionError: of the EA")
    assert "Traceback" in runner.log()
    with frail.signed_in(login) as client:
        assert client.positions()[0].sl is not None
