"""A private paper terminal in this process: a market of `mt5.market`, ledgers of `engine.broker`, no server.

    paper = Paper(Configuration())
    terminal = Terminal(paper.open)
    terminal.initialize()

Time moves at the start of each function and only there; the market is then lived up to it tick by tick, so
that stops, orders that wait and nights come in their order, however long the program slept. Several terminals
may stand on one Paper: they see one market, and those of the same account one book.
"""

from __future__ import annotations

import ntpath
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from threading import Lock, RLock
from typing import Final, TypeVar

import msgspec

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.money import exact
from metafleet.engine.broker.records import AccountInfo, Deal, Order, OrderResult, Position
from metafleet.engine.broker.requests import TradeCheck, TradeRequest
from metafleet.engine.broker.valuation import calc_margin, calc_profit, tick_values
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.mt5 import opening
from metafleet.engine.mt5.clocks import Clock, WallClock
from metafleet.engine.mt5.configuration import (
    Configuration,
    ConfigurationRefused,
    KnownAccount,
    TerminalPlace,
    configured,
    moment_s,
)
from metafleet.engine.mt5.remote import remote_of
from metafleet.engine.mt5.venue import (
    Array,
    NoTerminal,
    Quote,
    Selection,
    SignInRefused,
    Station,
    Valued,
    Venue,
)

T = TypeVar("T")

FIRST_LOGIN: Final = 50_001_000
"""The account of a terminal that nobody gave one."""

FIRST_ORDER: Final = 1_000_001
FIRST_DEAL: Final = 800_001
"""Where tickets begin: long ones, and orders' and deals' apart, as a server has them."""

WATCHED: Final = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD", "BTCUSD")
"""Market Watch of a fresh terminal; all symbols where there are no more than these."""


class Account(msgspec.Struct, frozen=True):
    """An account that somebody has signed in to."""

    server: str
    ledger: Ledger


