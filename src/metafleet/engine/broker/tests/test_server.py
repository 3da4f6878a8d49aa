"""The broker over its socket, as a process of its own."""

from __future__ import annotations

import itertools
import math
import os
import random
import select
import socket
import struct
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from metafleet.engine.broker import frames, messages
from metafleet.engine.broker.client import (
    AdminRefused,
    BrokerClient,
    BrokerUnavailable,
    LoginRefused,
    RequestRefused,
    UnknownSymbol,
)
from metafleet.engine.broker.records import (
    SERVER_NAME,
    AccountInfo,
    ClosedEvent,
    DealEvent,
    OrderRequest,
    TickEvent,
)
from metafleet.engine.broker.tests.bench import market_order
from metafleet.engine.broker.tests.process import (
    ADMIN_KEY,
    PASSWORD,
    READY_S,
    BrokerProcess,
    events_until,
    first_line,
    launched,
)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    with BrokerProcess(tmp_path_factory.mktemp("broker"), "--speed", "20") as broker:
        yield broker


@pytest.fixture
def alice(broker: BrokerProcess) -> AccountInfo:
    return broker.new_account()


@pytest.fixture
def client(broker: BrokerProcess, alice: AccountInfo) -> Iterator[BrokerClient]:
    with broker.signed_in(alice.login) as client:
        yield client


def test_an_account_is_opened_with_its_deposit(client: BrokerClient, alice: AccountInfo) -> None:
    info = client.account()
    assert info == alice
    assert (info.balance, info.currency, info.leverage, info.server) == (
        Decimal("10000.00"),
        "USD",
        100,
        SERVER_NAME,
    )
    (deal,) = client.deals()
    assert (deal.type, deal.profit, deal.comment) == (2, Decimal("10000.00"), "Deposit")


def test_symbols_and_bars_are_there_from_the_first_moment(client: BrokerClient) -> None:
    assert [spec.name for spec in client.symbols()] == ["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"]
    assert client.symbol("XAUUSD").contract_size == 100
    bars = client.bars("GBPUSD", 500)
    assert len(bars) == 500
    assert all(a.time_s + 60 == b.time_s for a, b in itertools.pairwise(bars))
    for ask in (lambda: client.symbol("EURCHF"), lambda: client.bars("EURCHF")):
        with pytest.raises(UnknownSymbol, match="the market quotes EURUSD"):
            ask()


def test_an_order_is_executed_told_and_kept(client: BrokerClient) -> None:
    client.subscribe(["EURUSD"])
    opened = client.order_send(market_order("buy", 0.1, magic=7, comment="mf:1"))
    closed = client.order_send(OrderRequest(action="close", position=opened.order))
    events = events_until(client, 2, DealEvent)
    told = [event.deal for event in events if isinstance(event, DealEvent)]
    assert told == client.deals()[1:]
    assert [(deal.ticket, deal.entry, deal.magic) for deal in told] == [
        (opened.deal, 0, 7),
        (closed.deal, 1, 7),
    ]
    assert client.account().balance == sum(deal.net for deal in client.deals())
    assert client.positions() == []


def test_ticks_come_for_subscribed_symbols_only(client: BrokerClient) -> None:
    client.subscribe(["USDJPY", "XAUUSD"])
    events = [e for e in events_until(client, 30, TickEvent) if isinstance(e, TickEvent)]
    assert {event.symbol for event in events} == {"USDJPY", "XAUUSD"}
    for symbol in ("USDJPY", "XAUUSD"):
        times = [event.time_msc for event in events if event.symbol == symbol]
        assert times == sorted(times)
    with pytest.raises(UnknownSymbol):
        client.subscribe(["EURCHF"])


