"""The database: what was committed is there again, exactly; nobody else may have it open."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from metafleet.engine.broker import outliving
from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.messages import GetHistoryDeals, GetHistoryOrders
from metafleet.engine.broker.outliving import RESERVED, Outlives
from metafleet.engine.broker.records import OrderRequest
from metafleet.engine.broker.requests import ACTION_CLOSE_BY, ACTION_MODIFY, ACTION_REMOVE, TradeRequest
from metafleet.engine.broker.schema import STEPS
from metafleet.engine.broker.seeding import seed_account
from metafleet.engine.broker.store import (
    FIRST_LOGIN,
    KEPT_BARS,
    Change,
    Store,
    StoreRefused,
    kept_books,
)
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, deal, market, market_order, pending
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Bar, Tick


def traded() -> Ledger:
    ledger = account(market())
    ledger.order_send(market_order("buy", 0.5, sl=1.08, comment="ä", magic=(1 << 63) - 1))
    ledger.order_send(market_order("sell", 0.2, "XAUUSD"))
    ledger.order_send(OrderRequest(action="close", position=1, volume=0.1))
    return ledger


def test_an_account_is_read_as_it_was_written(tmp_path: Path) -> None:
    ledger = traded()
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
    with Store(tmp_path) as store:
        assert store.books() == [ledger.book]
        assert store.deals(1) == ledger.deals
        assert store.deals(1, after_ticket=2, limit=1) == ledger.deals[2:3]
        assert store.deals(2) == []
        tickets = store.tickets()
        assert (tickets.order(), tickets.deal()) == (4, 5)


def test_an_account_that_is_forgotten_takes_its_deals_and_positions_along(tmp_path: Path) -> None:
    ledger = traded()
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
        store.forget_account(ledger.book.login)
        assert (store.books(), store.deals(ledger.book.login)) == ([], [])
        seed_account(store, ledger, "secret")
        assert store.books() == [ledger.book]


def test_each_change_is_committed_with_its_deals(tmp_path: Path) -> None:
    ledger = account(market())
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
        for order in (
            market_order("buy", 0.5),
            OrderRequest(action="sltp", position=1, sl=1.05),
            OrderRequest(action="close", position=1, volume=0.2),
            market_order("sell", 0.1),
            OrderRequest(action="close", position=1),
        ):
            outcome = ledger.plan_order(order)
            store.commit([Change(ledger.book, outcome)])
            ledger.adopt(outcome)
            assert store.books() == [ledger.book]
        assert store.deals(1) == ledger.deals


def test_orders_are_kept_while_they_wait_and_when_they_are_done(tmp_path: Path) -> None:
    ledger = account(market(), margin_mode="netting")
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
        for request in (
            pending(2, 1.08, sl=1.07, type_time=2, expiration=MONDAY_MSC // 1000 + 60, comment="ä"),
            pending(6, 1.1, stoplimit=1.095, magic=(1 << 64) - 1),
            TradeRequest(action=ACTION_MODIFY, order=1, price=1.085, tp=1.2),
            deal(0, 0.3, sl=1.05),
            deal(1, 0.5),
            TradeRequest(action=ACTION_REMOVE, order=1),
        ):
            outcome = ledger.plan_request(request)
            assert outcome.result is not None
            assert outcome.result.retcode == 10009
            store.commit([Change(ledger.book, outcome)])
            ledger.adopt(outcome)
            assert store.books() == [ledger.book]
        fired = ledger.plan_tick(moved(ledger, Tick("EURUSD", MONDAY_MSC + 1, 1.1, 1.1001)))
        assert fired is not None
        store.commit([Change(ledger.book, fired)])
        ledger.adopt(fired)
    with Store(tmp_path) as store:
        assert store.books() == [ledger.book]
        assert ledger.book.orders[0].activated_msc == MONDAY_MSC + 1
        assert store.finished_orders(1) == sorted(
            ledger.finished, key=lambda order: (order.time_done_msc, order.ticket)
        )
        assert store.finished_orders(1, MONDAY_MSC + 1) == []
        assert store.finished_orders(2) == []
        assert (store.tickets().order(), store.tickets().deal()) == (5, 4)


def moved(ledger: Ledger, tick: Tick) -> Tick:
    ledger.quotes.apply(tick)
    return tick


def test_books_of_the_second_schema_get_orders(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "broker.sqlite3") as books:
        books.executescript("".join(STEPS[:2]) + "PRAGMA user_version = 2;")
        books.execute("INSERT INTO accounts VALUES (1, 'Alice', 'h', 'USD', 100, 'hedging', 1, 0, 17539)")
        books.execute(
            """INSERT INTO deals VALUES
               (7, 1, 5, 5, 'EURUSD', 0, 0, 0.1, 1.1, 9, 0, -35, 0, 0, 3, 'c', 3, 1.0, NULL)"""
        )
        books.execute(
            """INSERT INTO positions VALUES
               (5, 1, 'EURUSD', 'buy', 0.1, 1.1, 1.0, NULL, -12, 9, 3, 'c', '1100.000000')"""
        )
        books.execute("INSERT INTO executions VALUES (7, 'EA', 2)")
    books.close()
    with Store(tmp_path) as store:
        (book,) = store.books()
        tickets = store.tickets()
        assert [one.ticket for one in store.deals(1)] == [7]
        assert [tuple(row) for row in store._db.execute("SELECT * FROM executions")] == [(7, "EA", 2)]
    (held,) = book.positions
    assert (held.ticket, held.identifier, held.reason, held.time_update_msc) == (5, 5, 3, 9)
    assert (held.swap, held.margin_per_lot) == (Decimal("-0.12"), Decimal("1100.000000"))
    assert (book.balance, book.trade_expert, book.orders) == (Decimal("-0.35"), True, ())
    assert (tickets.order(), tickets.deal()) == (6, 8)


@pytest.mark.parametrize("version", range(len(STEPS)))
def test_books_of_every_schema_are_read_without_a_broker(tmp_path: Path, version: int) -> None:
    with sqlite3.connect(tmp_path / "broker.sqlite3") as books:
        books.executescript("".join(STEPS[:version]) + f"PRAGMA user_version = {version};")
        if version:
            columns = "9, 'Alice', 'h', 'USD', 100, 'netting', 1, 0, 17539" + ", 1" * (version > 2)
            books.execute(f"INSERT INTO accounts VALUES ({columns})")  # noqa: S608 - our words
    books.close()
    for _ in range(2):
        assert [book.login for book in kept_books(tmp_path)] == [9] * (version > 0)


def test_a_failed_commit_leaves_nothing_behind(tmp_path: Path) -> None:
    ledger = account(market())
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
        good = ledger.plan_order(market_order("buy", 0.5))
        with pytest.raises(sqlite3.IntegrityError):
            store.commit([Change(ledger.book, good), Change(ledger.book, good)])
        assert store.books() == [ledger.book]
        assert len(store.deals(1)) == 1


def test_what_is_fresh_is_read_as_what_is_filed(tmp_path: Path) -> None:
    ledger = account(market())
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
        for request in (
            pending(2, 1.08),
            deal(0, 0.3),
            deal(1, 0.5),
            TradeRequest(action=ACTION_REMOVE, order=1),
            TradeRequest(action=ACTION_CLOSE_BY, position=2, position_by=3),
        ):
            commit(store, ledger, request)
        fresh = read(store)
        assert fresh_deals(store) == 4
        assert fresh["books"] == kept_books(tmp_path) == [ledger.book]
        store.save_market(Cursor("sample", 1, 1), [], {})
        assert fresh_deals(store) == 0
        assert read(store) == fresh
    with Store(tmp_path) as store:
        assert read(store) == fresh


@pytest.mark.parametrize(
    ("wanted", "indexes"),
    [
        (GetHistoryDeals(id=1, limit=9, ticket=2), ["INDEX deals_of_order"]),
        (GetHistoryDeals(id=1, limit=9, position=2), ["INDEX deals_of_position"]),
        (GetHistoryDeals(id=1, limit=9), ["INDEX deals_in_time"]),
        (GetHistoryOrders(id=1, limit=9, ticket=2), ["INTEGER PRIMARY KEY"]),
        (
            GetHistoryOrders(id=1, limit=9, position=2),
            ["INDEX orders_of_position", "INDEX orders_by_position"],
        ),
        (GetHistoryOrders(id=1, limit=9), ["INDEX orders_of_account"]),
    ],
)
def test_a_part_of_the_history_is_found_by_its_index(
    tmp_path: Path, wanted: GetHistoryDeals | GetHistoryOrders, indexes: list[str]
) -> None:
    asked: list[str] = []
    with Store(tmp_path) as store:
        store._db.set_trace_callback(asked.append)
        if isinstance(wanted, GetHistoryDeals):
            store.history_deals(1, wanted)
        else:
            store.history_orders(1, wanted)
        store._db.set_trace_callback(None)
        steps = [row["detail"] for row in store._db.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]
    found = [step for step in steps if step.startswith("SEARCH filed_")]
    assert [name for name in indexes if any(f"USING {name} " in step for step in found)] == indexes
    assert not [step for step in steps if step.startswith("SCAN filed_")]


def test_fresh_rows_are_filed_before_they_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metafleet.engine.broker.store.MOST_FRESH", 6)
    ledger = account(market())
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
        for _ in range(3):
            commit(store, ledger, deal(0, 0.01))
    with Store(tmp_path) as store:
        assert fresh_deals(store) == 3
        commit(store, ledger, deal(0, 0.01))
        assert fresh_deals(store) == 1
        assert store.deals(1) == ledger.deals


def test_a_filing_that_fails_changes_nothing(tmp_path: Path) -> None:
    ledger = account(market())
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
        commit(store, ledger, deal(0, 0.01))
        before = read(store)
        store._db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON filed_orders BEGIN SELECT raise(ABORT, 'full'); END"
        )
        with pytest.raises(sqlite3.IntegrityError, match="full"):
            store.save_market(Cursor("sample", 1, 1), [], {})
        assert (read(store), fresh_deals(store), store.market()) == (before, 1, None)


def commit(store: Store, ledger: Ledger, request: TradeRequest) -> None:
    outcome = ledger.plan_request(request)
    assert outcome.result is not None
    assert outcome.result.retcode == 10009
    store.commit([Change(ledger.book, outcome)])
    ledger.adopt(outcome)


def read(store: Store) -> dict[str, object]:
    """All that can be asked about account 1."""
    deals = [GetHistoryDeals(id=1, limit=99, ticket=order) for order in range(6)]
    deals += [GetHistoryDeals(id=1, limit=99, position=position) for position in range(6)]
    orders = [GetHistoryOrders(id=1, limit=99, ticket=order) for order in range(6)]
    orders += [GetHistoryOrders(id=1, limit=99, position=position) for position in range(6)]
    return {
        "books": store.books(),
        "tickets": (store.tickets().next_order, store.tickets().next_deal),
        "deals": (store.deals(1), store.deals(1, after_ticket=2, limit=1)),
        "finished": store.finished_orders(1),
        "history of deals": [store.history_deals(1, wanted) for wanted in deals],
        "history of orders": [store.history_orders(1, wanted) for wanted in orders],
        "page": store.history_deals(1, GetHistoryDeals(id=1, limit=2, after_msc=MONDAY_MSC, after_ticket=1)),
    }


def fresh_deals(store: Store) -> int:
    (count,) = store._db.execute("SELECT count(*) FROM fresh_deals").fetchone()
    return int(count)


def test_logins_and_tickets_are_taken_once(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert store.next_login() == FIRST_LOGIN
        seed_account(store, traded(), "secret")
        with pytest.raises(sqlite3.IntegrityError):
            seed_account(store, traded(), "secret")
        assert len(store.books()) == 1


def test_the_password_is_not_in_the_file_and_the_file_is_private(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        seed_account(store, account(market()), "a very secret word")
        kept = store.password_hash(1)
        assert kept is not None
        assert kept.startswith("scrypt$")
        assert store.password_hash(2) is None
    for path in tmp_path.iterdir():
        assert b"a very secret word" not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_market_is_kept_and_old_bars_are_dropped(tmp_path: Path) -> None:
    bars = [Bar(60 * minute, 1.0, 1.2, 0.9, 1.1, 4, None) for minute in range(KEPT_BARS + 10)]
    with Store(tmp_path) as store:
        assert store.market() is None
        store.save_market(Cursor("s", 1, 2), [Tick("EURUSD", 5, 1.1, 1.2)], {"EURUSD": bars})
        store.save_market(Cursor("s", 3, 4), [Tick("EURUSD", 6, 1.3, 1.4)], {"EURUSD": bars[-2:]})
        kept = store.market()
        assert kept is not None
        assert (kept.cursor, kept.quotes) == (Cursor("s", 3, 4), [Tick("EURUSD", 6, 1.3, 1.4)])
        assert kept.bars == {"EURUSD": bars[-KEPT_BARS:]}
        store.forget_bars()
        assert store.market() == type(kept)(kept.cursor, kept.quotes, {})


def test_only_one_broker_has_the_data(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(StoreRefused, match="another broker is running"):
        Store(tmp_path)
    with Store(tmp_path):
        pass


def test_data_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path):
        pass
    db = sqlite3.connect(tmp_path / "broker.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreRefused, match="newer metafleet"):
        Store(tmp_path)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broker.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreRefused, match="cannot be opened"):
        Store(tmp_path)
    with pytest.raises(StoreRefused, match="cannot be opened"):
        Store(tmp_path / "broker.sqlite3" / "folder")


def test_balances_are_the_sum_of_the_deals(tmp_path: Path) -> None:
    ledger = traded()
    with Store(tmp_path) as store:
        seed_account(store, ledger, "secret")
        (book,) = store.books()
    assert book.balance == sum((deal.net for deal in ledger.deals), Decimal(0))


@pytest.fixture
def next_boot(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Start the machine anew, as far as a store can tell."""
    boots = count()

    def start() -> None:
        monkeypatch.setattr(outliving, "_boot", f"boot {next(boots)}".strip)

    start()
    return start


