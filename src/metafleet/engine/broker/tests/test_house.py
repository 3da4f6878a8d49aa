"""The broker behind its counter: nothing counts before it is committed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.fences import Trader
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.broker.store import Change, Store
from metafleet.engine.broker.tests.bench import MONDAY_MSC, deal, market_order, pending
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import EURUSD, SYMBOLS


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


def test_waiting_orders_are_kept_fire_and_expire(house: House, store: Counting) -> None:
    login = opened(house, "Alice")
    for wait_s in (0, 5):
        order = pending(2, 1.08, type_time=2 if wait_s else 0, expiration=MONDAY_MSC // 1000 + wait_s)
        assert house.send(login, order)[0].retcode == 10009
    again = reread(store)
    assert again.ledger(login).orders() == house.ledger(login).orders()
    before = store.commits
    # Nobody has a position in yen, but time goes on by its ticks.
    assert house.on_tick(Tick("USDJPY", MONDAY_MSC + 4_999, 150.0, 150.01)) == []
    assert store.commits == before
    house.on_tick(Tick("USDJPY", MONDAY_MSC + 5_000, 150.0, 150.01))
    assert [order.state for order in house.finished_orders(login, 1, MONDAY_MSC * 2)] == [6]
    (deal,) = [made for _, made in house.on_tick(Tick("EURUSD", MONDAY_MSC + 6_000, 1.0799, 1.08))]
    assert (deal.order, deal.price) == (1, 1.08)
    assert [order.state for order in house.finished_orders(login, 1, MONDAY_MSC * 2)] == [6, 4]
    assert reread(store).ledger(login).book == house.ledger(login).book


def test_an_order_that_ends_where_it_begins_is_kept(store: Counting) -> None:
    books = msgspec.structs.replace(EURUSD, filling_flags=7)
    house = House(store, [books], Terms())
    house.past_tick(Tick("EURUSD", MONDAY_MSC, 1.1, 1.1001))
    login = opened(house, "Alice")
    result, _ = house.send(login, pending(2, 1.11, type_filling=3))
    assert (result.retcode, result.order) == (10009, 1)
    assert [(order.ticket, order.state) for order in house.finished_orders(login, 1, MONDAY_MSC)] == [(1, 2)]
    assert store.tickets().next_order == 2


def test_an_account_that_trades_all_day_is_due_once(house: House) -> None:
    login = opened(house, "Alice")
    for _ in range(20):
        house.send(login, market_order("buy", 0.01))
    assert len(house._dues) == 1
    for day in (1, 2):
        house.on_tick(Tick("USDJPY", MONDAY_MSC + day * 86_400_000, 150.0, 150.01))
        assert {held.swap for held in house.ledger(login).positions()} == {Decimal("-0.07") * day}


def test_an_account_that_nets_is_one_after_a_restart(house: House, store: Store) -> None:
    wanted = NewAccount(login=0, name="Alice", deposit=Decimal(1_000), margin_mode="netting")
    login = house.open_account(wanted, "scrypt$").book.login
    for kind, volume in ((0, 0.1), (1, 0.3)):
        assert house.send(login, deal(kind, volume))[0].retcode == 10009
    again = reread(store).ledger(login)
    assert again.book == house.ledger(login).book
    (held,) = again.book.positions
    assert (held.ticket, held.identifier, held.side) == (2, 1, "sell")


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


def test_a_loss_that_a_restart_found_counts_before_its_next_tick(store: Store) -> None:
    house = House(store, SYMBOLS.values(), Terms())
    for symbol, bid in (("EURUSD", 1.1), ("GBPUSD", 1.25)):
        house.past_tick(Tick(symbol, MONDAY_MSC, bid, round(bid + 0.0001, 5)))
    login = opened(house, "Alice")
    for symbol, volume in (("EURUSD", 0.1), ("GBPUSD", 0.5)):
        assert house.send(login, deal(0, volume, symbol=symbol))[0].retcode == 10009
    house.on_tick(Tick("GBPUSD", MONDAY_MSC + 1, 1.24, 1.2401))
    again = reread(store)
    again.restore(house.quotes.all(), {})
    ((_, made),) = again.on_tick(Tick("EURUSD", MONDAY_MSC + 2, 1.085, 1.0851))
    assert (made.symbol, made.reason) == ("GBPUSD", 6)


def test_a_cross_is_looked_at_when_its_rate_moves_after_a_restart(store: Store) -> None:
    offered = [known_symbols()[name] for name in ("EURUSD", "EURGBP", "GBPUSD")]
    house = House(store, offered, Terms())
    for symbol, bid in (("EURUSD", 1.1), ("EURGBP", 0.86), ("GBPUSD", 1.25)):
        house.past_tick(Tick(symbol, MONDAY_MSC, bid, round(bid + 0.0001, 5)))
    login = opened(house, "Alice")
    assert house.send(login, deal(0, 0.5, symbol="EURGBP"))[0].retcode == 10009
    house.on_tick(Tick("EURGBP", MONDAY_MSC + 1, 0.849, 0.8491))
    again = House(store, offered, Terms())
    again.restore(house.quotes.all(), {})
    (made,) = again.on_tick(Tick("GBPUSD", MONDAY_MSC + 2, 1.5, 1.5001))
    assert (made[0], made[1].symbol, made[1].reason) == (login, "EURGBP", 6)
