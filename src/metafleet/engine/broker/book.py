"""A ledger's state: one frozen snapshot of an account and its open positions."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from metafleet.engine.broker.charges import Charge, forex_commission
from metafleet.engine.broker.dealing import FAIR, Dealing
from metafleet.engine.broker.records import REASON_EXPERT, Deal, MarginMode, Order, OrderResult, Side


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The broker's conditions for every account.

    commissions, fees: what each deal is charged, in its two columns. stop_out: at or under which positions
    are closed, margin_call: at or under which the owner is warned; both a margin level in percent or, by
    stop_out_in, free margin in the account's currency. max_positions: open ones of an account; limit_orders:
    pending ones. fifo_close: the oldest position of a symbol and side is closed first. hedges: an account
    that keeps several positions may hold both sides of a symbol. dealing: how orders are executed.
    requests_a_second: of an account, by the market's time; 0 for any number.
    """

    commissions: tuple[Charge, ...] = forex_commission(Decimal("3.50"))
    fees: tuple[Charge, ...] = ()
    stop_out_in: Literal["percent", "money"] = "percent"
    margin_call: Decimal = Decimal(100)
    stop_out: Decimal = Decimal(50)
    max_positions: int = 200
    limit_orders: int = 200
    fifo_close: bool = False
    hedges: bool = True
    dealing: Dealing = FAIR
    requests_a_second: int = 0


class OpenPosition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A position in the book. margin_per_lot: account currency, fixed when it opened.

    identifier: the ticket of its first order, for life; `ticket` becomes another one when netting turns it.
    """

    ticket: int
    identifier: int
    symbol: str
    side: Side
    volume: float
    price_open: float
    sl: float | None
    tp: float | None
    swap: Decimal
    time_msc: int
    time_update_msc: int
    magic: int
    comment: str
    reason: int = REASON_EXPERT
    margin_per_lot: Decimal


class Book(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account. balance: the sum of all its deals. rolled_day: days since 1970 whose nights are charged.

    positions, and orders that wait: by ticket, ascending.
    trade_expert: programs may trade, not only a person.
    """

    login: int
    name: str
    currency: str
    leverage: int
    margin_mode: MarginMode = "hedging"
    trade_allowed: bool = True
    trade_expert: bool = True
    balance: Decimal
    credit: Decimal
    rolled_day: int
    positions: tuple[OpenPosition, ...] = ()
    orders: tuple[Order, ...] = ()

    @property
    def is_hedging(self) -> bool:
        """Whether a symbol may have several positions."""
        return self.margin_mode == "hedging"

    def position(self, ticket: int) -> OpenPosition | None:
        """Return the open position with this ticket."""
        return next((position for position in self.positions if position.ticket == ticket), None)

    def identified(self, identifier: int) -> OpenPosition | None:
        """Return the open position with this identifier, whatever ticket it has by now."""
        return next((held for held in self.positions if held.identifier == identifier), None)

    def holds_against(self, symbol: str, side: Side) -> bool:
        """Say whether a position of the symbol is open on the other side."""
        return any(held.symbol == symbol and held.side != side for held in self.positions)

    def order(self, ticket: int) -> Order | None:
        """Return the waiting order with this ticket."""
        return next((order for order in self.orders if order.ticket == ticket), None)

    def net_position(self, symbol: str) -> OpenPosition | None:
        """Return the symbol's position of an account that nets."""
        for position in self.positions:
            if position.symbol == symbol:
                return position
        return None


def moved(
    before: tuple[OpenPosition, ...], after: tuple[OpenPosition, ...]
) -> tuple[list[OpenPosition], list[OpenPosition]]:
    """Return the positions that are gone, and those that are new or others, of two books by ticket."""
    if after is before:
        return [], []
    if len(after) == len(before) + 1 and after[:-1] == before:
        # The usual step: one more, with the greatest ticket.
        return [], [after[-1]]
    old, kept = {held.ticket: held for held in before}, {held.ticket for held in after}
    gone = [held for held in before if held.ticket not in kept]
    return gone, [held for held in after if old.get(held.ticket) is not held]


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a request or a tick leads to: the book after it, the deals made and the orders finished.

    Nothing has changed yet.
    """

    book: Book
    deals: tuple[Deal, ...] = ()
    result: OrderResult | None = None
    orders: tuple[Order, ...] = ()


class Tickets:
    """The server's counters; orders and deals have one each, shared by all accounts.

    next_order, next_deal: the tickets that none has yet; the next one has it or a greater one.
    """

    __slots__ = ("next_deal", "next_order")

    def __init__(self, next_order: int = 1, next_deal: int = 1) -> None:
        self.next_order = next_order
        self.next_deal = next_deal

    def order(self) -> int:
        """Take the next order ticket."""
        self.next_order += 1
        return self.next_order - 1

    def deal(self) -> int:
        """Take the next deal ticket."""
        self.next_deal += 1
        return self.next_deal - 1

    def take(self, count: int) -> None:
        """Take the next tickets of so many orders that are a deal each."""
        self.next_order += count
        self.next_deal += count
