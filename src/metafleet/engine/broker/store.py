"""The broker's database: accounts, deals, orders, positions, and how far the market has come.

One SQLite file in WAL mode. When a method returns, what it wrote is on the disk; of what orders and ticks do
to accounts, the one who opens the store may say that the operating system's having it is enough
(`outliving`). A balance is not stored; it is the sum of the account's deals. Only one process may have it
open.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Outcome, Tickets, moved
from metafleet.engine.broker.fences import Trader
from metafleet.engine.broker.filing import MOST_FRESH, count_fresh, file_away, highest_tickets
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.messages import GetHistory, GetHistoryDeals, GetHistoryOrders
from metafleet.engine.broker.outliving import Outlives, first_free, flushed, reserve
from metafleet.engine.broker.records import Deal, Order
from metafleet.engine.broker.rows import (
    account_row,
    bar_row,
    book_of,
    deal_of,
    deal_row,
    order_of,
    order_row,
    position_of,
    position_row,
)
from metafleet.engine.broker.schema import SCHEMA_VERSION, STEPS
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Bar, Tick

FIRST_LOGIN: Final = 5_000_001

KEPT_BARS: Final = 5_000
"""M1 bars kept of each symbol: more than three days, ten times what a chart asks for at start."""


_LOG_BYTES: Final = 4_300_000
"""A thousand pages, after which SQLite copies them into the database, and a little."""


class StoreRefused(Exception):
    """The database cannot be used; the text is one sentence for the person who runs the broker."""


class Change(msgspec.Struct, frozen=True):
    """One account's step to be committed: the book before it, and the outcome."""

    before: Book
    outcome: Outcome


class Market(msgspec.Struct, frozen=True):
    """What is kept of the market: how far it came, the last ticks, and M1 bars by symbol, oldest first."""

    cursor: Cursor
    quotes: list[Tick]
    bars: dict[str, list[Bar]]


