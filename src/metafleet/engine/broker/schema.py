"""The tables of the broker's database, step by step: what each version added to the one before."""

from __future__ import annotations

from typing import Final

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
