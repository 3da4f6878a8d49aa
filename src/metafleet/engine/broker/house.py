"""The broker behind its counter: all accounts on one market, every change committed before it counts.

No sockets and no clock: `server` drives it.
"""

from __future__ import annotations

import heapq
import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, Outcome, Terms
from metafleet.engine.broker.charts import Chart
from metafleet.engine.broker.expiry import NEVER_MSC
from metafleet.engine.broker.fences import Fences, Trader
from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.messages import GetHistoryDeals, GetHistoryOrders
from metafleet.engine.broker.orders import refused
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Deal, Order, OrderRequest, OrderResult, Quote
from metafleet.engine.broker.requests import TradeRequest
from metafleet.engine.broker.store import KEPT_BARS, Change, Store
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.feed import Cursor
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.series import series_of
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import CALC_FOREX, SYMBOLS, SymbolSpec

log = logging.getLogger(__name__)


class House:
    """Accounts, quotes and charts. sqlite3.Error from a tick passes through: the broker cannot go on.

    Each change is committed at once. With `grouping`, those since the last `keep` are committed together by
    the next one, and nobody may be told of them before; `settle` is called where that cannot wait.
    """

    def __init__(self, store: Store, offered: Iterable[SymbolSpec], terms: Terms) -> None:
        self.offered = list(offered)
        books = store.books()
        self.quotes = Quotes(_specs(self.offered, books).values())
        self._store = store
        self._terms = terms
        self._tickets = store.tickets()
        self._fences = Fences(store.fences())
        self._ledgers = {book.login: self._ledger(book) for book in books}
        self.grouping = False
        self.settle: Callable[[], object] = self.keep
        self._group: list[tuple[Ledger, Book]] = []
        self._is_lost = False
        """Whether the database has given up what was to be kept."""
        self._dues: list[tuple[int, int]] = []
        self._noted: set[tuple[int, int]] = set()
        """What is in `_dues`: of an account that trades all day, each moment once."""
        self._holders: dict[str, set[int]] = {}
        self._series = {spec.name: series_of(spec, KEPT_BARS) for spec in self.offered}
        self._charts = {spec.name: Chart(spec) for spec in self.offered}
        self._unsaved: dict[str, list[Bar]] = {name: [] for name in self._series}
        for login in self._ledgers:
            self._note_holdings(login)

    def restore(
        self, quotes: Iterable[Tick], bars: dict[str, list[Bar]], before: Mapping[str, Array] | None = None
    ) -> None:
        """Take over the prices that a market ended with. before: earlier bars of RATES, by symbol."""
        for name, series in self._series.items():
            kept = bars.get(name, [])
            series.load(kept)
            self._charts[name].begin(kept, (before or {}).get(name))
        for tick in quotes:
            self.quotes.apply(tick)
            if tick.symbol in self._charts:
                self._charts[tick.symbol].restore(tick, self.quotes.version)
        for login, ledger in self._ledgers.items():
            ledger.look_anew()
            self._note_holdings(login)

    def past_tick(self, tick: Tick) -> None:
        """Take a tick of the time before the present: it draws charts and moves no account."""
        self.quotes.apply(tick)
        self._draw(tick)

    def on_tick(self, tick: Tick) -> list[tuple[int, Deal]]:
        """Take a tick and return what it set off, written: (login, deal), in order of the tickets."""
        self.quotes.apply(tick)
        self._draw(tick)
        concerned = self._holders.get(tick.symbol, set())
        if self._dues and self._dues[0][0] <= tick.time_msc:
            concerned = concerned | self._due(tick.time_msc)
        if not concerned:
            return []
        planned = [
            (self._ledgers[login], self._ledgers[login].plan_tick(tick)) for login in sorted(concerned)
        ]
        moved = [(ledger, outcome) for ledger, outcome in planned if outcome is not None]
        if not moved:
            return []
        self._write(moved)
        return [(ledger.book.login, deal) for ledger, outcome in moved for deal in outcome.deals]

    @property
    def has_group(self) -> bool:
        """Whether changes wait for `keep`."""
        return bool(self._group) or self._is_lost

    def keep(self) -> bool:
        """Commit what was changed since the last time; False: it cannot be written and did not happen."""
        group, self._group = self._group, []
        was_lost, self._is_lost = self._is_lost, False
        if not group:
            return not was_lost
        try:
            if was_lost:
                self._store.drop()
            else:
                self._store.keep()
                return True
        except sqlite3.Error:
            log.exception("changes of accounts could not be written")
        self._undo(group)
        return False

    def _write(self, moved: list[tuple[Ledger, Outcome]], trader: Trader | None = None) -> None:
        """Write outcomes and make them so. Raises sqlite3.Error with nothing of them changed."""
        changes = [Change(ledger.book, outcome) for ledger, outcome in moved]
        if self.grouping:
            try:
                self._store.add(changes, trader)
            except sqlite3.Error:
                if not self._store.is_adding:
                    group, self._group = self._group, []
                    self._undo(group)
                    self._is_lost = True
                raise
            self._group += [(ledger, ledger.book) for ledger, _ in moved]
        else:
            self._store.commit(changes, trader)
        for ledger, outcome in moved:
            before = ledger.book
            ledger.adopt(outcome)
            ledger.forget()
            if not self._is_noted(before, ledger.book):
                self._note_holdings(ledger.book.login)

    def _undo(self, group: list[tuple[Ledger, Book]]) -> None:
        for ledger, book in reversed(group):
            ledger.adopt(Outcome(book))
            self._note_holdings(book.login)

    def let_in(self, login: int, trader: Trader) -> bool:
        """Let this generation of an EA trade, and no older one any more; return whether it is a new one.

        Raises Fenced where a newer one was let in, RequestRefused, and sqlite3.Error with nothing changed.
        """
        is_new = self._fences.check(login, trader)
        if is_new:
            self.settle()
            self._store.save_sign_in(login, trader, self._tickets.next_deal, self.quotes.now_msc)
            self._fences.raise_to(login, trader)
        return is_new

    def send(
        self, login: int, order: OrderRequest | TradeRequest, trader: Trader | None = None
    ) -> tuple[OrderResult, tuple[Deal, ...]]:
        """Execute a request and write it; what cannot be written is refused and did not happen.

        trader: for which EA it is ordered. Raises Fenced where a newer generation of it was let in.
        """
        if trader is not None:
            self._fences.check(login, trader)
        ledger = self._ledgers[login]
        outcome = ledger.plan(order)
        if outcome.result is None:
            return refused(retcodes.ERROR), ()
        if outcome.book is not ledger.book or outcome.orders:
            try:
                self._write([(ledger, outcome)], trader)
            except sqlite3.Error:
                about = {"instance_id": trader.expert} if trader else None
                log.exception("an order of account %s could not be written", login, extra=about)
                return refused(retcodes.ERROR), ()
        return outcome.result, outcome.deals

    def open_account(self, wanted: NewAccount, password_hash: str) -> Ledger:
        """Open an account with its deposit, committed; `wanted.login` is ignored, the next free one taken."""
        self.settle()
        account = NewAccount(
            login=self._store.next_login(),
            name=wanted.name,
            deposit=wanted.deposit,
            currency=wanted.currency,
            leverage=wanted.leverage,
            margin_mode=wanted.margin_mode,
        )
        ledger = open_ledger(account, self.quotes, self._tickets, self.quotes.now_msc, self._terms)
        self._store.save_account(ledger, password_hash)
        ledger.forget()
        self._ledgers[account.login] = ledger
        return ledger

    def ledger(self, login: int) -> Ledger:
        """Return an account's ledger, to read from."""
        return self._ledgers[login]

    def deals(self, login: int, after_ticket: int, limit: int) -> list[Deal]:
        """Return an account's deals with a greater ticket, ascending."""
        return self._store.deals(login, after_ticket, limit)

    def finished_orders(self, login: int, from_msc: int, to_msc: int) -> list[Order]:
        """Return an account's orders that were done in this span, inclusive, by time done and ticket."""
        return self._store.finished_orders(login, from_msc, to_msc)

    def history_deals(self, login: int, wanted: GetHistoryDeals) -> list[Deal]:
        """Return deals of an account's history, by time and ticket."""
        return self._store.history_deals(login, wanted)

    def history_orders(self, login: int, wanted: GetHistoryOrders) -> list[Order]:
        """Return finished orders of an account's history, by time done and ticket."""
        return self._store.history_orders(login, wanted)

    def password_hash(self, login: int) -> str | None:
        """Return what an account's password is checked against; None for an unknown login."""
        return self._store.password_hash(login)

    def bars(self, symbol: str, count: int) -> list[Bar] | None:
        """Return the last M1 bars, the forming one last; None for a symbol that is not quoted."""
        series = self._series.get(symbol)
        return None if series is None else series.last(count)

    def chart(self, symbol: str) -> Chart | None:
        """Return a symbol's chart; None for one that is not quoted."""
        return self._charts.get(symbol)

    def quotes_after(self, version: int) -> dict[str, Quote]:
        """Return the quotes of the symbols that had a tick after this version of the quotes."""
        return {
            name: quote
            for name, chart in self._charts.items()
            if chart.version > version and (quote := chart.quote()) is not None
        }

    def not_quoted(self, symbol: str) -> str:
        """Say what is wrong with a symbol that is not quoted."""
        return f"the market quotes {', '.join(self._charts)}, not {symbol!r}"

    def currencies(self) -> list[str]:
        """Return the currencies that an account may be in: those that have a pair with USD."""
        pairs = [spec for spec in self.quotes.specs.values() if spec.calc_mode == CALC_FOREX]
        legs = {(spec.currency_base, spec.currency_profit) for spec in pairs}
        return ["USD", *sorted({one for leg in legs if "USD" in leg for one in leg} - {"USD"})]

    def save_market(self, cursor: Cursor) -> None:
        """Keep how far the market has come, with the bars since the last time."""
        self.settle()
        bars = {}
        for name, series in self._series.items():
            forming = series.forming()
            bars[name] = self._unsaved[name] + ([forming] if forming else [])
            self._unsaved[name] = []
        self._store.save_market(cursor, self.quotes.all(), bars)

    def _draw(self, tick: Tick) -> None:
        closed = self._series[tick.symbol].add(tick)
        self._charts[tick.symbol].take(tick, self.quotes.version)
        if closed is not None:
            self._unsaved[tick.symbol].append(closed)

    def _ledger(self, book: Book) -> Ledger:
        return Ledger(book, self.quotes, self._tickets, self._terms)

    def _is_noted(self, before: Book, after: Book) -> bool:
        """Say whether it is known already whom ticks and time concern: there is one more of what is held."""
        if not before.positions or after.orders is not before.orders or after.rolled_day != before.rolled_day:
            return False
        if len(after.positions) != len(before.positions) + 1 or after.positions[:-1] != before.positions:
            return False
        new = after.positions[-1]
        return any(held.symbol == new.symbol for held in before.positions)

    def _note_holdings(self, login: int) -> None:
        """Remember whose book a tick of each symbol concerns, and when time alone does."""
        ledger = self._ledgers[login]
        watched = ledger.watched_symbols()
        for name, holders in self._holders.items():
            if name not in watched:
                holders.discard(login)
        for name in watched:
            self._holders.setdefault(name, set()).add(login)
        due = (ledger.due_msc, login)
        if ledger.due_msc < NEVER_MSC and due not in self._noted:
            self._noted.add(due)
            heapq.heappush(self._dues, due)

    def _due(self, now_msc: int) -> set[int]:
        """Return whose book the time changes now; what was noted may have changed since."""
        found = set()
        while self._dues and self._dues[0][0] <= now_msc:
            due = heapq.heappop(self._dues)
            self._noted.discard(due)
            _, login = due
            if self._ledgers[login].due_msc <= now_msc:
                found.add(login)
        return found


def _specs(offered: Iterable[SymbolSpec], books: Iterable[Book]) -> dict[str, SymbolSpec]:
    """Return the symbols that are quoted, the demo's, and what accounts hold of a market before this one."""
    specs = {**SYMBOLS, **{spec.name: spec for spec in offered}}
    held: set[str] = set()
    for book in books:
        held |= {position.symbol for position in book.positions} | {order.symbol for order in book.orders}
    return specs | {name: known_symbols()[name] for name in held - specs.keys()}