class Store:
    """An open database; a context manager. sqlite3.Error passes through: nothing was changed then."""

    def __init__(self, folder: Path, outlives: Outlives = "power") -> None:
        """Open or make `broker.sqlite3` in the folder. Raises StoreRefused.

        outlives: what a step that `commit` or `keep` has returned from is sure to outlive.
        """
        self._reserves = outlives == "kill"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder / "broker.lock")
            self._db = _connected(folder / "broker.sqlite3")
            self._first_free = first_free(self._db)
            self._fresh = count_fresh(self._db)
            if self._reserves:
                with flushed(self._db):
                    self._reserve()
                self._db.execute("PRAGMA synchronous = NORMAL")
            _make_room(folder / "broker.sqlite3-wal")
        except (OSError, sqlite3.Error) as error:
            raise StoreRefused(f"the broker's data in {folder} cannot be opened: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let another process have it."""
        self._db.close()
        os.close(self._lock)

    def tickets(self) -> Tickets:
        """Return the counters, going on after the last ticket of every account."""
        order, deal = highest_tickets(self._db)
        return Tickets(max(order + 1, self._first_free), max(deal + 1, self._first_free))

    def next_login(self) -> int:
        """Return a login that no account has."""
        (highest,) = self._db.execute("SELECT max(login) FROM accounts").fetchone()
        return max(FIRST_LOGIN, (highest or 0) + 1)

    def books(self) -> list[Book]:
        """Return every account with its open positions and waiting orders, by login."""
        return _books(self._db)

    def password_hash(self, login: int) -> str | None:
        """Return what an account's password is checked against; None for an unknown login."""
        row = self._db.execute("SELECT password_hash FROM accounts WHERE login = ?", (login,)).fetchone()
        return None if row is None else str(row[0])

    def deals(self, login: int, after_ticket: int = 0, limit: int = 1000) -> list[Deal]:
        """Return an account's deals with a greater ticket, ascending."""
        rows = self._db.execute(
            "SELECT * FROM deals WHERE login = ? AND ticket > ? ORDER BY ticket LIMIT ?",
            (login, after_ticket, limit),
        )
        return [deal_of(row) for row in rows]

    def finished_orders(self, login: int, from_msc: int = 1, to_msc: int = (1 << 63) - 1) -> list[Order]:
        """Return an account's orders that were done in this span, inclusive, by time done and ticket."""
        rows = self._db.execute(
            """SELECT * FROM orders WHERE login = ? AND time_done_msc BETWEEN ? AND ?
               ORDER BY time_done_msc, ticket""",
            (login, max(from_msc, 1), to_msc),
        )
        return [order_of(row) for row in rows]

    def history_deals(self, login: int, wanted: GetHistoryDeals) -> list[Deal]:
        """Return deals of an account's history, by time and ticket."""
        which, values = _which(wanted, ('"order" = ?', "position_id = ?", 1))
        rows = self._db.execute(
            f"""SELECT * FROM deals WHERE {which} AND time_msc BETWEEN ? AND ?
                AND (time_msc, ticket) > (?, ?) ORDER BY time_msc, ticket LIMIT ?""",  # noqa: S608 - our words
            (login, *values, wanted.from_msc, wanted.to_msc, *_after(wanted), wanted.limit),
        )
        return [deal_of(row) for row in rows]

    def history_orders(self, login: int, wanted: GetHistoryOrders) -> list[Order]:
        """Return finished orders of an account's history, by time done and ticket."""
        # The index has only those that have another position.
        by = "position_by_id = ? AND position_by_id > 0" if wanted.position else "position_by_id = ?"
        which, values = _which(wanted, ("ticket = ?", f"(position_id = ? OR {by})", 2))
        rows = self._db.execute(
            f"""SELECT * FROM orders WHERE {which} AND time_done_msc BETWEEN ? AND ?
                AND (time_done_msc, ticket) > (?, ?)
                ORDER BY time_done_msc, ticket LIMIT ?""",  # noqa: S608 - our words
            (login, *values, max(1, wanted.from_msc), wanted.to_msc, *_after(wanted), wanted.limit),
        )
        return [order_of(row) for row in rows]

    def save_account(self, ledger: Ledger, password_hash: str) -> None:
        """Add an account with the deals, the orders and the open positions of its ledger.

        Raises sqlite3.IntegrityError when its login or one of its tickets is taken.
        """
        book = ledger.book
        with flushed(self._db):
            self._file()
            self._db.execute(_insert("accounts", 10), account_row(book, password_hash))
            self._db.executemany(_FILE_DEAL, [deal_row(book.login, deal) for deal in ledger.deals])
            self._add_positions(book.login, book.positions)
            self._file_orders(book.login, (*ledger.finished, *book.orders))

    def forget_account(self, login: int) -> None:
        """Drop an account with its deals and positions, if it is there: for a seeding that begins anew."""
        with self._db:
            self._file()
            self._db.execute(
                "DELETE FROM filed_executions WHERE ticket IN (SELECT ticket FROM deals WHERE login = ?)",
                (login,),
            )
            for table in ("sign_ins", "positions", "filed_orders", "filed_deals", "accounts"):
                self._db.execute(f"DELETE FROM {table} WHERE login = ?", (login,))  # noqa: S608 - our names

    def commit(self, changes: Iterable[Change], trader: Trader | None = None) -> None:
        """Write what one order or one tick did to accounts, all or nothing. trader: whose order it was."""
        with self._db:
            self._write_all(changes, trader)

    def add(self, changes: Iterable[Change], trader: Trader | None = None) -> None:
        """Write as `commit` does, for a later `keep`; without one it never happened.

        After an error `is_adding` says whether what was added before is still there to be kept.
        """
        if not self._db.in_transaction:
            self._add_first(changes, trader)
            return
        self._db.execute("SAVEPOINT step")
        try:
            self._write_all(changes, trader)
        except Exception:
            # A full disk may have ended the whole transaction. What no row can hold is no sqlite3.Error.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK TO step")
            raise
        finally:
            if self._db.in_transaction:
                self._db.execute("RELEASE step")

    def _add_first(self, changes: Iterable[Change], trader: Trader | None) -> None:
        """Begin what will be kept: there is nothing yet that an error would have to leave alone."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._write_all(changes, trader)
        except Exception:
            if self._db.in_transaction:
                self._db.rollback()
                self._db.execute("BEGIN IMMEDIATE")
            raise

    @property
    def is_adding(self) -> bool:
        """Whether something was added and not kept yet."""
        return self._db.in_transaction

    def keep(self) -> None:
        """Commit what was added: one flush for all of it."""
        try:
            self._db.commit()
        except sqlite3.Error:
            self._db.rollback()
            raise

    def drop(self) -> None:
        """Forget what was added."""
        self._db.rollback()

    def _write_all(self, changes: Iterable[Change], trader: Trader | None) -> None:
        if self._fresh >= MOST_FRESH:
            self._file()
        for change in changes:
            self._write(change.before, change.outcome)
            if trader is not None:
                for deal in change.outcome.deals:
                    self._db.execute(_ADD_EXECUTION, (deal.ticket, trader.expert, trader.generation))

    def fences(self) -> dict[tuple[int, str], int]:
        """Return the newest generation of each EA that was let in, by login and EA."""
        rows = self._db.execute("SELECT login, expert, max(generation) FROM sign_ins GROUP BY login, expert")
        return {(login, expert): generation for login, expert, generation in rows}

    def save_sign_in(self, login: int, trader: Trader, next_deal: int, time_msc: int) -> None:
        """Keep that this generation was let in; from then on it is the fence."""
        with flushed(self._db):
            row = (login, trader.expert, trader.generation, next_deal, time_msc)
            self._db.execute(_insert("sign_ins", 5), row)

    def _write(self, before: Book, outcome: Outcome) -> None:
        after = outcome.book
        for deal in outcome.deals:
            self._db.execute(_ADD_DEAL, deal_row(after.login, deal))
        self._fresh += len(outcome.deals) + len(outcome.orders)
        gone, others = moved(before.positions, after.positions)
        for held in gone:
            self._db.execute("DELETE FROM positions WHERE ticket = ?", (held.ticket,))
        self._add_positions(after.login, others)
        if before.orders or after.orders:
            self._write_orders(before, outcome)
        else:
            for order in outcome.orders:
                self._db.execute(_ADD_ORDER, order_row(after.login, order))
        if after.rolled_day != before.rolled_day:
            self._db.execute(
                "UPDATE accounts SET rolled_day = ? WHERE login = ?", (after.rolled_day, after.login)
            )

    def _write_orders(self, before: Book, outcome: Outcome) -> None:
        """File the orders that wait, or have waited; those that are done at once stay fresh."""
        after, known = outcome.book, {order.ticket: order for order in before.orders}
        for order in outcome.orders:
            if order.ticket not in known:
                self._db.execute(_ADD_ORDER, order_row(after.login, order))
        filed = [order for order in outcome.orders if order.ticket in known]
        filed += [order for order in after.orders if known.get(order.ticket) is not order]
        self._file_orders(after.login, filed)

    def _add_positions(self, login: int, positions: Iterable[OpenPosition]) -> None:
        for held in positions:
            self._db.execute(_PUT_POSITION, position_row(login, held))

    def _file_orders(self, login: int, orders: Iterable[Order]) -> None:
        self._db.executemany(_FILE_ORDER, [order_row(login, order) for order in orders])

    def _file(self) -> None:
        """File what is fresh, within a transaction."""
        file_away(self._db)
        self._fresh = 0

    def save_market(self, cursor: Cursor, quotes: Iterable[Tick], bars: Mapping[str, Iterable[Bar]]) -> None:
        """Keep how far the market has come, each symbol's last tick, and new or changed M1 bars."""
        with flushed(self._db):
            if self._fresh:
                self._file()
            self._reserve()
            place = (1, cursor.source, cursor.stream_msc, cursor.market_msc)
            self._db.execute(_insert("market", 4, replace=True), place)
            ticks = [msgspec.structs.astuple(tick)[:-1] for tick in quotes]
            self._db.executemany(_insert("quotes", 6, replace=True), ticks)
            for symbol, added in bars.items():
                rows = [bar_row(symbol, bar) for bar in added]
                self._db.executemany(_insert("bars", 8, replace=True), rows)
                if len(rows) > 1:
                    self._drop_old_bars(symbol)

    def _reserve(self) -> None:
        if self._reserves:
            reserve(self._db, self._first_free, self.tickets())

    def market(self) -> Market | None:
        """Return what save_market kept; None in a new database."""
        row = self._db.execute("SELECT source, stream_msc, market_msc FROM market").fetchone()
        if row is None:
            return None
        quotes = [Tick(*quote) for quote in self._db.execute("SELECT * FROM quotes")]
        bars: dict[str, list[Bar]] = {}
        for symbol, *values in self._db.execute("SELECT * FROM bars ORDER BY symbol, time_s"):
            bars.setdefault(symbol, []).append(Bar(*values))
        return Market(Cursor(*row), quotes, bars)

    def forget_bars(self) -> None:
        """Drop all bars: another source's prices do not continue them."""
        with self._db:
            self._db.execute("DELETE FROM bars")

    def _drop_old_bars(self, symbol: str) -> None:
        self._db.execute(
            """DELETE FROM bars WHERE symbol = ?1 AND time_s <= (
                   SELECT time_s FROM bars WHERE symbol = ?1 ORDER BY time_s DESC LIMIT 1 OFFSET ?2)""",
            (symbol, KEPT_BARS),
        )


def kept_books(folder: Path) -> list[Book]:
    """Return the accounts of a folder, also while a broker runs on it. Raises StoreRefused.

    Data of an older version becomes this one's.
    """
    path = folder / "broker.sqlite3"
    if not path.exists():
        return []
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == SCHEMA_VERSION:
                return _books(db)
    except sqlite3.Error as error:
        raise StoreRefused(f"the broker's data in {folder} cannot be read: {error}") from error
    # Of another version, and no broker of this one runs on it.
    with Store(folder) as store:
        return store.books()


def _books(db: sqlite3.Connection) -> list[Book]:
    positions: dict[int, list[OpenPosition]] = {}
    for row in db.execute("SELECT * FROM positions ORDER BY ticket"):
        positions.setdefault(row["login"], []).append(position_of(row))
    waiting: dict[int, list[Order]] = {}
    for row in db.execute("SELECT * FROM orders WHERE time_done_msc = 0 ORDER BY ticket"):
        waiting.setdefault(row["login"], []).append(order_of(row))
    accounts = db.execute(
        """SELECT accounts.*, (
               SELECT coalesce(sum(profit_cents + commission_cents + swap_cents + fee_cents), 0)
               FROM filed_deals WHERE login = accounts.login
           ) + (
               SELECT coalesce(sum(profit_cents + commission_cents + swap_cents + fee_cents), 0)
               FROM fresh_deals WHERE login = accounts.login
           ) AS balance_cents FROM accounts ORDER BY login"""
    )
    return [
        book_of(row, tuple(positions.get(row["login"], ())), tuple(waiting.get(row["login"], ())))
        for row in accounts
    ]


def _which(wanted: GetHistory, words: tuple[str, str, int]) -> tuple[str, tuple[int, ...]]:
    """Return the condition of an account's ticket or position, and its values but for the login.

    words: the two conditions, and how many values the second has.
    """
    by_ticket, by_position, count = words
    # Without the plus SQLite goes through all of an account's history, because that is in order of time.
    if wanted.ticket is not None:
        return f"+login = ? AND {by_ticket}", (wanted.ticket,)
    if wanted.position is not None:
        return f"+login = ? AND {by_position}", (wanted.position,) * count
    return "login = ?", ()


def _after(wanted: GetHistory) -> tuple[int, int]:
    return wanted.after_msc, wanted.after_ticket


def _insert(table: str, columns: int, replace: bool = False) -> str:
    verb = "REPLACE" if replace else "INSERT"
    return f"{verb} INTO {table} VALUES ({', '.join('?' * columns)})"


_ADD_DEAL: Final = _insert("fresh_deals", 19)
_ADD_EXECUTION: Final = _insert("fresh_executions", 3)
_ADD_ORDER: Final = _insert("fresh_orders", 23, replace=True)
_FILE_DEAL: Final = _insert("filed_deals", 19)
_PUT_POSITION: Final = _insert("positions", 16, replace=True)
_FILE_ORDER: Final = _insert("filed_orders", 23, replace=True)


def _locked(path: Path) -> int:
    """Return a descriptor that holds the folder's lock until it is closed or its process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreRefused(f"another broker is running on the data in {path.parent}") from error
    return descriptor


def _make_room(log: Path) -> None:
    """Have the log as long as it becomes before its checkpoint: a flush of a file that grows costs several
    times that of one that is written over. SQLite's log ends where its checksums do, not with the file.
    """
    with log.open("ab") as file:
        missing = _LOG_BYTES - file.tell()
        if missing > 0:
            file.write(bytes(missing))
            file.flush()
            os.fsync(file.fileno())


def _connected(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StoreRefused(
            f"{path} was written by a newer metafleet (schema {version}, not {SCHEMA_VERSION})"
        )
    if version < SCHEMA_VERSION:
        script = "".join(STEPS[version:])
        db.executescript(f"BEGIN; {script} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    return db