def test_who_waits_for_bars_is_told_of_each_minute_once(client: BrokerClient) -> None:
    client.subscribe(["EURUSD"], bars=True)
    told: list[TickEvent] = []
    while len(told) < 2:
        told += [event for event in client.poll(READY_S) if isinstance(event, TickEvent)]
    at_once, first = (event.time_msc // 60_000 for event in told)
    assert at_once < first
    newest = client.quote("EURUSD")
    assert newest is not None
    assert newest.time_msc >= told[-1].time_msc
    client.subscribe(["EURUSD"])
    times = {
        event.time_msc for _ in range(5) for event in client.poll(READY_S) if isinstance(event, TickEvent)
    }
    assert len(times) > len({time // 60_000 for time in times})


def test_deals_of_an_account_reach_all_its_clients_and_no_other(
    broker: BrokerProcess, client: BrokerClient, alice: AccountInfo
) -> None:
    charlie = broker.new_account()
    with broker.signed_in(alice.login) as second, broker.signed_in(charlie.login) as stranger:
        second.subscribe([])
        stranger.subscribe([])
        opened = client.order_send(market_order("buy", 0.1))
        (event,) = events_until(second, 1, DealEvent)
        assert isinstance(event, DealEvent)
        assert event.deal.ticket == opened.deal
        own = stranger.order_send(market_order("buy", 0.1))
        events = events_until(stranger, 1, DealEvent)
        assert [e.deal.ticket for e in events if isinstance(e, DealEvent)] == [own.deal]
        assert stranger.order_send(OrderRequest(action="close", position=opened.order)).retcode == 10036


def test_a_bell_ends_a_poll_and_disturbs_no_question(broker: BrokerProcess) -> None:
    hears, rings = os.pipe()
    login = broker.new_account().login
    with BrokerClient("127.0.0.1", broker.port, bell=hears) as client:
        client.login(login, PASSWORD, SERVER_NAME)
        os.write(rings, b"!")
        assert client.account().login == login
        assert client.poll(60.0) == []  # rung before, and heard by the poll
        threading.Timer(0.05, os.write, (rings, b"!")).start()
        assert client.poll(60.0) == []
        assert client.account().login == login
    os.close(hears)
    os.close(rings)


def test_several_threads_may_ask_at_once(client: BrokerClient) -> None:
    client.subscribe(["EURUSD"])
    found: list[int] = []

    def trade() -> None:
        for _ in range(20):
            result = client.order_send(market_order("buy", 0.01))
            found.append(result.deal)
            client.account()
            client.poll()

    threads = [threading.Thread(target=trade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(READY_S)
    assert len(set(found)) == 80
    assert sorted(found) == [deal.ticket for deal in client.deals()][1:]


@pytest.mark.parametrize("most_bytes", [1, 40, 4_000])
def test_requests_are_answered_in_order_however_they_arrive(
    broker: BrokerProcess, alice: AccountInfo, most_bytes: int
) -> None:
    said = [
        messages.Login(id=0, login=alice.login, password=PASSWORD, server=SERVER_NAME),
        *(messages.GetAccount(id=number) for number in range(1, 40)),
        messages.GetDeals(id=40, after_ticket=0, limit=0),
        messages.GetAccount(id=41),
    ]
    data = b"".join(frames.frame(msgspec.msgpack.encode(request)) for request in said)
    chance, answered, unread = random.Random(most_bytes), list[int](), b""
    with socket.create_connection(("127.0.0.1", broker.port), timeout=READY_S) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while len(answered) < len(said):
            step = chance.randint(1, most_bytes)
            line.sendall(data[:step])
            data = data[step:]
            # Now and then everything has been answered before more is asked.
            while not data or select.select([line], [], [], chance.choice([0, 0, 0.005]))[0]:
                unread += line.recv(65_536)
                while len(unread) >= 4 and len(unread) >= (end := 4 + frames.body_length(unread[:4])):
                    answer = msgspec.msgpack.decode(unread[4:end], type=messages.Answer | messages.Failure)
                    answered.append(answer.id)
                    unread = unread[end:]
                if len(answered) == len(said):
                    break
    assert answered == list(range(len(said)))


def test_wrong_credentials_are_refused(broker: BrokerProcess, alice: AccountInfo) -> None:
    with broker.client() as client:
        for login, password, server in (
            (alice.login, "wrong", SERVER_NAME),
            (1, PASSWORD, SERVER_NAME),
            (-(1 << 63), PASSWORD, SERVER_NAME),
            (alice.login, PASSWORD, "other-Server"),
            (alice.login, "x" * 10_000, SERVER_NAME),
        ):
            with pytest.raises(LoginRefused, match="wrong login, password or server"):
                client.login(login, password, server)
        with pytest.raises(RequestRefused, match="sign in"):
            client.account()


def test_guessing_passwords_is_slowed_down(broker: BrokerProcess) -> None:
    login = broker.new_account().login
    with broker.client() as client:
        for _ in range(5):
            with pytest.raises(LoginRefused, match="wrong login"):
                client.login(login, "guess", SERVER_NAME)
    with broker.client() as client, pytest.raises(LoginRefused, match="too many failed attempts"):
        client.login(login, PASSWORD, SERVER_NAME)


def test_the_admin_key_is_needed_to_open_accounts(broker: BrokerProcess, client: BrokerClient) -> None:
    with pytest.raises(AdminRefused, match="wrong admin key"):
        client.open_account("guess", name="Charlie", password=PASSWORD, deposit=Decimal(1))
    with pytest.raises(AdminRefused, match="deposit"):
        client.open_account(ADMIN_KEY, name="Charlie", password=PASSWORD, deposit=Decimal("NaN"))
    # The connection goes on with the account that it had.
    assert client.account().name == "Alice"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (market_order("buy", math.nan), 10014),
        (market_order("buy", 1e300), 10014),
        (market_order("buy", 0.1, "X" * 5_000), 10013),
        (market_order("buy", 0.1, sl=math.inf), 10016),
        (market_order("buy", 0.1, magic=(1 << 64) - 1), 10013),
        ({"action": "hack"}, 10013),
        ({"action": "deal", "symbol": 5}, 10013),
        ({"action": "close", "position": "all"}, 10013),
        ([1, 2, 3], 10013),
        (None, 10013),
    ],
)
def test_a_nonsense_order_gets_a_return_code(client: BrokerClient, order: OrderRequest, code: int) -> None:
    assert client.order_send(order).retcode == code
    assert len(client.deals()) == 1


def test_questions_are_bounded(client: BrokerClient) -> None:
    for limit, after in ((0, 0), (5_001, 0), (1, -1)):
        with pytest.raises(RequestRefused, match="limit"):
            client.deals(after, limit)
    assert client.bars("EURUSD", 0) == []
    assert len(client.bars("EURUSD", 1 << 40)) <= 5_000


def spoken(broker: BrokerProcess, data: bytes) -> bytes:
    """Send bytes as they are and return everything that comes back until the broker closes."""
    with socket.create_connection(("127.0.0.1", broker.port), timeout=READY_S) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (struct.pack(">I", 65_537), b"65537 bytes"),
        (struct.pack(">I", 0xFFFFFFFF), b"at most 65536"),
        (b"GET / HTTP/1.1\r\n\r\n", b"at most 65536"),
        (frames.frame(b"\xc1"), b"not a request"),
        (frames.frame(b""), b"not a request"),
        (frames.frame(msgspec.msgpack.encode({"op": "login", "id": 1})), b"not a request"),
        (frames.frame(msgspec.msgpack.encode({"op": "steal", "id": 1})), b"not a request"),
        (frames.frame(b"\x91" * 50_000), b"not a request"),
    ],
)
def test_who_does_not_speak_the_protocol_is_told_and_cut_off(
    broker: BrokerProcess, data: bytes, says: bytes
) -> None:
    assert says in spoken(broker, data)
    broker.new_account()


def test_a_slow_reader_loses_ticks_and_no_deal(tmp_path: Path) -> None:
    """One client reads nothing while the market races; it then gets the newest tick, and every deal."""
    with BrokerProcess(tmp_path, "--speed", "max", "--ticks-per-bar", "4") as fast:
        login = fast.new_account().login
        with fast.signed_in(login) as trader, fast.client() as slow:
            slow.login(login, PASSWORD, SERVER_NAME)
            slow.subscribe(["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"])
            sent = [trader.order_send(market_order("buy", 0.01)).deal for _ in range(50)]
            events = events_until(slow, len(sent), DealEvent)
            told = [e.deal.ticket for e in events if isinstance(e, DealEvent) and e.deal.entry == 0]
            assert told == sent
            for symbol in ("EURUSD", "GBPUSD"):
                times = [e.time_msc for e in events if isinstance(e, TickEvent) and e.symbol == symbol]
                assert times == sorted(times)


def test_a_stopped_broker_says_goodbye_and_leaves_positions_open(tmp_path: Path) -> None:
    with BrokerProcess(tmp_path, "--speed", "20") as broker:
        login = broker.new_account().login
        with broker.signed_in(login) as client:
            client.subscribe([])
            opened = client.order_send(market_order("buy", 0.1))
            assert broker.terminate() == 0
            events = events_until(client, 1, ClosedEvent)
            assert events[-1] == ClosedEvent("the broker is stopping")
            with pytest.raises(BrokerUnavailable, match="stopping"):
                client.poll()
            with pytest.raises(BrokerUnavailable, match="stopping"):
                client.account()
        broker.start()
        with broker.signed_in(login) as client:
            assert [held.ticket for held in client.positions()] == [opened.order]


def test_without_a_broker_there_is_one_clear_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(BrokerUnavailable, match=f"no broker at 127.0.0.1:{port}") as error:
        BrokerClient("127.0.0.1", port)
    assert error.value.permanent is False


def test_a_broker_that_does_not_answer_is_given_up() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        BrokerClient("127.0.0.1", silent.getsockname()[1], timeout_s=0.1) as client,
        pytest.raises(BrokerUnavailable, match=r"no answer from the broker within 0\.1 s"),
    ):
        client.account()


