"""Books, deals and bars as rows of the broker's database, and back. Money is kept in whole cents."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.money import ZERO
from metafleet.engine.broker.records import Deal, Order
from metafleet.engine.market.records import Bar

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
