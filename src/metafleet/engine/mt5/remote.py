"""A terminal behind a socket: the module's functions over a paper broker that serves many.

    terminal = Terminal(Remote("127.0.0.1", 8002, login=5000001, password="...").open)

What belongs to one moment comes with one question: a function asks at most once, when it first needs to know,
and not again before the next `pulse`. What has not changed since is not told again. A line that broke is made
anew at the next call; the call that it broke under fails, because nobody knows what became of its order.
"""

from __future__ import annotations

import ntpath
import os
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec
import numpy as np

from metafleet.engine.broker.errors import (
    BrokerError,
    BrokerUnavailable,
    LoginRefused,
    NothingThere,
    RequestRefused,
)
from metafleet.engine.broker.messages import ACCOUNT, ORDERS, POSITIONS, QUOTES, View
from metafleet.engine.broker.records import (
    SERVER_NAME,
    AccountInfo,
    Deal,
    Order,
    OrderResult,
    Position,
)
from metafleet.engine.broker.requests import TradeCheck, TradeRequest
from metafleet.engine.broker.terminal_client import TerminalClient
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.mt5.configuration import Configuration, ConfigurationRefused, TerminalPlace
from metafleet.engine.mt5.venue import (
    RATES,
    TICKS,
    Array,
    NoHistory,
    NoTerminal,
    Quote,
    Selection,
    SignInRefused,
    Station,
    Valued,
    VenueLost,
)
from metafleet.wire import secret_setting

T = TypeVar("T")
R = TypeVar("R", Order, Deal)

MAX_BARS: Final = 50_000
"""What a broker shows of a timeframe, and so what its terminals do."""

