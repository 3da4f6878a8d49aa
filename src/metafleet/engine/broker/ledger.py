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

from bisect import insort
from collections import deque
from contextlib import suppress
from decimal import Decimal

import msgspec

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, Outcome, Terms, Tickets
from metafleet.engine.broker.booking import book_deposit
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.expiry import NEVER_MSC
from metafleet.engine.broker.express import Express
from metafleet.engine.broker.money import ZERO
from metafleet.engine.broker.orders import check, execute, refused
from metafleet.engine.broker.pendings import drop_daily_levels, expire_pendings, next_expiry_msc
from metafleet.engine.broker.purse import Purse
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    AccountInfo,
    Deal,
    MarginMode,
    Order,
    OrderRequest,
    OrderResult,
    Position,
)
from metafleet.engine.broker.requests import TradeCheck, TradeRequest, simple_of, translated
from metafleet.engine.broker.rollover import DAY_MSC, is_free, next_roll_msc, roll_over
from metafleet.engine.broker.triggers import run_triggers
from metafleet.engine.broker.valuation import account_info
from metafleet.engine.broker.watch import Watch, watched
from metafleet.engine.broker.worth import Valued, Worth
from metafleet.engine.market.records import Tick


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account to open. deposit: in `currency`, at most two places."""

    login: int
    name: str
    deposit: Decimal
    currency: str = "USD"
    leverage: int = 100
    margin_mode: MarginMode = "hedging"


class Ledger:
    """An account on a market.

    `deals` and `finished`: those made, and the orders ended, since this object exists, by time and ticket.
    `version`: another number whenever the book is another one.
    """

    def __init__(self, book: Book, quotes: Quotes, tickets: Tickets, terms: Terms | None = None) -> None:
        self.book = book
        self.quotes = quotes
        self.terms = terms or Terms()
        self.deals: list[Deal] = []
        self.finished: list[Order] = []
        self.version = 0
        self._tickets = tickets
        self._requests = 0
        self._recent_msc: deque[int] = deque()
        self._purse = Purse(book, quotes)
        self._express = Express(quotes, tickets)
        self._watch: Watch | None = None
        self._ahead: tuple[Book, Watch | None] | None = None
        """A book that is planned, and what to look at once it is this ledger's."""
        self._worth: Worth | None = None
        self._shown: tuple[Book, Terms, int, AccountInfo] | None = None
        self.due_msc = self._next_due_msc()

    def on_tick(self, tick: Tick) -> list[Deal]:
        """Take a tick and return the deals it set off: orders that waited, stops, targets, stop-outs."""
        self.quotes.apply(tick)
        outcome = self.plan_tick(tick)
        if outcome is None:
            return []
        self.adopt(outcome)
        return list(outcome.deals)

    def order_send(self, order: OrderRequest) -> OrderResult:
        """Execute what an EA of ours orders, or refuse it by its return code."""
        outcome = self.plan_order(order)
        self.adopt(outcome)
        return outcome.result or refused(retcodes.ERROR)

    def send(self, request: TradeRequest) -> OrderResult:
        """Execute a trade request, or refuse it by its return code."""
        outcome = self.plan_request(request)
        self.adopt(outcome)
        return outcome.result or refused(retcodes.ERROR)

    def check(self, request: TradeRequest) -> TradeCheck:
        """Return what a request would lead to; nothing changes."""
        return check(self.book, self.quotes, request, self.terms, self._tickets, self._purse)

    def plan_tick(self, tick: Tick) -> Outcome | None:
        """Return what a tick, already applied to the quotes, leads to; None when nothing changes."""
        book = self.book
        if not book.positions and not book.orders:
            return None
        if self._watch is None and tick.time_msc < self.due_msc:
            outcome = self._plan_exits(tick)
            if outcome is not None:
                return outcome
        watch = self._watch or self.watch()
        is_watched = watch is not None and tick.symbol in watch.symbols
        is_seen = watch is not None and is_watched and watch.sees(tick)
        if tick.time_msc >= self.due_msc:
            return self._plan_day_end(tick, is_watched=is_watched, is_seen=is_seen)
        if not is_seen:
            return None
        return self._plan_exits(tick) or self.plan_tick_ordinarily(tick)

    def plan_tick_ordinarily(self, tick: Tick) -> Outcome | None:
        """Return what `plan_tick` does, by the exact look alone: there is no short way to it."""
        watch = self.watch()
        draft = Draft(self.book, self.quotes, self.terms, self._tickets)
        try:
            if tick.time_msc >= self.due_msc:
                self._end_day(draft)
            if watch is not None and tick.symbol in watch.symbols:
                run_triggers(draft, tick)
        except NoRate:
            # A pair that the account needs has no price yet; the next tick looks again.
            return None
        return None if draft.book is self.book else draft.outcome()

    def levels(self, symbol: str) -> tuple[float, float, float, float] | None:
        """Return where the levels of a symbol, or orders that wait, are reached: bid_low to ask_high.

        None where there is nothing to reach, or a rate is missing.
        """
        book = self.book
        if not book.positions and not book.orders:
            return None
        if self._watch is None and not book.orders and not self.quotes.specs[symbol].stops_at_last:
            return self._purse.levels(book.positions, symbol)
        watch = self.watch()
        of_symbol = watch.by_symbol.get(symbol) if watch is not None else None
        return of_symbol.levels if of_symbol is not None else None

    def end_free_days(self) -> None:
        """Let the nights pass until now that change nothing but the day: quicker than a tick that does."""
        book = self.book
        if (
            self.quotes.now_msc >= self.due_msc
            and not book.orders
            and is_free(book.positions, self.quotes.specs)
        ):
            self.book = _after_free_days(book, self.quotes)
            self.due_msc = self._next_due_msc()

    def plan(self, wanted: OrderRequest | TradeRequest) -> Outcome:
        """Return what either kind of request would lead to."""
        if isinstance(wanted, OrderRequest):
            return self.plan_order(wanted)
        return self.plan_request(wanted)

    def plan_order(self, order: OrderRequest) -> Outcome:
        """Return what an order of an EA of ours would lead to."""
        outcome = self._express.planned(self.book, order, self.terms, self._purse)
        if outcome is not None:
            self._requests += 1
            return outcome
        request = translated(order, self.book, self.quotes)
        if isinstance(request, int):
            return Outcome(self.book, (), refused(request))
        return self.plan_ordinarily(request)

    def plan_request(self, request: TradeRequest) -> Outcome:
        """Return what a trade request would lead to."""
        simple = simple_of(request)
        if simple is not None:
            outcome = self._express.planned(
                self.book, simple, self.terms, self._purse, filling=request.type_filling
            )
            if outcome is not None:
                self._requests += 1
                return outcome
        return self.plan_ordinarily(request)

    def plan_ordinarily(self, request: TradeRequest) -> Outcome:
        """Return what `plan_request` does, whatever the request: there is no short way to it."""
        self._requests += 1
        if self.terms.requests_a_second and self._is_too_fast(self.terms.requests_a_second):
            return Outcome(self.book, (), refused(retcodes.TOO_MANY_REQUESTS))
        draft = Draft(self.book, self.quotes, self.terms, self._tickets, self._purse)
        return execute(draft, request, self._requests)

    def adopt(self, outcome: Outcome) -> None:
        """Make an outcome of this ledger's present book so."""
        book, before, finished = outcome.book, self.book, self.finished
        if book is not before:
            self.book = book
            self.version += 1
            if book.positions is not before.positions or not _is_alike(before, book):
                ahead = self._ahead
                self._watch = ahead[1] if ahead is not None and ahead[0] is book else None
                self._ahead = None
            self.due_msc = self._next_due_msc()
        self.deals += outcome.deals
        for order in outcome.orders:
            last = finished[-1] if finished else order
            if last.ticket > order.ticket or last.time_done_msc > order.time_done_msc:
                # One that waited ends at the moment of one that came after it.
                insort(finished, order, key=_when_done)
            else:
                finished.append(order)

    def quiet_between(self, symbol: str, most_spread: float) -> tuple[float, float] | None:
        """Return two bids between which no tick of this symbol does anything; see `Watch.quiet_between`.

        None where none can be told.
        """
        tick = self.quotes.last(symbol)
        if self._watch is None and tick is not None:
            try:
                found = self._purse.quiet_between(self.book, tick, most_spread, self.terms)
            except NoRate:
                return None
            if found is not None and found[0] < tick.bid < found[1]:
                return found
        watch = self.watch()
        return None if watch is None else watch.quiet_between(symbol, most_spread)

    def deposit(self, amount: Decimal, now_msc: int) -> Deal:
        """Book a balance operation, a withdrawal where it is negative; return its deal."""
        book, deal = book_deposit(self.book, amount, now_msc, self._tickets)
        self.adopt(Outcome(book, (deal,)))
        return deal

    def look_anew(self) -> None:
        """Let go of what was seen: prices have been put there that did not come as ticks to this ledger."""
        self._watch = self._ahead = None

    def forget(self) -> None:
        """Let go of the deals and the finished orders that a store has by now."""
        self.deals.clear()
        self.finished.clear()

    def account(self) -> AccountInfo:
        """Return the account at the market's last prices. Raises NoRate."""
        book, terms, version = self.book, self.terms, self.quotes.version
        shown = self._shown
        if shown is not None and shown[0] is book and shown[1] is terms and shown[2] == version:
            return shown[3]
        account = account_info(book, self.quotes, terms)
        self._shown = (book, terms, version, account)
        return account

    def positions(self) -> list[Position]:
        """Return the open positions, by ticket, at the market's last prices. Raises NoRate."""
        return self._valued().shown()

    def valued(self) -> list[Valued]:
        """Return the open positions, by ticket, with their present price and profit. Raises NoRate.

        The figures of `positions`; quicker where they are looked at after each tick.
        """
        return self._valued().values()

    def orders(self) -> tuple[Order, ...]:
        """Return the orders that wait, by ticket."""
        return self.book.orders

    def watched_symbols(self) -> frozenset[str]:
        """Return the symbols whose ticks may change the book."""
        # A watch costs more, and it is the next tick that needs one.
        with suppress(NoRate):
            return watched(self.book, self.quotes)
        held = {position.symbol for position in self.book.positions}
        return frozenset(held | {order.symbol for order in self.book.orders})

    def _valued(self) -> Worth:
        worth = self._worth
        if worth is None:
            worth = self._worth = Worth(self.book, self.quotes)
        elif worth.positions is not self.book.positions:
            worth.follow(self.book)
        return worth

    def _is_too_fast(self, limit: int) -> bool:
        """Count a request, and say whether so many came within the last second before it."""
        now_msc = self.quotes.now_msc
        while self._recent_msc and self._recent_msc[0] <= now_msc - 1_000:
            self._recent_msc.popleft()
        if len(self._recent_msc) >= limit:
            return True
        self._recent_msc.append(now_msc)
        return False

    def _plan_exits(self, tick: Tick) -> Outcome | None:
        """Return what a tick leads to that does no more than reach stops and targets."""
        try:
            left = self._express.left(self.book, tick, self.terms)
        except NoRate:
            return None
        if left is None:
            return None
        outcome, watch = left
        self._ahead = (outcome.book, watch)
        return outcome

    def _plan_day_end(self, tick: Tick, *, is_watched: bool, is_seen: bool) -> Outcome | None:
        """Return what a tick leads to before which a day has ended, or an order's time.

        is_watched: it concerns the book; is_seen: it may set something off even if the book stays as it is.
        """
        book, quotes = self.book, self.quotes
        if not is_seen and not book.orders and is_free(book.positions, quotes.specs):
            return Outcome(_after_free_days(book, quotes))
        draft = Draft(book, quotes, self.terms, self._tickets)
        try:
            self._end_day(draft)
            if is_watched and (draft.book.positions or draft.book.orders):
                watch = Watch(draft.book, quotes, self.terms)
                self._ahead = (draft.book, watch)
                if watch.sees(tick):
                    run_triggers(draft, tick)
        except NoRate:
            return None
        return None if draft.book is book else draft.outcome()

    def _end_day(self, draft: Draft) -> None:
        expire_pendings(draft)
        if draft.book.positions:
            drop_daily_levels(draft)
            roll_over(draft)

    def _next_due_msc(self) -> int:
        """Return when time alone changes the book: a night is to be charged, or an order is over."""
        book = self.book
        if not book.orders:
            return next_roll_msc(book) if book.positions else NEVER_MSC
        expiry = next_expiry_msc(book, self.quotes)
        return min(expiry, next_roll_msc(book)) if book.positions else expiry

    def watch(self) -> Watch | None:
        """Return what ticks are held against; None where nothing is open or waits, or a rate is missing."""
        if self._watch is None and (self.book.positions or self.book.orders):
            try:
                self._watch = Watch(self.book, self.quotes, self.terms)
            except NoRate:
                return None
        return self._watch


def _after_free_days(book: Book, quotes: Quotes) -> Book:
    return msgspec.structs.replace(book, rolled_day=quotes.now_msc // DAY_MSC)


def _is_alike(book: Book, other: Book) -> bool:
    """Say whether there is nothing else to look at in another book: no more than a day has ended."""
    return (
        book.positions is other.positions
        and book.orders is other.orders
        and book.balance is other.balance
        and book.credit is other.credit
    )


def _when_done(order: Order) -> tuple[int, int]:
    return order.time_done_msc, order.ticket


def open_ledger(
    account: NewAccount, quotes: Quotes, tickets: Tickets, now_msc: int, terms: Terms | None = None
) -> Ledger:
    """Return a new account's ledger; its first deal is the deposit."""
    book = Book(
        login=account.login,
        name=account.name,
        currency=account.currency,
        leverage=account.leverage,
        margin_mode=account.margin_mode,
        balance=ZERO,
        credit=ZERO,
        rolled_day=now_msc // DAY_MSC,
    )
    book, deal = book_deposit(book, account.deposit, now_msc, tickets)
    ledger = Ledger(book, quotes, tickets, terms)
    ledger.deals.append(deal)
    return ledger
