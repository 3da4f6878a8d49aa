"""A ledger's state: one frozen snapshot of an account and its open positions."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from metafleet.engine.broker.records import Deal, MarginMode, OrderResult, Side


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The broker's conditions for every account.

    commission: USD a lot and side, on forex symbols. stop_out_percent: margin level at or under which
    positions are closed. max_positions: open ones of an account.
    """

    commission: Decimal = Decimal("3.50")
    stop_out_percent: Decimal = Decimal(50)
    max_positions: int = 200


class OpenPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position in the book. margin_per_lot: account currency, fixed when it opened."""

    ticket: int
    symbol: str
    side: Side
    volume: float
    price_open: float
    sl: float | None
    tp: float | None
    swap: Decimal
    time_msc: int
    magic: int
    comment: str
    margin_per_lot: Decimal


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """An account. balance: the sum of all its deals. rolled_day: days since 1970 whose nights are charged.

    positions: by ticket, ascending.
    """

    login: int
    name: str
    currency: str
    leverage: int
    margin_mode: MarginMode = "hedging"
    trade_allowed: bool = True
    balance: Decimal
    credit: Decimal
    rolled_day: int
    positions: tuple[OpenPosition, ...] = ()

    def position(self, ticket: int) -> OpenPosition | None:
        """Return the open position with this ticket."""
        return next((position for position in self.positions if position.ticket == ticket), None)


class Outcome(msgspec.Struct, frozen=True):
    """What an order or a tick leads to: the book after it and the deals made. Nothing has changed yet."""

    book: Book
    deals: tuple[Deal, ...] = ()
    result: OrderResult | None = None


class Tickets:
    """The server's counters; orders and deals have one each, shared by all accounts."""

    def __init__(self, next_order: int = 1, next_deal: int = 1) -> None:
        self._next_order = next_order
        self._next_deal = next_deal

    @property
    def next_deal(self) -> int:
        """The ticket that no deal has yet; the next one has it or a greater one."""
        return self._next_deal

    def order(self) -> int:
        """Take the next order ticket."""
        self._next_order += 1
        return self._next_order - 1

    def deal(self) -> int:
        """Take the next deal ticket."""
        self._next_deal += 1
        return self._next_deal - 1
