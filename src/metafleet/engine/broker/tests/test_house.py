"""The broker behind its counter: nothing counts before it is committed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.fences import Trader
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.broker.store import Change, Store
from metafleet.engine.broker.tests.bench import MONDAY_MSC, market_order
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS


class Counting(Store):
    """A store that counts its commits and may be told to fail."""

    commits = 0
    failing = False

    def commit(self, changes: Iterable[Change], trader: Trader | None = None) -> None:
        if self.failing:
            raise sqlite3.OperationalError("disk full")
        self.commits += 1
        super().commit(changes, trader)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Counting]:
    with Counting(tmp_path) as store:
        yield store


@pytest.fixture
def house(store: Store) -> House:
    house = House(store, SYMBOLS.values(), Terms())
    for symbol, bid in (("EURUSD", 1.1), ("USDJPY", 150.0)):
        house.past_tick(Tick(symbol, MONDAY_MSC, bid, round(bid + 0.0001, 5)))
    return house


def opened(house: House, name: str) -> int:
    wanted = NewAccount(login=0, name=name, deposit=Decimal(1_000))
    return house.open_account(wanted, "scrypt$").book.login


def reread(store: Store) -> House:
    return House(store, SYMBOLS.values(), Terms())


def test_accounts_get_logins_and_share_the_tickets(house: House, store: Store) -> None:
    alice, bob = opened(house, "Alice"), opened(house, "Bob")
    assert bob == alice + 1
    orders = [house.send(login, market_order("buy", 0.1))[0].order for login in (alice, bob, alice)]
    assert orders == [1, 2, 3]
    assert [deal.ticket for login in (alice, bob) for deal in house.deals(login, 0, 10)] == [1, 3, 5, 2, 4]
    again = reread(store)
    for login in (alice, bob):
        assert again.ledger(login).book == house.ledger(login).book


def test_a_tick_is_one_commit_for_all_accounts_and_a_quiet_one_none(house: House, store: Counting) -> None:
    logins = [opened(house, name) for name in ("Alice", "Bob")]
    for login in logins:
        house.send(login, market_order("buy", 0.1, sl=1.09))
    before = store.commits
    assert house.on_tick(Tick("EURUSD", MONDAY_MSC + 1, 1.095, 1.0951)) == []
    assert house.on_tick(Tick("USDJPY", MONDAY_MSC + 2, 140.0, 140.01)) == []
    assert store.commits == before
    deals = house.on_tick(Tick("EURUSD", MONDAY_MSC + 3, 1.085, 1.0851))
    assert [login for login, _ in deals] == logins
    assert store.commits == before + 1
    assert [deal.ticket for _, deal in deals] == [5, 6]


def test_an_order_that_cannot_be_written_did_not_happen(house: House, store: Counting) -> None:
    login = opened(house, "Alice")
    before = house.ledger(login).book
    store.failing = True
    result, deals = house.send(login, market_order("buy", 0.1))
    assert (result.retcode, deals) == (10011, ())
    assert house.ledger(login).book is before
    store.failing = False
    assert house.send(login, market_order("buy", 0.1))[0].retcode == 10009


def test_a_tick_that_cannot_be_written_stops_the_broker(house: House, store: Counting) -> None:
    login = opened(house, "Alice")
    house.send(login, market_order("buy", 0.1, sl=1.09))
    store.failing = True
    with pytest.raises(sqlite3.OperationalError):
        house.on_tick(Tick("EURUSD", MONDAY_MSC + 3, 1.085, 1.0851))
    assert len(house.ledger(login).book.positions) == 1


def test_a_refused_order_costs_no_commit(house: House, store: Counting) -> None:
    login = opened(house, "Alice")
    before = store.commits
    assert house.send(login, market_order("buy", 99.0))[0].retcode == 10019
    assert store.commits == before


def test_charts_and_prices_survive(house: House, store: Store) -> None:
    for minute in range(1, 5):
        house.on_tick(Tick("EURUSD", MONDAY_MSC + minute * 60_000, 1.1 + minute / 1000, 1.2))
    house.save_market(Cursor("s", 1, 2))
    kept = store.market()
    assert kept is not None
    again = reread(store)
    again.restore(kept.quotes, kept.bars)
    assert again.bars("EURUSD", 99) == house.bars("EURUSD", 99)
    assert again.quotes.all() == house.quotes.all()
    assert again.bars("EURCHF", 5) is None
