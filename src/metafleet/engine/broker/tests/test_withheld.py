"""Orders of many clients share one flush, and none is answered before it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.broker.records import OrderResult
from metafleet.engine.broker.requests import ACTION_CLOSE_BY, TradeRequest
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.tests.bench import MONDAY_MSC, deal
from metafleet.engine.broker.withheld import Withheld
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS


class Counting(Store):
    """Counts its flushes and may be told to fail at the next one."""

    flushes = 0
    failing = False

    def keep(self) -> None:
        if self.failing:
            self.drop()
            raise sqlite3.OperationalError("disk full")
        self.flushes += 1
        super().keep()


class Listener:
    """A session that only remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.told.append(data)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Counting]:
    with Counting(tmp_path) as store:
        yield store


@pytest.fixture
def house(store: Store) -> House:
    house = House(store, SYMBOLS.values(), Terms())
    house.past_tick(Tick("EURUSD", MONDAY_MSC, 1.1, 1.1001))
    return house


def opened(house: House) -> int:
    wanted = NewAccount(login=0, name="Alice", deposit=Decimal(10_000))
    return house.open_account(wanted, "scrypt$").book.login


def bought(house: House, login: int) -> OrderResult:
    return house.send(login, deal(0, 0.1))[0]


async def test_one_flush_keeps_what_many_ordered(house: House, store: Counting) -> None:
    logins = [opened(house) for _ in range(3)]
    withheld, listener = Withheld(house), Listener()
    for place, login in enumerate(logins * 2):
        assert bought(house, login).retcode == 10009
        withheld.say(listener, b"%d" % place, None)  # type: ignore[arg-type]
    assert listener.told == []
    await asyncio.sleep(0)
    assert listener.told == [b"%d" % place for place in range(6)]
    assert store.flushes == 1
    withheld.say(listener, b"read", None)  # type: ignore[arg-type]
    assert listener.told[-1] == b"read"
    assert [len(book.positions) for book in store.books()] == [2, 2, 2]


def served(withheld: Withheld, house: House, login: int, client: Listener) -> None:
    """Serve an order as the counter does: its answer, then its deal."""
    withheld.begin(client)  # type: ignore[arg-type]
    bought(house, login)
    withheld.say(client, b"done", lambda: b"refused")  # type: ignore[arg-type]
    withheld.say(client, b"deal", None)  # type: ignore[arg-type]
    withheld.end()


async def test_who_asks_alone_waits_for_no_turn(house: House, store: Counting) -> None:
    login, withheld, alone, other = opened(house), Withheld(house), Listener(), Listener()
    served(withheld, house, login, alone)
    assert alone.told == []
    await asyncio.sleep(0)
    served(withheld, house, login, alone)
    assert alone.told == [b"done", b"deal"] * 2
    assert store.flushes == 2
    for client in (other, alone):
        served(withheld, house, login, client)
    assert (len(alone.told), other.told) == (4, [])
    await asyncio.sleep(0)
    assert (len(alone.told), other.told, store.flushes) == (6, [b"done", b"deal"], 3)
    store.failing = True
    served(withheld, house, login, alone)
    assert alone.told[6:] == [b"refused"]
    assert len(house.ledger(login).book.positions) == 4


async def test_what_cannot_be_kept_is_refused_and_did_not_happen(house: House, store: Counting) -> None:
    alice, bob = opened(house), opened(house)
    withheld, listener = Withheld(house), Listener()
    bought(house, alice)
    await asyncio.sleep(0)
    withheld.keep()
    before = house.ledger(alice).book, house.ledger(bob).book
    store.failing = True
    for login in (alice, bob, alice):
        assert bought(house, login).retcode == 10009
        withheld.say(listener, b"done", lambda: b"refused")  # type: ignore[arg-type]
    withheld.say(listener, b"deal", None)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert listener.told == [b"refused"] * 3
    assert (house.ledger(alice).book, house.ledger(bob).book) == before
    assert tuple(store.books()) == before
    store.failing = False
    assert bought(house, bob).retcode == 10009
    withheld.say(listener, b"done", lambda: b"refused")  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert listener.told[-1] == b"done"
    assert tuple(store.books()) == (house.ledger(alice).book, house.ledger(bob).book)


async def test_an_order_that_cannot_be_written_leaves_the_others(house: House, store: Counting) -> None:
    alice, bob = opened(house), opened(house)
    Withheld(house)
    bought(house, alice)
    taken = house.ledger(alice).book.positions[0].ticket
    columns = [row["name"] for row in store._db.execute("PRAGMA table_info(deals)")][1:]
    rest = ", ".join(f'"{name}"' for name in columns)
    # The next deal's ticket is taken by another hand.
    store._db.execute(f"INSERT INTO fresh_deals SELECT max(ticket) + 1, {rest} FROM deals")  # noqa: S608
    assert bought(house, bob).retcode == 10011
    assert house.ledger(bob).book.positions == ()
    assert house.keep()
    assert [[held.ticket for held in book.positions] for book in store.books()] == [[taken], []]


async def test_what_no_row_can_hold_leaves_nothing_of_itself(house: House, store: Counting) -> None:
    alice = opened(house)
    Withheld(house)
    tickets = [house.send(alice, deal(kind, 0.1))[0].order for kind in (0, 1)]
    before = house.ledger(alice).book
    request = TradeRequest(
        action=ACTION_CLOSE_BY, position=tickets[0], position_by=tickets[1], type_filling=1 << 63
    )
    with pytest.raises(OverflowError):
        house.send(alice, request)
    assert house.ledger(alice).book is before
    assert house.keep()
    assert store.books() == [before]


async def test_other_writes_keep_what_was_there_before(house: House, store: Counting) -> None:
    alice = opened(house)
    withheld, listener = Withheld(house), Listener()
    bought(house, alice)
    withheld.say(listener, b"done", lambda: b"refused")  # type: ignore[arg-type]
    house.save_market(Cursor("sample", 1, 1))
    assert listener.told == [b"done"]
    assert store.flushes == 1