@pytest.mark.parametrize("outlives", ["kill", "power"])
def test_no_ticket_that_a_power_cut_took_back_is_given_away_again(
    tmp_path: Path, next_boot: Callable[[], None], outlives: Outlives
) -> None:
    with Store(tmp_path, "kill") as store:
        ledger = traded()
        seed_account(store, ledger, "secret")
        as_on_disk = copied(tmp_path)
        for _ in range(20):
            outcome = ledger.plan_order(market_order("buy", 0.01))
            store.commit([Change(ledger.book, outcome)])
            ledger.adopt(outcome)
    given = max(one.ticket for one in ledger.deals)
    with Store(tmp_path, outlives) as store:
        # Only the process ended: nothing is lost, and no ticket is passed over.
        assert store.tickets().next_deal == given + 1
    for file, content in as_on_disk.items():
        file.write_bytes(content)
    next_boot()
    with Store(tmp_path, outlives) as store:
        first = store.tickets()
        assert min(first.next_order, first.next_deal) > given
    others: tuple[Outlives, ...] = ("kill", "power")
    for other in others:
        # However it is opened, and though nothing has been traded since.
        with Store(tmp_path, other) as store:
            assert store.tickets().next_order == first.next_order


def test_a_reserve_is_renewed_before_it_ends(tmp_path: Path, next_boot: Callable[[], None]) -> None:
    with Store(tmp_path, "kill") as store:
        ledger = account(market(), tickets=Tickets(RESERVED - 10, RESERVED - 10))
        ledger.order_send(market_order("buy", 0.1))
        seed_account(store, ledger, "secret")
        store.save_market(Cursor("sample", 1, 1), [], {})
    next_boot()
    with Store(tmp_path) as store:
        assert store.tickets().next_deal > RESERVED + RESERVED // 2


def copied(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.iterdir()}
