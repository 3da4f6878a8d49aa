"""Closed orders and trades without deals of their own, as the deals that the journal keeps.

A closed MetaTrader 4 order N is two deals, N and -N, exactly as the gateway makes them of what a
terminal reports (`journal.items`): so the two meet. Where a file names no ticket, or names a
position and not its deals, tickets are derived from what the row says. They are far below zero:
no broker gives such tickets, the highest ticket of the account stays what the broker gave last,
and the same row makes the same ticket whichever file it comes in.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.statements.folding import BUY, IN, OUT, SELL, ZERO, Deal
from metafleet.hub.journal.imports.words import reason_of

DERIVED_BELOW: Final = -(2**61)
"""Tickets below this were derived; brokers' and their negatives are above it."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A trade as one row tells it; `closed_at` is None while it is open. Money in account currency."""

    ticket: int | None
    symbol: str
    side: int
    volume: Decimal
    price: Decimal | None
    opened_at: datetime
    close_price: Decimal | None
    closed_at: datetime | None
    commission: Decimal
    fee: Decimal
    swap: Decimal
    profit: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    magic: int | None
    comment: str


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A deposit or the like as one row tells it."""

    ticket: int | None
    kind: int
    at: datetime
    amount: Decimal
    comment: str


class Deriver:
    """Makes tickets of rows that have none. Rows that say the same are told apart by their number."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, ...]] = Counter()

    def ticket(self, *said: object) -> int:
        """Return a ticket below DERIVED_BELOW, always even: its exit has the odd one after it."""
        words = tuple(str(part) for part in said)
        self._seen[words] += 1
        text = "\x1f".join((*words, str(self._seen[words])))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return DERIVED_BELOW - 2 * (1 + int.from_bytes(digest[:7], "big"))


def order_deals(order: Order) -> Sequence[Deal]:
    """Return the deals N and -N of an order with a ticket; of an open one only its entry."""
    if order.ticket is None:
        raise ValueError("an order without a ticket")
    return _two(order, order.ticket, -order.ticket, order.ticket)


def derived_deals(order: Order, deriver: Deriver) -> Sequence[Deal]:
    """Return the two deals of a trade whose deals' tickets nobody knows.

    Of a position with a ticket that is its position id, so that it can be told from what is known;
    another is told by when, where and how much it opened.
    """
    if order.ticket is not None:
        ticket = deriver.ticket("position", order.ticket)
    else:
        ticket = deriver.ticket(
            order.opened_at, order.symbol, order.side, _plain(order.volume), _plain(order.price)
        )
    # A derived order is no link of a chain of partial closes, whatever its comment says.
    comment = f"({order.comment})" if order.comment.startswith(("from #", "to #")) else order.comment
    return _two(
        msgspec.structs.replace(order, comment=comment[:255]), ticket, ticket - 1, order.ticket or ticket
    )


def operation_deal(operation: Operation, deriver: Deriver) -> Deal:
    ticket = operation.ticket
    if ticket is None:
        ticket = deriver.ticket("operation", operation.at, operation.kind, _plain(operation.amount))
    return Deal(
        ticket=ticket, position_id=None, order_id=None, symbol="", kind=operation.kind, entry=None,
        volume=ZERO, price=None, executed_at=operation.at, profit=operation.amount, commission=ZERO,
        swap=ZERO, fee=ZERO, magic=None, reason=None, stop_loss=None, take_profit=None,
        comment=operation.comment[:255],
    )  # fmt: skip


def _two(order: Order, ticket: int, exit_ticket: int, position_id: int) -> Sequence[Deal]:
    """The entry bears the commission, the exit what the close made."""
    entry = Deal(
        ticket=ticket, position_id=position_id, order_id=None, symbol=order.symbol[:32], kind=order.side,
        entry=IN, volume=order.volume, price=order.price, executed_at=order.opened_at, profit=ZERO,
        commission=order.commission, swap=ZERO, fee=ZERO, magic=order.magic, reason=None,
        stop_loss=order.stop_loss, take_profit=order.take_profit, comment=order.comment[:255],
    )  # fmt: skip
    if order.closed_at is None:
        return (entry,)
    leaving = msgspec.structs.replace(
        entry, ticket=exit_ticket, kind=SELL if order.side == BUY else BUY, entry=OUT,
        price=order.close_price, executed_at=order.closed_at, profit=order.profit, commission=ZERO,
        swap=order.swap, fee=order.fee, reason=reason_of(order.comment),
    )  # fmt: skip
    return entry, leaving


def _plain(number: Decimal | None) -> str:
    """The number itself: 0.10 and 0.1 are one."""
    return "" if number is None else format(number.normalize(), "f")
