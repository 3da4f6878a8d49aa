"""Symbols, their quotes and bars: what a program looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from metafleet.engine.market.arrays import joined
from metafleet.engine.market.symbols import ORDERS_CLOSE_BY, SymbolSpec
from metafleet.engine.mt5 import arguments as take
from metafleet.engine.mt5 import constants, structs, views
from metafleet.engine.mt5.calls import no_arguments, positional_only, with_keywords
from metafleet.engine.mt5.errors import (
    ARGUMENT_COUNT,
    CALL_FAILED,
    INVALID_PARAMS,
    NO_CONNECTION,
    NOT_FOUND,
    CallFailed,
    invalid_unnamed,
)
from metafleet.engine.mt5.masks import mask
from metafleet.engine.mt5.session import Session, filtered
from metafleet.engine.mt5.venue import Array, NoHistory, Quote, Venue

_TIMEFRAMES: Final = frozenset(
    value for name, value in vars(constants).items() if name.startswith("TIMEFRAME_")
)
_TICK_KINDS: Final = 3
"""COPY_TICKS_INFO and COPY_TICKS_TRADE; all bits of COPY_TICKS_ALL are both."""


class Watching(Session):
    """The functions that read the market. Market Watch holds what the venue says until that is changed."""

    def _begin(self) -> None:
        super()._begin()
        self._shown: set[str] | None = None
        self._books: set[str] = set()
        self._ticks: dict[str, tuple[Quote, structs.Tick]] = {}
        self._infos: dict[tuple[str, bool], tuple[int, structs.SymbolInfo]] = {}
        self._hedges: bool | None = None

    @no_arguments
    def symbols_total(self) -> int:
        """Return how many symbols the server has."""
        return len(self._connected().symbols())

    @with_keywords(None)
    def symbols_get(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[structs.SymbolInfo, ...] | None:
        """Return symbols: `symbols_get([group], *, group)`. Empty where the mask keeps none."""
        take.count_is(arguments, 0, 1)
        group = filtered(keywords)
        if arguments:
            group = take.text(arguments[0], take.GROUP_LENGTH, invalid_unnamed(0))
        venue = self._connected()
        kept = (lambda _: True) if group is None else mask(group)
        # Symbols outside Market Watch get no quotes, so nobody waits for all symbols of a server to wake.
        shown = self._watch(venue)
        return tuple(self._info(venue, name, quoted=name in shown) for name in venue.symbols() if kept(name))

    @positional_only
    def symbol_info(self, arguments: tuple[Any, ...]) -> structs.SymbolInfo:
        """Return a symbol: `symbol_info(symbol)`."""
        name = _symbol(arguments)
        venue = self._connected()
        self._known(venue, name)
        return self._info(venue, name)

    @positional_only
    def symbol_info_tick(self, arguments: tuple[Any, ...]) -> structs.Tick:
        """Return a symbol's last tick: `symbol_info_tick(symbol)`."""
        name = _symbol(arguments)
        quote = self._connected().quote(name)
        if quote is None:
            raise CallFailed(NOT_FOUND)
        made = self._ticks.get(name)
        if made is None or made[0] is not quote:
            made = self._ticks[name] = (quote, views.tick(quote))
        return made[1]

    @positional_only
    def symbol_select(self, arguments: tuple[Any, ...]) -> bool:
        """Put a symbol into Market Watch or take it out: `symbol_select(symbol, enable=True)`.

        It stays where it has a position or an order.
        """
        take.count_is(arguments, 1, 2)
        name = take.symbol(arguments[0])
        enable = len(arguments) == 1 or bool(arguments[1])
        venue = self._venue_or_false()
        self._known(venue, name, CALL_FAILED, False)
        if not enable and name in _used(venue):
            raise CallFailed(CALL_FAILED, False)
        self._infos.clear()
        shown = self._watch(venue)
        (shown.add if enable else shown.discard)(name)
        return True

    @positional_only
    def market_book_add(self, arguments: tuple[Any, ...]) -> bool:
        """Ask for a symbol's depth of market: `market_book_add(symbol)`. False, and no error, if unknown."""
        name = _symbol(arguments)
        known = name in self._venue_or_false().symbols()
        if known:
            self._books.add(name)
        return known

    @positional_only
    def market_book_get(self, arguments: tuple[Any, ...]) -> tuple[structs.BookInfo, ...]:
        """Return a depth of market that was asked for, highest price first: `market_book_get(symbol)`."""
        name = _symbol(arguments)
        venue = self._connected()
        self._known(venue, name)
        if name not in self._books:
            raise CallFailed(CALL_FAILED)
        quote = venue.quote(name)
        return () if quote is None else views.depth(venue.symbols()[name], quote)

    @positional_only
    def market_book_release(self, arguments: tuple[Any, ...]) -> bool:
        """Let a depth of market go: `market_book_release(symbol)`. False, and no error, if not held."""
        name = _symbol(arguments)
        self._venue_or_false()
        asked = name in self._books
        self._books.discard(name)
        return asked

    @positional_only
    def copy_rates_from(self, arguments: tuple[Any, ...]) -> Array:
        """Return bars up to a date: `copy_rates_from(symbol, timeframe, date_from, count)`."""
        take.count_is(arguments, 4)
        timeframe, count = take.number(arguments[1]), take.number(arguments[3])
        name, from_s = take.symbol(arguments[0]), take.moment(arguments[2])
        venue = self._charted(name, timeframe, count)
        count = min(count, venue.station().maxbars)
        return _copied(lambda: venue.rates_from(name, timeframe, from_s, count))

    @positional_only
    def copy_rates_from_pos(self, arguments: tuple[Any, ...]) -> Array:
        """Return bars back from a place: `copy_rates_from_pos(symbol, timeframe, start_pos, count)`."""
        take.count_is(arguments, 4)
        timeframe, start, count = map(take.number, arguments[1:])
        name = take.symbol(arguments[0])
        venue = self._charted(name, timeframe, count)
        maxbars = venue.station().maxbars
        if start < 0:
            raise CallFailed(INVALID_PARAMS)
        if start >= maxbars:
            raise CallFailed(CALL_FAILED)
        count = min(count, maxbars - start)
        return _copied(lambda: venue.rates_from_pos(name, timeframe, start, count))

    @positional_only
    def copy_rates_range(self, arguments: tuple[Any, ...]) -> Array:
        """Return bars that open in a span: `copy_rates_range(symbol, timeframe, date_from, date_to)`."""
        take.count_is(arguments, 4)
        timeframe = take.number(arguments[1])
        name = take.symbol(arguments[0])
        from_s, to_s = _span(arguments[2:])
        venue = self._charted(name, timeframe, 1)
        return _copied(lambda: venue.rates_range(name, timeframe, from_s, to_s))

    @positional_only
    def copy_ticks_from(self, arguments: tuple[Any, ...]) -> Array:
        """Return ticks from a date on: `copy_ticks_from(symbol, date_from, count, flags)`."""
        take.count_is(arguments, 4)
        count, flags = take.number(arguments[2]), take.number(arguments[3])
        name, from_s = take.symbol(arguments[0]), take.moment(arguments[1])
        if count < 1:
            raise CallFailed(INVALID_PARAMS)
        venue = self._ticked(name, flags)
        return _copied(lambda: venue.ticks_from(name, from_s * 1000, count, _kinds(flags)))

    @positional_only
    def copy_ticks_range(self, arguments: tuple[Any, ...]) -> Array:
        """Return ticks of a span: `copy_ticks_range(symbol, date_from, date_to, flags)`, both inclusive."""
        take.count_is(arguments, 4)
        flags = take.number(arguments[3])
        name = take.symbol(arguments[0])
        from_s, to_s = _span(arguments[1:3])
        venue = self._ticked(name, flags)
        return _copied(lambda: venue.ticks_range(name, from_s * 1000, to_s * 1000, _kinds(flags)))

    def _venue_or_false(self) -> Venue:
        """Return the venue for a function that answers False without one."""
        if self._venue is None:
            raise CallFailed(NO_CONNECTION, False)
        return self._connected()

    def _charted(self, name: str, timeframe: int, count: int) -> Venue:
        venue = self._connected()
        if timeframe not in _TIMEFRAMES or count < 1:
            raise CallFailed(INVALID_PARAMS)
        self._known(venue, name, CALL_FAILED)
        return venue

    def _ticked(self, name: str, flags: int) -> Venue:
        venue = self._connected()
        if not flags & _TICK_KINDS:
            raise CallFailed(INVALID_PARAMS)
        self._known(venue, name)
        return venue

    def _info(self, venue: Venue, name: str, *, quoted: bool = True) -> structs.SymbolInfo:
        version = venue.quote_version()
        made = self._infos.get((name, quoted))
        if made is None or made[0] != version:
            quote = venue.quote(name) if quoted else None
            values = venue.tick_values(name)
            info = views.symbol(self._spec(venue, name), quote, values, name in self._watch(venue))
            made = self._infos[name, quoted] = (version, info)
        return made[1]

    def _spec(self, venue: Venue, name: str) -> SymbolSpec:
        """Return a symbol as its account may trade it: where it has one position, none closes another."""
        if self._hedges is None:
            self._hedges = venue.account().margin_mode == "hedging"
        spec = venue.symbols()[name]
        if self._hedges:
            return spec
        return msgspec.structs.replace(spec, order_flags=spec.order_flags & ~ORDERS_CLOSE_BY)

    def _watch(self, venue: Venue) -> set[str]:
        """Return the names in Market Watch."""
        if self._shown is None:
            watched = venue.station().watched
            self._shown = set(venue.symbols() if watched is None else watched)
        return self._shown


def _used(venue: Venue) -> set[str]:
    return {held.symbol for held in venue.positions()} | {order.symbol for order in venue.orders()}


def _symbol(arguments: tuple[Any, ...]) -> str:
    if len(arguments) != 1:
        raise CallFailed(ARGUMENT_COUNT)
    return take.symbol(arguments[0])


def _span(dates: tuple[Any, ...]) -> tuple[int, int]:
    from_s, to_s = map(take.moment, dates)
    if from_s > to_s:
        raise CallFailed(INVALID_PARAMS)
    return from_s, to_s


def _kinds(flags: int) -> int:
    """Return COPY_TICKS_ALL, _INFO or _TRADE."""
    return constants.COPY_TICKS_ALL if flags & _TICK_KINDS == _TICK_KINDS else flags & _TICK_KINDS


def _copied(read: Callable[[], Array]) -> Array:
    """Return an array of the program's own that it cannot write to."""
    try:
        found = read()
    except NoHistory as error:
        raise CallFailed(CALL_FAILED) from error
    if found.base is not None or not found.flags.owndata:
        return joined([found], found.dtype)
    found.flags.writeable = False
    return found
