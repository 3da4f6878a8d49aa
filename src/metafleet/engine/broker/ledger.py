"""One account's trading: the same in the broker's server, in a backfill and in a tester. No IO, no clock.

    quotes = Quotes(SYMBOLS.values())
    account = NewAccount(login=1, name="Alice", deposit=Decimal(10_000))
    ledger = open_ledger(account, quotes, Tickets(), now_msc)
    for tick in feed:
        deals = ledger.on_tick(tick)          # what the tick set off
        result = ledger.order_send(order)     # at the market's last prices

Where the result must be kept before it counts, `plan_tick` and `plan_order` say what would happen and
`adopt` makes it so.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, Outcome, Terms, Tickets
from metafleet.engine.broker.booking import book_deposit
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.money import ZERO
from metafleet.engine.broker.orders import execute, refused
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import AccountInfo, Deal, OrderRequest, OrderResult, Position
from metafleet.engine.broker.rollover import DAY_MSC, next_roll_msc, roll_over
from metafleet.engine.broker.triggers import run_triggers
from metafleet.engine.broker.valuation import account_info, position_view
from metafleet.engine.broker.watch import Watch
from metafleet.engine.market.records import Tick


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account to open. deposit: in `currency`, at most two places."""

    login: int
    name: str
    deposit: Decimal
    currency: str = "USD"
    leverage: int = 100


class Ledger:
    """An account on a market. `deals`: those made since this object exists."""

    def __init__(self, book: Book, quotes: Quotes, tickets: Tickets, terms: Terms | None = None) -> None:
        self.book = book
        self.quotes = quotes
        self.terms = terms or Terms()
        self.deals: list[Deal] = []
        self._tickets = tickets
        self._watch: Watch | None = None
        self._roll_msc = next_roll_msc(book)

    def on_tick(self, tick: Tick) -> list[Deal]:
        """Take a tick and return the deals it set off: stops, targets, stop-outs."""
        self.quotes.apply(tick)
        outcome = self.plan_tick(tick)
        if outcome is None:
            return []
        self.adopt(outcome)
        return list(outcome.deals)

    def order_send(self, order: OrderRequest) -> OrderResult:
        """Execute an order, or refuse it by its return code."""
        outcome = self.plan_order(order)
        self.adopt(outcome)
        return outcome.result or refused(retcodes.ERROR)

    def plan_tick(self, tick: Tick) -> Outcome | None:
        """Return what a tick, already applied to the quotes, leads to; None when nothing changes."""
        watch = self._watched()
        if watch is None or tick.symbol not in watch.by_symbol:
            return None
        due = tick.time_msc >= self._roll_msc
        if not watch.sees(tick) and not due:
            return None
        try:
            book = roll_over(self.book, self.quotes) if due else self.book
            outcome = run_triggers(book, tick, self.quotes, self.terms, self._tickets)
        except NoRate:
            # A pair that the account needs has no price yet; the next tick looks again.
            return None
        return None if outcome.book is self.book else outcome

    def plan_order(self, order: OrderRequest) -> Outcome:
        """Return what an order would lead to."""
        return execute(self.book, self.quotes, order, self.terms, self._tickets)

    def adopt(self, outcome: Outcome) -> None:
        """Make an outcome of this ledger's present book so."""
        if outcome.book is not self.book:
            self.book = outcome.book
            self._watch = None
            self._roll_msc = next_roll_msc(outcome.book)
        self.deals.extend(outcome.deals)

    def account(self) -> AccountInfo:
        """Return the account at the market's last prices. Raises NoRate."""
        return account_info(self.book, self.quotes)

    def positions(self) -> list[Position]:
        """Return the open positions at the market's last prices. Raises NoRate."""
        return [position_view(held, self.book.currency, self.quotes) for held in self.book.positions]

    def _watched(self) -> Watch | None:
        if self._watch is None and self.book.positions:
            try:
                self._watch = Watch(self.book, self.quotes, self.terms)
            except NoRate:
                return None
        return self._watch


def open_ledger(
    account: NewAccount, quotes: Quotes, tickets: Tickets, now_msc: int, terms: Terms | None = None
) -> Ledger:
    """Return a new account's ledger; its first deal is the deposit."""
    book = Book(
        login=account.login,
        name=account.name,
        currency=account.currency,
        leverage=account.leverage,
        balance=ZERO,
        credit=ZERO,
        rolled_day=now_msc // DAY_MSC,
    )
    book, deal = book_deposit(book, account.deposit, now_msc, tickets)
    ledger = Ledger(book, quotes, tickets, terms)
    ledger.deals.append(deal)
    return ledger