def test_without_an_admin_key_no_account_is_opened(tmp_path: Path) -> None:
    broker = BrokerProcess(tmp_path, admin_key=None)
    with broker, broker.client() as client, pytest.raises(AdminRefused, match="without an admin key"):
        client.open_account("", name="Alice", password=PASSWORD, deposit=Decimal(1))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--source", "/nowhere"), "metafleet broker: the market source '/nowhere' does not exist\n"),
        (("--speed", "0"), "'0' is neither a number above 0 nor max"),
        (("--ticks-per-bar", "0"), "is not from 1 to 5000"),
        (("--commission", "nan"), "is not from 0 to 1000 USD"),
        (("--port", "70000"), "is not a port"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    process = launched(tmp_path, *options)
    error = process.communicate(timeout=READY_S)[1]
    assert process.returncode in (1, 2)
    assert says in error
    assert "Traceback" not in error


def test_a_taken_port_is_one_clear_sentence(broker: BrokerProcess, tmp_path: Path) -> None:
    process = launched(tmp_path, port=broker.port)
    error = process.communicate(timeout=READY_S)[1]
    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{broker.port}: another program uses this port" in error
    assert "Traceback" not in error


def test_a_source_that_breaks_on_the_way_stops_the_broker_with_its_line(tmp_path: Path) -> None:
    good = "".join(f"{60 * minute},1.1,1.1,1.1,1.1,,5\n" for minute in range(3_000))
    path = tmp_path / "EURUSD_M1.csv"
    path.write_text(f"time,open,high,low,close,tick_volume,spread\n{good}180000,1.1,nan,1.1,1.1,,\n")
    process = launched(tmp_path / "data", "--source", str(path), "--speed", "max", "--clock", "source")
    assert "ready" in first_line(process)
    error = process.communicate(timeout=READY_S)[1]
    assert process.returncode == 1
    assert "EURUSD_M1.csv, line 3002, high: nan is not a price above 0" in error
    assert "Traceback" not in error


def test_containers_find_it_at_their_bridge_and_nobody_else_does(tmp_path: Path) -> None:
    with BrokerProcess(tmp_path, "--bridge", "127.0.7.1/24") as broker:

        def answer(here: str, there: str) -> bytes:
            with socket.create_connection((there, broker.port), 5, source_address=(here, 0)) as wire:
                wire.sendall(struct.pack(">I", 2) + b"{}")
                try:
                    return wire.recv(1)
                except ConnectionResetError:
                    return b""

        assert answer("127.0.7.22", "127.0.7.1")
        assert not answer("127.0.8.22", "127.0.7.1")
        assert answer("127.0.8.22", "127.0.0.1")
