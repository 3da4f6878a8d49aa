"""Books, deals and bars as rows of the broker's database, and back. Money is kept in whole cents."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any, Final

from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.money import ZERO
from metafleet.engine.broker.records import Deal, Order
from metafleet.engine.market.records import Bar

_BOOKS: Final = """
CREATE TABLE accounts (
    login INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    currency TEXT NOT NULL,
    leverage INTEGER NOT NULL,
    margin_mode TEXT NOT NULL,
    trade_allowed INTEGER NOT NULL,
    credit_cents INTEGER NOT NULL,
    rolled_day INTEGER NOT NULL
) STRICT;
CREATE TABLE deals (
    ticket INTEGER PRIMARY KEY,
    login INTEGER NOT NULL REFERENCES accounts,
    "order" INTEGER NOT NULL,
    position_id INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    type INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    volume REAL NOT NULL,
    price REAL NOT NULL,
    time_msc INTEGER NOT NULL,
    profit_cents INTEGER NOT NULL,
    commission_cents INTEGER NOT NULL,
    swap_cents INTEGER NOT NULL,
    fee_cents INTEGER NOT NULL,
    magic INTEGER NOT NULL,
    comment TEXT NOT NULL,
    reason INTEGER NOT NULL,
    sl REAL,
    tp REAL
) STRICT;
-- An account's deals after a ticket, ascending: `deals()`, and the balance at start.
CREATE INDEX deals_of_account ON deals (login, ticket);
CREATE TABLE positions (
    ticket INTEGER PRIMARY KEY,
    login INTEGER NOT NULL REFERENCES accounts,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    volume REAL NOT NULL,
    price_open REAL NOT NULL,
    sl REAL,
    tp REAL,
    swap_cents INTEGER NOT NULL,
    time_msc INTEGER NOT NULL,
    magic INTEGER NOT NULL,
    comment TEXT NOT NULL,
    margin_per_lot TEXT NOT NULL
) STRICT;
CREATE TABLE market (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    source TEXT NOT NULL,
    stream_msc INTEGER NOT NULL,
    market_msc INTEGER NOT NULL
) STRICT;
CREATE TABLE quotes (
    symbol TEXT PRIMARY KEY,
    time_msc INTEGER NOT NULL,
    bid REAL NOT NULL,
    ask REAL NOT NULL
) STRICT;
CREATE TABLE bars (
    symbol TEXT NOT NULL,
    time_s INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    tick_volume INTEGER,
    spread INTEGER,
    PRIMARY KEY (symbol, time_s)
) STRICT, WITHOUT ROWID;
"""

_FENCES: Final = """
-- Each generation of an EA that was let in; the newest is the fence. A deal that was made after it has
-- `next_deal` or a greater ticket.
CREATE TABLE sign_ins (
    login INTEGER NOT NULL REFERENCES accounts,
    expert TEXT NOT NULL,
    generation INTEGER NOT NULL,
    next_deal INTEGER NOT NULL,
    time_msc INTEGER NOT NULL,
    PRIMARY KEY (login, expert, generation)
) STRICT, WITHOUT ROWID;
-- Which generation of which EA ordered a deal; one that a stop or a person made is not among them.
CREATE TABLE executions (
    ticket INTEGER PRIMARY KEY REFERENCES deals,
    expert TEXT NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
"""

_ORDERS: Final = """
-- Orders of all accounts: those that wait have time_done_msc 0, the others are history.
CREATE TABLE orders (
    ticket INTEGER PRIMARY KEY,
    login INTEGER NOT NULL REFERENCES accounts,
    symbol TEXT NOT NULL,
    type INTEGER NOT NULL,
    state INTEGER NOT NULL,
    time_setup_msc INTEGER NOT NULL,
    time_done_msc INTEGER NOT NULL,
    time_expiration INTEGER NOT NULL,
    type_time INTEGER NOT NULL,
    type_filling INTEGER NOT NULL,
    magic INTEGER NOT NULL,
    position_id INTEGER NOT NULL,
    position_by_id INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    volume_initial REAL NOT NULL,
    volume_current REAL NOT NULL,
    price_open REAL NOT NULL,
    sl REAL NOT NULL,
    tp REAL NOT NULL,
    price_stoplimit REAL NOT NULL,
    price_current REAL NOT NULL,
    comment TEXT NOT NULL,
    activated_msc INTEGER NOT NULL
) STRICT;
-- The orders that wait, at start; and an account's history by the time that it was done: `finished_orders()`.
CREATE INDEX orders_of_account ON orders (login, time_done_msc, ticket);
-- Positions of before were all opened by programs.
ALTER TABLE positions ADD COLUMN identifier INTEGER NOT NULL DEFAULT 0;
ALTER TABLE positions ADD COLUMN time_update_msc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE positions ADD COLUMN reason INTEGER NOT NULL DEFAULT 3;
UPDATE positions SET identifier = ticket, time_update_msc = time_msc;
ALTER TABLE accounts ADD COLUMN trade_expert INTEGER NOT NULL DEFAULT 1;
"""

_HISTORY: Final = """
-- A program asks for deals of a span, of an order, of a position; for orders of a position.
CREATE INDEX deals_in_time ON deals (login, time_msc, ticket);
CREATE INDEX deals_of_order ON deals ("order");
CREATE INDEX deals_of_position ON deals (position_id);
CREATE INDEX orders_of_position ON orders (position_id);
CREATE INDEX orders_by_position ON orders (position_by_id) WHERE position_by_id > 0;
"""

_LASTS: Final = """
-- Of an exchange's symbols; what a kept tick changed is not kept.
ALTER TABLE quotes ADD COLUMN last REAL NOT NULL DEFAULT 0;
ALTER TABLE quotes ADD COLUMN volume REAL NOT NULL DEFAULT 0;
"""

_RESERVE: Final = """
-- Tickets that may have been given away and are in no row: `outliving`. At most one row.
CREATE TABLE reserve (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    boot TEXT NOT NULL,
    first INTEGER NOT NULL,
    below INTEGER NOT NULL
) STRICT;
"""

_FRESH: Final = """
-- What is new is written where no index is, and filed later, many rows at once: `filing`. Each row is in one
-- of the two tables; whoever reads has both by the name that there was before.
ALTER TABLE deals RENAME TO filed_deals;
CREATE TABLE fresh_deals (
    ticket INTEGER PRIMARY KEY,
    login INTEGER NOT NULL REFERENCES accounts,
    "order" INTEGER NOT NULL,
    position_id INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    type INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    volume REAL NOT NULL,
    price REAL NOT NULL,
    time_msc INTEGER NOT NULL,
    profit_cents INTEGER NOT NULL,
    commission_cents INTEGER NOT NULL,
    swap_cents INTEGER NOT NULL,
    fee_cents INTEGER NOT NULL,
    magic INTEGER NOT NULL,
    comment TEXT NOT NULL,
    reason INTEGER NOT NULL,
    sl REAL,
    tp REAL
) STRICT;
CREATE VIEW deals AS SELECT * FROM filed_deals UNION ALL SELECT * FROM fresh_deals;
ALTER TABLE executions RENAME TO filed_executions;
CREATE TABLE fresh_executions (
    ticket INTEGER PRIMARY KEY REFERENCES fresh_deals,
    expert TEXT NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
CREATE VIEW executions AS SELECT * FROM filed_executions UNION ALL SELECT * FROM fresh_executions;
-- Orders that wait are filed at once, and so is what becomes of them.
ALTER TABLE orders RENAME TO filed_orders;
CREATE TABLE fresh_orders (
    ticket INTEGER PRIMARY KEY,
    login INTEGER NOT NULL REFERENCES accounts,
    symbol TEXT NOT NULL,
    type INTEGER NOT NULL,
    state INTEGER NOT NULL,
    time_setup_msc INTEGER NOT NULL,
    time_done_msc INTEGER NOT NULL,
    time_expiration INTEGER NOT NULL,
    type_time INTEGER NOT NULL,
    type_filling INTEGER NOT NULL,
    magic INTEGER NOT NULL,
    position_id INTEGER NOT NULL,
    position_by_id INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    volume_initial REAL NOT NULL,
    volume_current REAL NOT NULL,
    price_open REAL NOT NULL,
    sl REAL NOT NULL,
    tp REAL NOT NULL,
    price_stoplimit REAL NOT NULL,
    price_current REAL NOT NULL,
    comment TEXT NOT NULL,
    activated_msc INTEGER NOT NULL
) STRICT;
CREATE VIEW orders AS SELECT * FROM filed_orders UNION ALL SELECT * FROM fresh_orders;
"""

STEPS: Final = (_BOOKS, _FENCES, _ORDERS, _HISTORY, _LASTS, _RESERVE, _FRESH)
"""What made each schema of the one before: a database of schema 1 lacks all but the first."""

SCHEMA_VERSION: Final = len(STEPS)

Row = tuple[Any, ...]


def cents_of(amount: Decimal) -> int:
    """Return an amount of two places as whole cents."""
    return int(amount * 100)


def money_of(cents: int) -> Decimal:
    """Return whole cents as an amount of two places."""
    return Decimal(cents).scaleb(-2)


def signed(magic: int) -> int:
    """Return an unsigned number of 64 bits as SQLite keeps it."""
    return magic if magic < 1 << 63 else magic - (1 << 64)


def unsigned(kept: int) -> int:
    """Return the number that `signed` was given."""
    return kept if kept >= 0 else kept + (1 << 64)


def deal_row(login: int, deal: Deal) -> Row:
    """Return a deal in the order of its table's columns."""
    return (
        deal.ticket,
        login,
        deal.order,
        deal.position_id,
        deal.symbol,
        deal.type,
        deal.entry,
        deal.volume,
        deal.price,
        deal.time_msc,
        cents_of(deal.profit),
        cents_of(deal.commission),
        cents_of(deal.swap),
        cents_of(deal.fee),
        signed(deal.magic),
        deal.comment,
        deal.reason,
        deal.sl,
        deal.tp,
    )


def deal_of(row: sqlite3.Row) -> Deal:
    """Return the deal that a row holds."""
    # All at once: to look a column up by its name costs more than what is done with it.
    (
        ticket,
        _,
        order,
        position_id,
        symbol,
        kind,
        entry,
        volume,
        price,
        time_msc,
        profit,
        commission,
        swap,
        fee,
        magic,
        comment,
        reason,
        sl,
        tp,
    ) = row
    return Deal(
        ticket=ticket,
        order=order,
        position_id=position_id,
        symbol=symbol,
        type=kind,
        entry=entry,
        volume=volume,
        price=price,
        time_msc=time_msc,
        profit=money_of(profit),
        commission=money_of(commission),
        swap=money_of(swap) if swap else ZERO,
        fee=money_of(fee) if fee else ZERO,
        magic=unsigned(magic),
        comment=comment,
        reason=reason,
        sl=sl,
        tp=tp,
    )


def position_row(login: int, held: OpenPosition) -> Row:
    """Return a position in the order of its table's columns."""
    return (
        held.ticket,
        login,
        held.symbol,
        held.side,
        held.volume,
        held.price_open,
        held.sl,
        held.tp,
        cents_of(held.swap),
        held.time_msc,
        signed(held.magic),
        held.comment,
        str(held.margin_per_lot),
        held.identifier,
        held.time_update_msc,
        held.reason,
    )


def position_of(row: sqlite3.Row) -> OpenPosition:
    """Return the position that a row holds."""
    return OpenPosition(
        ticket=row["ticket"],
        symbol=row["symbol"],
        side=row["side"],
        volume=row["volume"],
        price_open=row["price_open"],
        sl=row["sl"],
        tp=row["tp"],
        swap=money_of(row["swap_cents"]),
        time_msc=row["time_msc"],
        magic=unsigned(row["magic"]),
        comment=row["comment"],
        margin_per_lot=Decimal(row["margin_per_lot"]),
        identifier=row["identifier"],
        time_update_msc=row["time_update_msc"],
        reason=row["reason"],
    )


def order_row(login: int, order: Order) -> Row:
    """Return an order in the order of its table's columns."""
    return (
        order.ticket,
        login,
        order.symbol,
        order.type,
        order.state,
        order.time_setup_msc,
        order.time_done_msc,
        order.time_expiration,
        order.type_time,
        order.type_filling,
        signed(order.magic),
        order.position_id,
        order.position_by_id,
        order.reason,
        order.volume_initial,
        order.volume_current,
        order.price_open,
        order.sl,
        order.tp,
        order.price_stoplimit,
        order.price_current,
        order.comment,
        order.activated_msc,
    )


def order_of(row: sqlite3.Row) -> Order:
    """Return the order that a row holds."""
    ticket, _, *others = row
    values = dict(zip(Order.__struct_fields__, (ticket, *others), strict=True))
    values["magic"] = unsigned(values["magic"])
    return Order(**values)


def account_row(book: Book, password_hash: str) -> Row:
    """Return an account in the order of its table's columns; its balance is the sum of its deals."""
    return (
        book.login,
        book.name,
        password_hash,
        book.currency,
        book.leverage,
        book.margin_mode,
        int(book.trade_allowed),
        cents_of(book.credit),
        book.rolled_day,
        int(book.trade_expert),
    )


def book_of(row: sqlite3.Row, positions: tuple[OpenPosition, ...], orders: tuple[Order, ...]) -> Book:
    """Return the book of an account's row, joined with its balance, its positions and its waiting orders."""
    return Book(
        login=row["login"],
        name=row["name"],
        currency=row["currency"],
        leverage=row["leverage"],
        margin_mode=row["margin_mode"],
        trade_allowed=bool(row["trade_allowed"]),
        balance=ZERO + money_of(row["balance_cents"]),
        credit=money_of(row["credit_cents"]),
        rolled_day=row["rolled_day"],
        positions=positions,
        orders=orders,
        trade_expert=bool(row["trade_expert"]),
    )


def bar_row(symbol: str, bar: Bar) -> Row:
    """Return a bar in the order of its table's columns."""
    return (symbol, bar.time_s, bar.open, bar.high, bar.low, bar.close, bar.tick_volume, bar.spread)
