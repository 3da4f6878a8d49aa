"""A runner that cannot renew its lease opens nothing more, then sends nothing; what hangs ends itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.records import SERVER_NAME, OrderRequest
from metafleet.runner.lease import Lease
from metafleet.runner.pause_rules import opens
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import MAGIC, PASSWORD, Broker, Runner, assignment, eager
from metafleet.wire import messages

TERMS = messages.Lease(open_s=1.0, trade_s=2.0)
HEARTBEAT = "/webhook/terminal/heartbeat"

HANGING = """
import sys, time
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.runner import __main__, uplink
uplink.STUCK_AFTER_S = 1.0
EXPERTS["grid"].on_tick = lambda self, tick: time.sleep(1000)
sys.exit(__main__.main(["--state-dir", {folder!r}]))
"""


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker on which an eager EA trades all the time."""
    running = Broker(tmp_path_factory.mktemp("fast"), "--source", "generator", "--speed", "600")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def login(fast: Broker) -> int:
    return fast.open_account().login


def silence(gateway: Gateway) -> None:
    """Let no heartbeat through; everything else is answered."""
    gateway.trouble = lambda path: (503, {}) if path == HEARTBEAT else None


def heal(gateway: Gateway) -> None:
    gateway.trouble = lambda _path: None


def trades(fast: Broker, login: int) -> int:
    return len(fast.deals(login)) - 1  # the deposit


def stands_still(gateway: Gateway, count: Callable[[], int], for_beats: int) -> bool:
    """Whether nothing is added while so many more heartbeats are tried."""
    before, tried = count(), gateway.requests.count(HEARTBEAT)
    gateway.wait_until(lambda: gateway.requests.count(HEARTBEAT) >= tried + for_beats, within_s=30)
    return count() == before


@pytest.mark.parametrize(
    ("at_s", "may_open", "may_trade"),
    [(9.9, True, True), (10.9, True, True), (11.0, False, True), (11.9, False, True), (12.0, False, False)],
)
def test_a_lease_counts_from_when_its_heartbeat_left(at_s: float, may_open: bool, may_trade: bool) -> None:
    lease = Lease(TERMS)
    lease.renew(10.0, TERMS)
    lease.renew(9.0, TERMS)  # an older one whose answer took longer
    assert (lease.may_open(at_s), lease.may_trade(at_s)) == (may_open, may_trade)


def test_before_the_first_heartbeat_there_is_no_lease_and_without_terms_there_is_always_one() -> None:
    assert (Lease(TERMS).may_open(0.0), Lease(TERMS).may_trade(0.0)) == (False, False)
    assert (Lease(None).may_open(1e9), Lease(None).may_trade(1e9)) == (True, True)


def test_nothing_is_traded_before_the_gateway_has_heard_the_runner(
    fast: Broker, login: int, gateway: Gateway, runner: Runner
) -> None:
    gateway.assignment = msgspec.structs.replace(eager(fast, login), lease=TERMS)
    silence(gateway)
    runner.start()
    assert stands_still(gateway, lambda: trades(fast, login), for_beats=5)
    heal(gateway)
    gateway.wait_for_deals(2)


def test_a_runner_that_is_cut_off_stops_trading_and_goes_on_when_it_is_heard_again(
    fast: Broker, login: int, gateway: Gateway, runner: Runner
) -> None:
    gateway.assignment = msgspec.structs.replace(eager(fast, login), lease=TERMS)
    runner.start()
    gateway.wait_for_deals(4)
    silence(gateway)
    gateway.wait_until(lambda: "the trading lease has run out" in runner.log())
    assert stands_still(gateway, lambda: trades(fast, login), for_beats=4)
    assert runner.is_alive()
    before = len(gateway.deals)
    heal(gateway)
    gateway.wait_for_deals(before + 4)
    gateway.wait_until(lambda: "lastError" not in gateway.heartbeats[-1]["expert"])


def test_first_it_opens_nothing_more_and_still_looks_after_what_is_open(
    fast: Broker, login: int, gateway: Gateway, runner: Runner
) -> None:
    terms = messages.Lease(open_s=1.0, trade_s=600.0)
    gateway.assignment = msgspec.structs.replace(eager(fast, login), lease=terms)
    runner.start()
    gateway.wait_for_deals(4)
    silence(gateway)
    tried = gateway.requests.count(HEARTBEAT)
    gateway.wait_until(lambda: gateway.requests.count(HEARTBEAT) > tried + 4, within_s=30)
    with fast.signed_in(login) as client:
        gateway.wait_until(lambda: not client.positions(), within_s=30)
    assert stands_still(gateway, lambda: trades(fast, login), for_beats=3)


def test_once_a_newer_generation_has_signed_in_the_older_one_ends_though_its_gateway_is_content(
    fast: Broker, login: int, gateway: Gateway, runner: Runner
) -> None:
    work = eager(fast, login)
    gateway.assignment = work
    runner.start()
    gateway.wait_for_deals(2)
    with BrokerClient("127.0.0.1", fast.port) as newer:
        newer.login(login, PASSWORD, SERVER_NAME, expert=work.instance_id, generation=work.generation + 1)
        before = trades(fast, login)
        assert runner.exit_code() == 4
        assert trades(fast, login) == before
    assert "generation 4 of this EA has signed in" in gateway.heartbeats[-1]["expert"]["lastError"]


def test_closing_what_was_left_waits_for_the_lease(
    fast: Broker, login: int, gateway: Gateway, runner: Runner
) -> None:
    fast.order(login, action="deal", symbol="GBPUSD", side="buy", volume=0.1, magic=MAGIC)
    gateway.assignment = msgspec.structs.replace(assignment(fast, login, intent="flatten"), lease=TERMS)
    silence(gateway)
    runner.start()
    assert stands_still(gateway, lambda: trades(fast, login), for_beats=3)
    heal(gateway)
    assert runner.exit_code() == 0
    assert trades(fast, login) == 2


def test_an_ea_that_does_not_come_back_from_a_tick_ends_its_process_and_says_why(
    fast: Broker, login: int, gateway: Gateway, runner: Runner
) -> None:
    gateway.assignment = assignment(fast, login)
    runner.start(code=HANGING.format(folder=str(runner.folder)))
    assert runner.exit_code() == 1
    assert "trading has not moved for" in gateway.heartbeats[-1]["expert"]["lastError"]


def test_an_order_is_known_by_whether_it_opens() -> None:
    assert opens(OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.1))
    assert not opens(OrderRequest(action="deal", position=7, side="sell", volume=0.1))
