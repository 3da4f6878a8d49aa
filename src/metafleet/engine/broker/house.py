"""The broker behind its counter: all accounts on one market, every change committed before it counts.

No sockets and no clock: `server` drives it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, Terms
from metafleet.engine.broker.fences import Fences, Trader
from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.orders import refused
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Deal, OrderRequest, OrderResult
from metafleet.engine.broker.store import KEPT_BARS, Change, Store
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.series import BarSeries
from metafleet.engine.market.symbols import SYMBOLS, SymbolSpec

log = logging.getLogger(__name__)


class House:
    """Accounts, quotes and charts. sqlite3.Error from a tick passes through: the broker cannot go on."""

    def __init__(self, store: Store, offered: Iterable[SymbolSpec], terms: Terms) -> None:
        self.offered = list(offered)
        self.quotes = Quotes(SYMBOLS.values())
        self._store = store
        self._terms = terms
        self._tickets = store.tickets()
        self._fences = Fences(store.fences())
        self._ledgers = {book.login: self._ledger(book) for book in store.books()}
        self._holders: dict[str, set[int]] = {}
        self._series = {spec.name: BarSeries(spec.point, KEPT_BARS) for spec in self.offered}
        self._unsaved: dict[str, list[Bar]] = {name: [] for name in self._series}
        for login in self._ledgers:
            self._note_holdings(login)

    def restore(self, quotes: Iterable[Tick], bars: dict[str, list[Bar]]) -> None:
        """Take over the prices that a market ended with."""
        for tick in quotes:
            self.quotes.apply(tick)
        for name, series in self._series.items():
            series.load(bars.get(name, []))

    def past_tick(self, tick: Tick) -> None:
        """Take a tick of the time before the present: it draws charts and moves no account."""
        self.quotes.apply(tick)
        self._draw(tick)

    def on_tick(self, tick: Tick) -> list[tuple[int, Deal]]:
        """Take a tick and return what it set off, committed: (login, deal), in order of the tickets."""
        self.quotes.apply(tick)
        self._draw(tick)
        holders = self._holders.get(tick.symbol)
        if not holders:
            return []
        planned = [(self._ledgers[login], self._ledgers[login].plan_tick(tick)) for login in sorted(holders)]
        moved = [(ledger, outcome) for ledger, outcome in planned if outcome is not None]
        if not moved:
            return []
        self._store.commit([Change(ledger.book, outcome) for ledger, outcome in moved])
        for ledger, outcome in moved:
            ledger.adopt(outcome)
            self._note_holdings(ledger.book.login)
        return [(ledger.book.login, deal) for ledger, outcome in moved for deal in outcome.deals]

    def let_in(self, login: int, trader: Trader) -> bool:
        """Let this generation of an EA trade, and no older one any more; return whether it is a new one.

        Raises Fenced where a newer one was let in, RequestRefused, and sqlite3.Error with nothing changed.
        """
        is_new = self._fences.check(login, trader)
        if is_new:
            self._store.save_sign_in(login, trader, self._tickets.next_deal, self.quotes.now_msc)
            self._fences.raise_to(login, trader)
        return is_new

    def send(
        self, login: int, order: OrderRequest, trader: Trader | None = None
    ) -> tuple[OrderResult, tuple[Deal, ...]]:
        """Execute an order and commit it; what cannot be written is refused and did not happen.

        trader: for which EA it is ordered. Raises Fenced where a newer generation of it was let in.
        """
        if trader is not None:
            self._fences.check(login, trader)
        ledger = self._ledgers[login]
        outcome = ledger.plan_order(order)
        if outcome.result is None:
            return refused(retcodes.ERROR), ()
        if outcome.book is not ledger.book:
            try:
                self._store.commit([Change(ledger.book, outcome)], trader)
            except sqlite3.Error:
                log.exception("an order of account %s could not be written", login)
                return refused(retcodes.ERROR), ()
            ledger.adopt(outcome)
            self._note_holdings(login)
        return outcome.result, outcome.deals

    def open_account(self, wanted: NewAccount, password_hash: str) -> Ledger:
        """Open an account with its deposit, committed; `wanted.login` is ignored, the next free one taken."""
        account = NewAccount(
            login=self._store.next_login(),
            name=wanted.name,
            deposit=wanted.deposit,
            currency=wanted.currency,
            leverage=wanted.leverage,
        )
        ledger = open_ledger(account, self.quotes, self._tickets, self.quotes.now_msc, self._terms)
        self._store.save_account(ledger, password_hash)
        ledger.deals.clear()
        self._ledgers[account.login] = ledger
        return ledger

    def ledger(self, login: int) -> Ledger:
        """Return an account's ledger, to read from."""
        return self._ledgers[login]

    def deals(self, login: int, after_ticket: int, limit: int) -> list[Deal]:
        """Return an account's deals with a greater ticket, ascending."""
        return self._store.deals(login, after_ticket, limit)

    def password_hash(self, login: int) -> str | None:
        """Return what an account's password is checked against; None for an unknown login."""
        return self._store.password_hash(login)

    def bars(self, symbol: str, count: int) -> list[Bar] | None:
        """Return the last M1 bars, the forming one last; None for a symbol that is not quoted."""
        series = self._series.get(symbol)
        return None if series is None else series.last(count)

    def save_market(self, cursor: Cursor) -> None:
        """Keep how far the market has come, with the bars since the last time."""
        bars = {}
        for name, series in self._series.items():
            forming = series.forming()
            bars[name] = self._unsaved[name] + ([forming] if forming else [])
            self._unsaved[name] = []
        self._store.save_market(cursor, self.quotes.all(), bars)

    def _draw(self, tick: Tick) -> None:
        closed = self._series[tick.symbol].add(tick)
        if closed is not None:
            self._unsaved[tick.symbol].append(closed)

    def _ledger(self, book: Book) -> Ledger:
        return Ledger(book, self.quotes, self._tickets, self._terms)

    def _note_holdings(self, login: int) -> None:
        """Remember whose positions a tick of each symbol concerns."""
        held = {position.symbol for position in self._ledgers[login].book.positions}
        for name in SYMBOLS:
            holders = self._holders.setdefault(name, set())
            if name in held:
                holders.add(login)
            else:
                holders.discard(login)
