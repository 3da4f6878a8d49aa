"""Of an EA's generations only the newest that has signed in may trade, whatever becomes of the broker."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.broker.client import BrokerClient, BrokerUnavailable, Fenced, RequestRefused
from metafleet.engine.broker.fences import Fences, Trader
from metafleet.engine.broker.records import SERVER_NAME, AccountInfo, ClosedEvent
from metafleet.engine.broker.schema import STEPS
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.tests.bench import market_order
from metafleet.engine.broker.tests.process import PASSWORD, BrokerProcess

EA = "5c3f0a7e-58d3-4a40-8f59-0f4e7c1d2a11"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    with BrokerProcess(tmp_path) as broker:
        yield broker


@pytest.fixture
def alice(broker: BrokerProcess) -> AccountInfo:
    return broker.new_account()


def as_generation(broker: BrokerProcess, login: int, generation: int, expert: str = EA) -> BrokerClient:
    client = BrokerClient("127.0.0.1", broker.port)
    try:
        client.login(login, PASSWORD, SERVER_NAME, expert=expert, generation=generation)
    except BaseException:
        client.close()
        raise
    return client


def traded(folder: Path) -> list[tuple[str, int]]:
    """Which generation of which EA ordered each deal, by the broker's own books, oldest first."""
    with sqlite3.connect(folder / "broker.sqlite3") as books:
        return books.execute("SELECT expert, generation FROM executions ORDER BY ticket").fetchall()


def test_an_older_generation_is_hung_up_on_and_not_let_in_again(
    broker: BrokerProcess, alice: AccountInfo, tmp_path: Path
) -> None:
    old = as_generation(broker, alice.login, 3)
    opened = old.order_send(market_order("buy", 0.1))
    with as_generation(broker, alice.login, 4) as new:
        farewell = old.poll(5)[-1]
        assert farewell == ClosedEvent("generation 4 of this EA has signed in")
        with pytest.raises(BrokerUnavailable):
            old.order_send(market_order("buy", 0.1))
        with pytest.raises(Fenced, match="generation 4 of this EA has signed in, and this is 3"):
            as_generation(broker, alice.login, 3)
        new.order_send(market_order("buy", 0.1))
        assert len(new.positions()) == 2
    assert traded(tmp_path) == [(EA, 3), (EA, 4)]
    assert opened.deal


def test_the_fence_outlives_the_broker(broker: BrokerProcess, alice: AccountInfo) -> None:
    as_generation(broker, alice.login, 4).close()
    port = broker.port
    broker.kill()
    broker.start(port)
    with pytest.raises(Fenced):
        as_generation(broker, alice.login, 3)
    as_generation(broker, alice.login, 4).close()
    as_generation(broker, alice.login, 5).close()


def test_a_fence_is_one_eas_on_one_account(broker: BrokerProcess, alice: AccountInfo) -> None:
    bob = broker.new_account()
    as_generation(broker, alice.login, 4).close()
    for login, expert in ((bob.login, EA), (alice.login, "another"), (alice.login, "")):
        with as_generation(broker, login, 1, expert) as client:
            assert client.order_send(market_order("buy", 0.01)).retcode == 10009


def test_what_names_no_ea_is_refused(broker: BrokerProcess, alice: AccountInfo) -> None:
    for expert, generation, field in (
        ("x" * 65, 1, "expert"),
        (EA, -1, "generation"),
        (EA, 2**31, "generation"),
    ):
        with pytest.raises(RequestRefused, match=field):
            as_generation(broker, alice.login, generation, expert)


def test_two_generations_that_trade_at_once_never_overlap_in_the_books(
    broker: BrokerProcess, alice: AccountInfo, tmp_path: Path
) -> None:
    """Each trades as fast as it can until it is told to stop; the next signs in in the middle of it."""

    def trade(client: BrokerClient) -> None:
        with client, suppress(BrokerUnavailable, Fenced):
            while True:
                client.order_send(market_order("buy", 0.01))

    threads = []
    for generation in range(1, 6):
        client = as_generation(broker, alice.login, generation)
        threads.append(threading.Thread(target=trade, args=(client,)))
        threads[-1].start()
        while (EA, generation) not in traded(tmp_path):
            pass
    as_generation(broker, alice.login, 6).close()
    for thread in threads:
        thread.join(10)
    order = [generation for _, generation in traded(tmp_path)]
    assert order == sorted(order)
    assert set(order) == set(range(1, 6))


def test_books_of_the_first_schema_learn_to_fence(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "broker.sqlite3") as books:
        books.executescript(STEPS[0] + "PRAGMA user_version = 1;")
        books.execute("INSERT INTO accounts VALUES (1, 'Alice', 'h', 'USD', 100, 'hedging', 1, 0, 0)")
    books.close()
    with Store(tmp_path) as store:
        store.save_sign_in(1, Trader(EA, 2), next_deal=7, time_msc=5)
    with Store(tmp_path) as store:
        assert store.fences() == {(1, EA): 2}


@given(st.lists(st.tuples(st.integers(1, 2), st.sampled_from("ab"), st.integers(0, 5))))
def test_a_fence_only_ever_rises(tries: list[tuple[int, str, int]]) -> None:
    fences, let_in = Fences({}), dict[tuple[int, str], list[int]]()
    for login, expert, generation in tries:
        trader = Trader(expert, generation)
        try:
            is_new = fences.check(login, trader)
        except Fenced:
            assert generation < max(let_in[login, expert])
            continue
        before = let_in.setdefault((login, expert), [])
        assert is_new == (generation not in before)
        if is_new:
            fences.raise_to(login, trader)
        before.append(generation)
    assert all(order == sorted(order) for order in let_in.values())