_PAGE: Final = 5_000
_MSC: Final = 1_000
_WHOLE_BOOK: Final = QUOTES | POSITIONS | ORDERS


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broker is, and who signs in where a program does not say. token: "" for none."""

    host: str
    port: int
    login: int | None = None
    password: str | None = None
    token: str = ""
    timeout_s: float = 10.0
    station: Station = Station()

    def __repr__(self) -> str:
        return f"Remote({self.host}:{self.port}, login={self.login})"

    def open(self, _path: str | None) -> RemoteVenue:
        """Return a terminal there; every path is one. Raises NoTerminal where no broker answers."""
        return RemoteVenue(self)


class _Sight:
    """What has been seen over one line. seen: parts since the pulse. known: parts as of these versions."""

    def __init__(self) -> None:
        self.seen = self.known = 0
        self.now_msc = 0
        self.quote_version = self.book_version = -1
        self.quotes: dict[str, Quote] = {}
        self.values: dict[str, tuple[int, tuple[float, float]]] = {}
        self.positions: Sequence[Position] = ()
        self.orders: Sequence[Order] = ()
        self.account: AccountInfo | None = None
        self.specs: dict[str, SymbolSpec] | None = None


class RemoteVenue:
    """One terminal at a broker."""

    def __init__(self, remote: Remote) -> None:
        """Connect. Raises NoTerminal, whose text says what is wrong."""
        self._remote = remote
        self._who: tuple[int, str] | None = None
        self._lines = 0
        self._sight = _Sight()
        self._client: TerminalClient | None = None
        try:
            self._client = self._connect()
        except BrokerError as error:
            raise NoTerminal(str(error)) from error
        self._station = msgspec.structs.replace(remote.station, maxbars=min(remote.station.maxbars, MAX_BARS))

    def sign_in(self, login: int | None, password: str | None, server: str | None) -> None:
        """Sign in; without a login as the configuration says. Raises SignInRefused."""
        remote = self._remote
        self._who = None
        login = remote.login if login is None else login
        if password is None and login == remote.login:
            password = remote.password
        if login is None or password is None or server not in (None, SERVER_NAME):
            raise SignInRefused
        try:
            self._signed_in(login, password)
        except (LoginRefused, RequestRefused) as error:
            raise SignInRefused(str(error)) from error
        except BrokerError as error:
            raise self._lost(error) from error
        self._who = (login, password)

    def close(self) -> None:
        """Hang up."""
        self._who = None
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def connected(self) -> bool:
        """Say whether somebody is signed in."""
        return self._who is not None

    def station(self) -> Station:
        """Return what the terminal says of itself."""
        return self._station

    def pulse(self) -> None:
        """Let what has been seen be old."""
        self._sight.seen = 0

    def now_msc(self) -> int:
        """Return the broker's time."""
        self._look(QUOTES)
        return self._sight.now_msc

    def book_version(self) -> int:
        """Return the book's version; positions and orders come with it, because they are asked for next."""
        self._look(_WHOLE_BOOK)
        return self._lines << 40 | self._sight.book_version

    def quote_version(self) -> int:
        """Return the version of the quotes."""
        self._look(QUOTES)
        return self._lines << 40 | self._sight.quote_version

    def account(self) -> AccountInfo:
        """Return the account."""
        self._look(ACCOUNT)
        assert self._sight.account is not None  # noqa: S101 -- narrows: a View has what was asked for first
        return self._sight.account

    def symbols(self) -> Mapping[str, SymbolSpec]:
        """Return every symbol of the broker: those of when it was first asked."""
        if self._sight.specs is None:
            self._sight.specs = {spec.name: spec for spec in self._ask(lambda client: client.symbols())}
        return self._sight.specs

    def quote(self, symbol: str) -> Quote | None:
        """Return the last tick: the same object until the next one."""
        self._look(QUOTES)
        return self._sight.quotes.get(symbol)

    def tick_values(self, symbol: str) -> tuple[float, float]:
        """Return what a tick makes; asked again once the quotes are others."""
        kept = self._sight.values.get(symbol)
        if kept is None or kept[0] != self._sight.quote_version:
            values = self._ask(lambda client: client.tick_values(symbol))
            kept = self._sight.values[symbol] = (self._sight.quote_version, values)
        return kept[1]

    def positions(self) -> Sequence[Position]:
        """Return open positions."""
        self._look(POSITIONS)
        return self._sight.positions

    def valued(self) -> Sequence[Valued]:
        """Return open positions with what they are worth."""
        return [(held, held.price_current, float(held.profit)) for held in self.positions()]

    def orders(self) -> Sequence[Order]:
        """Return orders that wait."""
        self._look(ORDERS)
        return self._sight.orders

    def history_orders(self, wanted: Selection) -> Sequence[Order]:
        """Return finished orders."""
        return self._paged(
            wanted,
            lambda client, fields: client.history_orders(**fields),
            lambda order: (order.time_done_msc, order.ticket),
        )

    def history_deals(self, wanted: Selection) -> Sequence[Deal]:
        """Return deals."""
        return self._paged(
            wanted,
            lambda client, fields: client.history_deals(**fields),
            lambda deal: (deal.time_msc, deal.ticket),
        )

    def rates_from_pos(self, symbol: str, timeframe: int, start: int, count: int) -> Array:
        """Return bars counted back from the forming one."""
        return self._array(RATES, lambda client: client.rates_from_pos(symbol, timeframe, start, count))

    def rates_from(self, symbol: str, timeframe: int, from_s: int, count: int) -> Array:
        """Return the last bars that open at from_s or before."""
        return self._array(RATES, lambda client: client.rates_from(symbol, timeframe, from_s, count))

    def rates_range(self, symbol: str, timeframe: int, from_s: int, to_s: int) -> Array:
        """Return bars that open in the span."""
        return self._array(RATES, lambda client: client.rates_range(symbol, timeframe, from_s, to_s))

    def ticks_from(self, symbol: str, from_msc: int, count: int, flags: int) -> Array:
        """Return the first ticks from this time on."""
        return self._array(TICKS, lambda client: client.ticks_from(symbol, from_msc, count, flags))

    def ticks_range(self, symbol: str, from_msc: int, to_msc: int, flags: int) -> Array:
        """Return ticks in the span."""
        return self._array(TICKS, lambda client: client.ticks_range(symbol, from_msc, to_msc, flags))

    def check(self, request: TradeRequest) -> TradeCheck:
        """Return what a request would lead to."""
        return self._ask(lambda client: client.check(request))

    def send(self, request: TradeRequest) -> OrderResult:
        """Execute a request."""
        self._sight.seen = 0
        return self._ask(lambda client: client.trade(request))

    def calc_margin(self, kind: int, symbol: str, volume: float, price: float) -> Decimal | None:
        """Return an order's margin by itself."""
        return self._ask(lambda client: client.calc_margin(kind, symbol, volume, price))

    def calc_profit(
        self, kind: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> Decimal | None:
        """Return the profit from one price to the other."""
        return self._ask(lambda client: client.calc_profit(kind, symbol, volume, price_open, price_close))

    def _look(self, parts: int) -> None:
        """See these parts of this moment, unless they have been seen since the pulse."""
        if self._sight.seen & parts == parts:
            return
        self._line()
        sight = self._sight
        parts |= QUOTES
        # What was not asked for last time may have changed since, whatever the version.
        book_version = sight.book_version if sight.known & parts == parts else -1
        view = self._ask(lambda client: client.look(parts, sight.quote_version, book_version))
        self._take(view, parts)

    def _take(self, view: View, parts: int) -> None:
        sight = self._sight
        sight.now_msc = view.now_msc
        if (view.quote_version, view.book_version) != (sight.quote_version, sight.book_version):
            sight.known = 0
        sight.quote_version, sight.book_version = view.quote_version, view.book_version
        sight.quotes.update(view.quotes)
        if view.positions is not None:
            sight.positions = view.positions
        if view.orders is not None:
            sight.orders = view.orders
        if view.account is not None:
            sight.account = view.account
        sight.known |= parts
        sight.seen |= parts

    def _paged(
        self,
        wanted: Selection,
        page: Callable[[TerminalClient, dict[str, Any]], list[R]],
        place: Callable[[R], tuple[int, int]],
    ) -> list[R]:
        fields: dict[str, Any] = {"limit": _PAGE}
        if wanted.ticket is not None:
            fields["ticket"] = wanted.ticket
        elif wanted.position is not None:
            fields["position"] = wanted.position
        else:
            fields |= {"from_msc": wanted.from_s * _MSC, "to_msc": wanted.to_s * _MSC + _MSC - 1}
        found: list[R] = []
        while True:
            more = self._ask(lambda client: page(client, fields))
            found += more
            if len(more) < _PAGE:
                return found
            fields["after_msc"], fields["after_ticket"] = place(more[-1])

    def _array(self, dtype: np.dtype[Any], ask: Callable[[TerminalClient], memoryview]) -> Array:
        try:
            return np.frombuffer(self._ask(ask), dtype)
        except NothingThere as error:
            raise NoHistory(str(error)) from error

    def _ask(self, ask: Callable[[TerminalClient], T]) -> T:
        client = self._line()
        try:
            return ask(client)
        except NothingThere:
            raise
        except BrokerError as error:
            raise self._lost(error) from error

    def _line(self) -> TerminalClient:
        """Return the line to the broker, a new one where the last one broke."""
        client = self._client
        if client is None:
            try:
                client = self._client = self._connect_again()
            except BrokerError as error:
                raise self._lost(error) from error
        return client

    def _connect(self) -> TerminalClient:
        remote = self._remote
        client = TerminalClient(remote.host, remote.port, remote.timeout_s)
        if remote.token:
            try:
                client.hello(remote.token)
            except BrokerError:
                client.close()
                raise
        return client

    def _connect_again(self) -> TerminalClient:
        if self._who is None:
            raise BrokerUnavailable("closed by this side")
        client = self._connect()
        try:
            client.login(*self._who, SERVER_NAME)
        except BrokerError:
            client.close()
            raise
        self._forget()
        return client

    def _signed_in(self, login: int, password: str) -> None:
        if self._client is None:
            self._client = self._connect()
        self._client.login(login, password, SERVER_NAME)
        self._forget()
        # One that is too old for us says so now.
        self._take(self._client.look(QUOTES), QUOTES)

    def _lost(self, error: BrokerError) -> VenueLost:
        """Give up a line that broke; the next call makes another."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
        return VenueLost(str(error), timed_out=str(error).startswith("no answer"))

    def _forget(self) -> None:
        """Begin anew: another line's versions say nothing of this one's."""
        self._lines += 1
        self._sight = _Sight()


def remote_of(configuration: Configuration, path: str | None) -> Remote:
    """Return where a terminal's broker is, `paper://[LOGIN:PASSWORD@]HOST:PORT`, and who signs in.

    That is who the address names, else the terminal's account, else the first one listed.
    METAFLEET_PAPER_TOKEN is said to brokers that ask for it. Raises ConfigurationRefused.
    """
    parts, port = _address(configuration.server)
    try:
        token = secret_setting.read(os.environ, "METAFLEET_PAPER_TOKEN")
    except secret_setting.SecretUnreadable as error:
        raise ConfigurationRefused(str(error)) from error
    place = next((one for one in configuration.terminals if one.path == path), TerminalPlace())
    listed = {account.login: account.password for account in configuration.accounts}
    login = int(parts.username or 0) or place.account or next(iter(listed), None)
    return Remote(
        host=parts.hostname or "",
        port=port,
        login=login,
        password=unquote(parts.password) if parts.password else listed.get(login or 0),
        token=token or "",
        station=Station(
            path=ntpath.dirname(place.path),
            data_path=ntpath.dirname(place.path),
            maxbars=place.maxbars,
            trade_allowed=place.trade_allowed,
            tradeapi_disabled=place.tradeapi_disabled,
        ),
    )


def _address(text: str) -> tuple[SplitResult, int]:
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "paper" or not parts.hostname or not port or not (parts.username or "0").isdecimal():
        # The address may hold a password.
        raise ConfigurationRefused(
            "the address of a paper server must be paper://LOGIN:PASSWORD@HOST:PORT or paper://HOST:PORT"
        )
    return parts, port
