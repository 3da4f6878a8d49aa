"""The broker's database: accounts, deals, positions, and how far the market has come.

One SQLite file in WAL mode with synchronous=FULL: when a method returns, what it wrote is on the disk. A
balance is not stored; it is the sum of the account's deals. Only one process may have it open.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Outcome, Tickets
from metafleet.engine.broker.fences import Trader
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.records import Deal
from metafleet.engine.broker.rows import (
    FENCES,
    SCHEMA,
    SCHEMA_VERSION,
    account_row,
    bar_row,
    book_of,
    deal_of,
    deal_row,
    position_of,
    position_row,
)
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Bar, Tick

FIRST_LOGIN: Final = 5_000_001

KEPT_BARS: Final = 5_000
"""M1 bars kept of each symbol: more than three days, ten times what a chart asks for at start."""


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

    def __init__(self, folder: Path) -> None:
        """Open or make `broker.sqlite3` in the folder. Raises StoreRefused."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder / "broker.lock")
            self._db = _connected(folder / "broker.sqlite3")
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
        row = self._db.execute('SELECT max(ticket), max("order") FROM deals').fetchone()
        return Tickets(next_order=(row[1] or 0) + 1, next_deal=(row[0] or 0) + 1)

    def next_login(self) -> int:
        """Return a login that no account has."""
        (highest,) = self._db.execute("SELECT max(login) FROM accounts").fetchone()
        return max(FIRST_LOGIN, (highest or 0) + 1)

    def books(self) -> list[Book]:
        """Return every account with its open positions, by login."""
        positions: dict[int, list[sqlite3.Row]] = {}
        for row in self._db.execute("SELECT * FROM positions ORDER BY ticket"):
            positions.setdefault(row["login"], []).append(row)
        accounts = self._db.execute(
            """SELECT accounts.*, (
                   SELECT coalesce(sum(profit_cents + commission_cents + swap_cents + fee_cents), 0)
                   FROM deals WHERE deals.login = accounts.login
               ) AS balance_cents FROM accounts ORDER BY login"""
        )
        return [
            book_of(row, tuple(position_of(held) for held in positions.get(row["login"], ())))
            for row in accounts
        ]

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

    def save_account(self, ledger: Ledger, password_hash: str) -> None:
        """Add an account with the deals and the open positions of its ledger.

        Raises sqlite3.IntegrityError when its login or one of its tickets is taken.
        """
        book = ledger.book
        with self._db:
            self._db.execute(_insert("accounts", 9), account_row(book, password_hash))
            self._add_deals(book.login, ledger.deals)
            self._add_positions(book.login, book.positions)

    def forget_account(self, login: int) -> None:
        """Drop an account with its deals and positions, if it is there: for a seeding that begins anew."""
        with self._db:
            self._db.execute(
                "DELETE FROM executions WHERE ticket IN (SELECT ticket FROM deals WHERE login = ?)", (login,)
            )
            for table in ("sign_ins", "positions", "deals", "accounts"):
                self._db.execute(f"DELETE FROM {table} WHERE login = ?", (login,))  # noqa: S608 - our names

    def commit(self, changes: Iterable[Change], trader: Trader | None = None) -> None:
        """Write what one order or one tick did to accounts, all or nothing. trader: whose order it was."""
        with self._db:
            for change in changes:
                self._write(change.before, change.outcome)
                if trader is not None:
                    rows = [(deal.ticket, trader.expert, trader.generation) for deal in change.outcome.deals]
                    self._db.executemany(_insert("executions", 3), rows)

    def fences(self) -> dict[tuple[int, str], int]:
        """Return the newest generation of each EA that was let in, by login and EA."""
        rows = self._db.execute("SELECT login, expert, max(generation) FROM sign_ins GROUP BY login, expert")
        return {(login, expert): generation for login, expert, generation in rows}

    def save_sign_in(self, login: int, trader: Trader, next_deal: int, time_msc: int) -> None:
        """Keep that this generation was let in; from then on it is the fence."""
        with self._db:
            row = (login, trader.expert, trader.generation, next_deal, time_msc)
            self._db.execute(_insert("sign_ins", 5), row)

    def _write(self, before: Book, outcome: Outcome) -> None:
        after = outcome.book
        self._add_deals(after.login, outcome.deals)
        old, new = ({held.ticket: held for held in book.positions} for book in (before, after))
        gone = [(ticket,) for ticket in old if ticket not in new]
        self._db.executemany("DELETE FROM positions WHERE ticket = ?", gone)
        self._add_positions(
            after.login, (held for held in after.positions if old.get(held.ticket) is not held)
        )
        if after.rolled_day != before.rolled_day:
            self._db.execute(
                "UPDATE accounts SET rolled_day = ? WHERE login = ?", (after.rolled_day, after.login)
            )

    def _add_deals(self, login: int, deals: Iterable[Deal]) -> None:
        self._db.executemany(_insert("deals", 19), [deal_row(login, deal) for deal in deals])

    def _add_positions(self, login: int, positions: Iterable[OpenPosition]) -> None:
        rows = [position_row(login, held) for held in positions]
        self._db.executemany(_insert("positions", 13, replace=True), rows)

    def save_market(self, cursor: Cursor, quotes: Iterable[Tick], bars: Mapping[str, Iterable[Bar]]) -> None:
        """Keep how far the market has come, each symbol's last tick, and new or changed M1 bars."""
        with self._db:
            place = (1, cursor.source, cursor.stream_msc, cursor.market_msc)
            self._db.execute(_insert("market", 4, replace=True), place)
            ticks = [(tick.symbol, tick.time_msc, tick.bid, tick.ask) for tick in quotes]
            self._db.executemany(_insert("quotes", 4, replace=True), ticks)
            for symbol, added in bars.items():
                rows = [bar_row(symbol, bar) for bar in added]
                self._db.executemany(_insert("bars", 8, replace=True), rows)
                if len(rows) > 1:
                    self._drop_old_bars(symbol)

    def market(self) -> Market | None:
        """Return what save_market kept; None in a new database."""
        row = self._db.execute("SELECT source, stream_msc, market_msc FROM market").fetchone()
        if row is None:
            return None
        quotes = [Tick(*quote) for quote in self._db.execute("SELECT symbol, time_msc, bid, ask FROM quotes")]
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


def _insert(table: str, columns: int, replace: bool = False) -> str:
    verb = "REPLACE" if replace else "INSERT"
    return f"{verb} INTO {table} VALUES ({', '.join('?' * columns)})"


def _locked(path: Path) -> int:
    """Return a descriptor that holds the folder's lock until it is closed or its process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreRefused(f"another broker is running on the data in {path.parent}") from error
    return descriptor


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
        script = SCHEMA if version == 0 else FENCES
        db.executescript(f"BEGIN; {script} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    return db