class Paper:
    """A market, its accounts, and the terminals on it. clock: what its now is; None: as configured.

    Raises ConfigurationRefused.
    """

    def __init__(self, configuration: Configuration | None = None, clock: Clock | None = None) -> None:
        self.configuration = configuration or Configuration()
        terms = self.configuration.market
        begin_s = moment_s(terms.begin)
        self.clock: Clock = clock or WallClock(self.configuration.speed, begin_s)
        self.lock = RLock()
        self.market = opening.open_market(terms, self.clock.now_msc() // 1000)
        self.market.on_tick = self._on_tick
        self.accounts: dict[int, Account] = {}
        self.current: dict[str, int] = {}
        """The login that each terminal, by its path, was signed in to last."""
        self._woken: set[tuple[str, str]] = set()
        self._tickets = Tickets(FIRST_ORDER, FIRST_DEAL)

    def open(self, path: str | None) -> LocalVenue:
        """Return the terminal of a path, or the first one. Raises NoTerminal."""
        places = self.configuration.terminals or (TerminalPlace(),)
        if path is None or not self.configuration.terminals:
            return LocalVenue(self, places[0])
        wanted = _normal(path)
        for place in places:
            if _normal(place.path) == wanted:
                return LocalVenue(self, place)
        raise NoTerminal(f"Process create failed '{path}'")

    def advance(self) -> None:
        """Live through what has happened since the last time."""
        now_msc = self.clock.now_msc()
        if now_msc != self.market.now_msc:
            with self.lock:
                self.market.advance(now_msc)

    def account(self, login: int, password: str | None, server: str | None) -> Account:
        """Return an account, which is opened when it is first signed in to. Raises SignInRefused."""
        known = self._known(login, password, server)
        account = self.accounts.get(login)
        if account is None:
            account = self.accounts[login] = Account(known.server, self._ledger(known))
        elif server not in (None, account.server):
            raise SignInRefused
        return account

    def wake(self, name: str, currency: str) -> bool:
        """Have a symbol play, and the pairs that its money needs; say whether it exists."""
        if (name, currency) in self._woken:
            return True
        market = self.market
        spec = market.specs.get(name)
        if spec is None:
            return False
        market.wake(name)
        for other in opening.currencies_of(spec):
            for pair in opening.pairs(other, currency, market.specs):
                market.wake(pair)
        self._woken.add((name, currency))
        return True

    def _known(self, login: int, password: str | None, server: str | None) -> KnownAccount:
        listed = self.configuration.accounts
        if not listed:
            terms = msgspec.structs.asdict(self.configuration.account)
            return KnownAccount(login=login, server=server or KnownAccount(login=1).server, **terms)
        for one in listed:
            right = password is None or one.password in (None, password)
            if one.login == login and right and server in (None, one.server):
                return one
        raise SignInRefused

    def _ledger(self, known: KnownAccount) -> Ledger:
        account = NewAccount(
            login=known.login,
            name=known.name,
            deposit=exact(known.deposit),
            currency=known.currency,
            leverage=known.leverage,
            margin_mode=known.mode,
        )
        now_msc = self.market.quotes.now_msc
        terms = opening.account_terms(known, self.market.specs, self.configuration.market.seed)
        return open_ledger(account, self.market.quotes, self._tickets, now_msc, terms)

    def _on_tick(self, tick: Tick) -> None:
        self.market.quotes.apply(tick)
        for account in self.accounts.values():
            ledger = account.ledger
            if ledger.book.positions or ledger.book.orders:
                outcome = ledger.plan_tick(tick)
                if outcome is not None:
                    ledger.adopt(outcome)


class LocalVenue:
    """One terminal on a Paper."""

    def __init__(self, paper: Paper, place: TerminalPlace) -> None:
        self._paper = paper
        self._market = paper.market
        self._place = place
        self._account: Account | None = None
        self._currency = ""
        self._station = Station(
            path=ntpath.dirname(place.path) or "/opt/metafleet/terminal",
            data_path=ntpath.dirname(place.path) or "/opt/metafleet/terminal",
            commondata_path="/opt/metafleet/common",
            maxbars=place.maxbars,
            trade_allowed=place.trade_allowed,
            tradeapi_disabled=place.tradeapi_disabled,
            watched=_watched(paper.market.specs),
        )

    def sign_in(self, login: int | None, password: str | None, server: str | None) -> None:
        """Sign in; without a login, to the account that the terminal was last signed in to."""
        paper = self._paper
        with paper.lock:
            self._account = None
            paper.advance()
            if login is None:
                login = paper.current.get(self._place.path) or self._place.account or _first(paper)
            self._account = paper.account(login, password, server)
            self._currency = self._account.ledger.book.currency
            paper.current[self._place.path] = login

    def close(self) -> None:
        """Let go of it; the account and what it holds stay with the Paper."""
        self._account = None

    def connected(self) -> bool:
        """Say whether somebody is signed in: a server in this process is always there."""
        return self._account is not None

    def station(self) -> Station:
        """Return what the terminal says of itself."""
        return self._station

    def pulse(self) -> None:
        """Live through what has happened since the last time."""
        self._paper.advance()

    def now_msc(self) -> int:
        """Return the server's time."""
        return self._market.quotes.now_msc

    def book_version(self) -> int:
        """Return the ledger's version."""
        return self._ledger().version

    def quote_version(self) -> int:
        """Return how many ticks there were."""
        return self._market.version

    def account(self) -> AccountInfo:
        """Return the account, at its own server's name."""
        with self._paper.lock:
            account = self._signed_in()
            return msgspec.structs.replace(account.ledger.account(), server=account.server)

    def symbols(self) -> Mapping[str, SymbolSpec]:
        """Return every symbol."""
        return self._market.specs

    def quote(self, symbol: str) -> Quote | None:
        """Return the last tick; a symbol plays from its first question on."""
        played = self._market.awake.get(symbol)
        if played is None:
            with self._paper.lock:
                if not self._paper.wake(symbol, self._currency):
                    return None
                played = self._market.awake[symbol]
        return played.last()

    def tick_values(self, symbol: str) -> tuple[float, float]:
        """Return what a tick makes, as a gain and as a loss; a loss is positive too."""
        with self._paper.lock:
            try:
                values = tick_values(self._market.specs[symbol], self._currency, self._market.quotes)
            except NoRate:
                return 0.0, 0.0
        return float(values.profit), float(values.loss)

    def positions(self) -> Sequence[Position]:
        """Return open positions."""
        with self._paper.lock:
            return self._ledger().positions()

    def valued(self) -> Sequence[Valued]:
        """Return open positions with what they are worth."""
        with self._paper.lock:
            return self._ledger().valued()

    def orders(self) -> Sequence[Order]:
        """Return orders that wait."""
        return self._ledger().orders()

    def history_orders(self, wanted: Selection) -> Sequence[Order]:
        """Return finished orders, in the order in which they were finished."""
        finished = self._ledger().finished
        if wanted.ticket is not None:
            return [order for order in finished if order.ticket == wanted.ticket]
        if wanted.position is not None:
            ours = wanted.position
            return [order for order in finished if ours in (order.position_id, order.position_by_id)]
        return _between(finished, wanted, lambda order: order.time_done_msc // 1000)

    def history_deals(self, wanted: Selection) -> Sequence[Deal]:
        """Return deals, oldest first."""
        deals = self._ledger().deals
        if wanted.ticket is not None:
            return [deal for deal in deals if deal.order == wanted.ticket]
        if wanted.position is not None:
            return [deal for deal in deals if deal.position_id == wanted.position]
        return _between(deals, wanted, lambda deal: deal.time_msc // 1000)

    def rates_from_pos(self, symbol: str, timeframe: int, start: int, count: int) -> Array:
        """Return bars counted back from the forming one."""
        with self._paper.lock:
            return self._market.history(symbol).rates_from_pos(timeframe, start, count)

    def rates_from(self, symbol: str, timeframe: int, from_s: int, count: int) -> Array:
        """Return the last bars that open at or before from_s."""
        with self._paper.lock:
            return self._market.history(symbol).rates_from(timeframe, from_s, count)

    def rates_range(self, symbol: str, timeframe: int, from_s: int, to_s: int) -> Array:
        """Return bars that open in the span."""
        with self._paper.lock:
            return self._market.history(symbol).rates_range(timeframe, from_s, to_s)

    def ticks_from(self, symbol: str, from_msc: int, count: int, flags: int) -> Array:
        """Return the first ticks from this time on."""
        with self._paper.lock:
            return self._market.ticked(symbol, from_msc).ticks_from(from_msc, count, flags)

    def ticks_range(self, symbol: str, from_msc: int, to_msc: int, flags: int) -> Array:
        """Return ticks in the span."""
        with self._paper.lock:
            return self._market.ticked(symbol, from_msc).ticks_range(from_msc, to_msc, flags)

    def check(self, request: TradeRequest) -> TradeCheck:
        """Return what a request would lead to."""
        with self._paper.lock:
            self._paper.wake(request.symbol, self._currency)
            return self._ledger().check(request)

    def send(self, request: TradeRequest) -> OrderResult:
        """Execute a request."""
        with self._paper.lock:
            self._paper.wake(request.symbol, self._currency)
            return self._ledger().send(request)

    def calc_margin(self, kind: int, symbol: str, volume: float, price: float) -> Decimal | None:
        """Return an order's margin by itself."""
        with self._paper.lock:
            self._paper.wake(symbol, self._currency)
            book, spec = self._ledger().book, self._market.specs[symbol]
            try:
                return calc_margin(
                    kind, spec, volume, price, book.leverage, book.currency, self._market.quotes
                )
            except (NoRate, ArithmeticError):
                return None

    def calc_profit(
        self, kind: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> Decimal | None:
        """Return the profit from one price to the other."""
        with self._paper.lock:
            self._paper.wake(symbol, self._currency)
            spec, quotes = self._market.specs[symbol], self._market.quotes
            try:
                return calc_profit(kind, spec, volume, price_open, price_close, self._currency, quotes)
            except (NoRate, ArithmeticError):
                return None

    def _signed_in(self) -> Account:
        assert self._account is not None, "a terminal asks after it has signed in"  # noqa: S101 -- narrows
        return self._account

    def _ledger(self) -> Ledger:
        return self._signed_in().ledger


_configured_lock = Lock()
_configured: dict[str, Paper] = {}


def open_configured(path: str | None) -> Venue:
    """Return the terminal of a path, as the environment configures it; all of a process share one Paper.

    Raises NoTerminal, whose text says what is wrong.
    """
    with _configured_lock:
        try:
            if "paper" not in _configured:
                configuration = configured()
                if configuration.server:
                    return remote_of(configuration, path).open(path)
                _configured["paper"] = Paper(configuration)
        except ConfigurationRefused as error:
            raise NoTerminal(str(error)) from error
    return _configured["paper"].open(path)


def _first(paper: Paper) -> int:
    listed = paper.configuration.accounts
    return listed[0].login if listed else FIRST_LOGIN


def _watched(specs: Mapping[str, SymbolSpec]) -> tuple[str, ...]:
    return tuple(specs) if len(specs) <= len(WATCHED) else tuple(name for name in WATCHED if name in specs)


def _normal(path: str) -> str:
    return ntpath.normcase(ntpath.normpath(path))


def _between(found: Sequence[T], wanted: Selection, time_s: Callable[[T], int]) -> Sequence[T]:
    begin = bisect_left(found, wanted.from_s, key=time_s)
    return found[begin : bisect_right(found, wanted.to_s, key=time_s)]
