"""The runner as a process, with the real broker beside it and a gateway that the test can trouble."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from metafleet.engine.broker.records import OrderRequest
from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.runner.folder import FolderTaken, hold
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import MAGIC, PASSWORD, Broker, Runner, assignment
from metafleet.wire import messages

Start = Callable[..., int]


@pytest.fixture
def start(broker: Broker, gateway: Gateway, runner: Runner) -> Start:
    """Start a runner on a new account and return the login."""

    def begin(wait_for: str = "running", **changes: object) -> int:
        login = broker.open_account().login
        gateway.assignment = assignment(broker, login, **changes)
        runner.start()
        if wait_for:
            gateway.wait_until(lambda: wait_for in gateway.statuses())
        return login

    return begin


def test_it_reports_who_it_is_and_how_the_account_stands(
    start: Start, gateway: Gateway, broker: Broker
) -> None:
    login = start()
    gateway.wait_until(lambda: gateway.heartbeats[-1]["expert"].get("firstTickAt"))
    beat = gateway.heartbeats[-1]
    cls = EXPERTS["grid"]
    assert beat["protocol"] == 2
    assert beat["platform"] == "paper"
    assert beat["accountInfo"]["login"] == login
    assert beat["accountInfo"]["balance"] == "10000.00"
    assert beat["expert"]["generation"] == 3
    assert (beat["expert"]["version"], beat["expert"]["hash"]) == (cls.version, content_hash(cls))
    assert beat["expert"]["symbol"] == "GBPUSD"
    assert "lastError" not in beat["expert"]
    assert gateway.statuses() == ["starting", "running"]


def test_the_opening_deposit_is_reported_as_a_balance_deal(start: Start, gateway: Gateway) -> None:
    start()
    gateway.wait_until(lambda: gateway.deals)
    (deal,) = gateway.deals.values()
    assert (deal["dealType"], deal["profit"]) == (2, "10000.00")
    assert "type" not in deal


def test_history_goes_out_as_candles_and_closed_bars_follow(start: Start, gateway: Gateway) -> None:
    start()
    gateway.wait_until(lambda: gateway.candles)
    first = gateway.candles[0]
    times = [candle["time"] for candle in first["candles"]]
    assert (first["symbol"], len(times) >= 250) == ("GBPUSD", True)
    assert times == sorted(set(times))
    gateway.wait_until(lambda: gateway.candles[-1]["candles"][-1]["time"] > times[-1] + 60)


def test_a_deal_is_posted_within_50_ms_of_the_brokers_answer(
    start: Start, gateway: Gateway, broker: Broker
) -> None:
    login = start()
    gateway.wait_until(lambda: gateway.deals)
    delays = []
    order = OrderRequest(action="deal", symbol="GBPUSD", side="buy", volume=0.01)
    with broker.signed_in(login) as client:
        for _ in range(5):
            known = len(gateway.deals)
            client.order_send(order)
            answered_s = time.time()
            gateway.wait_for_deals(known)
            delays.append(gateway.deal_posts[-1][0] - answered_s)
    assert sorted(delays)[2] < 0.05, delays


def test_positions_follow_a_deal_at_once(start: Start, gateway: Gateway, broker: Broker) -> None:
    login = start()
    ticket = broker.order(login, action="deal", symbol="EURUSD", side="sell", volume=0.1, magic=9)
    gateway.wait_until(lambda: gateway.positions and gateway.positions[-1])
    held = gateway.positions[-1][0]
    assert (held["ticket"], held["symbol"], held["type"], held["volume"]) == (ticket, "EURUSD", "SELL", 0.1)


def test_a_wrong_token_on_stdin_ends_it_for_good(runner: Runner, gateway: Gateway) -> None:
    runner.start(token="expired")
    assert runner.exit_code() == 4
    assert "the assignment was refused" in runner.log()


def test_another_hash_than_its_own_code_ends_it_for_good(
    start: Start, runner: Runner, gateway: Gateway
) -> None:
    start(wait_for="", hash="sha256:00")
    assert runner.exit_code() == 4
    beat = gateway.heartbeats[-1]
    assert beat["expert"]["status"] == "error"
    assert "assigned grid 1.0.0 sha256:00" in beat["expert"]["lastError"]
    assert beat["expert"]["hash"] == content_hash(EXPERTS["grid"])


def test_a_refused_login_ends_it_for_good(
    broker: Broker, runner: Runner, gateway: Gateway, start: Start
) -> None:
    login = broker.open_account().login
    wrong = messages.BrokerLogin(
        host="127.0.0.1", port=broker.port, login=login, password="wrong", server="metafleet-Paper"
    )
    start(wait_for="", broker=wrong)
    assert runner.exit_code() == 4
    assert gateway.heartbeats[-1]["expert"]["status"] == "error"
    assert "accountInfo" not in gateway.heartbeats[-1]


def test_inputs_outside_their_schema_end_it_for_good(start: Start, runner: Runner, gateway: Gateway) -> None:
    start(wait_for="", inputs={"step_point": 5})
    assert runner.exit_code() == 4
    assert "did you mean step_points?" in gateway.heartbeats[-1]["expert"]["lastError"]


def test_sigterm_stops_it_cleanly_and_leaves_positions_open(
    start: Start, runner: Runner, gateway: Gateway, broker: Broker
) -> None:
    login = start()
    broker.order(login, action="deal", symbol="GBPUSD", side="buy", volume=0.1, magic=MAGIC)
    runner.terminate()
    assert runner.exit_code() == 0
    # That it is stopping may be overtaken by that it has stopped.
    assert gateway.statuses()[-1] == "stopped"
    assert set(gateway.deals) == {deal.ticket for deal in broker.deals(login)}
    with broker.signed_in(login) as client:
        assert len(client.positions()) == 1


@pytest.mark.parametrize("expert", ["grid", "withdrawn-since"])
def test_flatten_closes_its_own_positions_and_no_others(
    runner: Runner, gateway: Gateway, broker: Broker, expert: str
) -> None:
    login = broker.open_account().login
    broker.order(login, action="deal", symbol="GBPUSD", side="buy", volume=0.1, magic=MAGIC)
    other = broker.order(login, action="deal", symbol="EURUSD", side="buy", volume=0.1, magic=1)
    gateway.assignment = assignment(broker, login, intent="flatten", expert=expert, hash="sha256:another")
    runner.start()
    assert runner.exit_code() == 0
    assert set(gateway.deals) == {deal.ticket for deal in broker.deals(login)}
    assert gateway.statuses()[-1] == "stopped"
    with broker.signed_in(login) as client:
        assert [held.ticket for held in client.positions()] == [other]


def test_a_gateway_that_is_away_at_the_start_is_waited_for(
    start: Start, gateway: Gateway, broker: Broker, runner: Runner
) -> None:
    gateway.stop()
    login = broker.open_account().login
    gateway.assignment = assignment(broker, login)
    runner.start()
    gateway.start()
    gateway.wait_until(lambda: "running" in gateway.statuses())


def test_a_renewed_token_is_used_and_the_old_one_forgotten(start: Start, gateway: Gateway) -> None:
    start()
    gateway.next_token = "renewed"
    gateway.wait_until(lambda: gateway.token == "renewed")
    count = len(gateway.heartbeats)
    gateway.wait_until(lambda: len(gateway.heartbeats) > count + 1)


def test_a_voided_token_fences_it_off_at_once(start: Start, gateway: Gateway, runner: Runner) -> None:
    start()
    gateway.token = "of a newer generation"
    assert runner.exit_code(5.0) == 3


def test_its_secrets_are_nowhere_to_be_seen(start: Start, runner: Runner) -> None:
    start()
    pid = runner.process.pid
    seen = runner.log() + Path(f"/proc/{pid}/cmdline").read_text()
    seen += Path(f"/proc/{pid}/environ").read_text()
    seen += "".join(path.read_text() for path in runner.folder.iterdir())
    assert PASSWORD not in seen
    assert "token" not in "".join(path.read_text() for path in runner.folder.iterdir()).lower()


def test_two_runners_never_share_a_folder(start: Start, runner: Runner) -> None:
    start()
    with pytest.raises(FolderTaken, match="another runner holds"):
        hold(runner.folder, within_s=0.0)
