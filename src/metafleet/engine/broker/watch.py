"""The quick look at a tick: can it set anything off? In floats, so that a quiet tick costs little."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.bounds import FIXED_RATIO, alarm_of, nearest_levels, quiet_bids
from metafleet.engine.broker.conversion import rate_path
from metafleet.engine.broker.formulas import collateral
from metafleet.engine.broker.pendings import awaits_last, waits_for
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.valuation import reserved_margin, used_margin
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import CALC_COLLATERAL, SymbolSpec

_Side = Literal["bid", "ask", "last"]
_SIDES: Final[tuple[_Side, ...]] = ("bid", "ask", "last")

_NOTHING: Final = frozenset[str]()


class SymbolWatch(msgspec.Struct, frozen=True, gc=False):
    """All positions and orders of one symbol: the nearest levels, and what a price makes of the positions.

    bid_low to ask_high: where levels or orders fire, at or below the lows, at or above the highs.
    result of the symbol in profit currency = bid x bought - paid + received - ask x sold (units and money).
    """

    bid_low: float
    bid_high: float
    ask_low: float
    ask_high: float
    bought: float
    paid: float
    sold: float
    received: float
    path: tuple[tuple[str, bool], ...]

    def fires(self, tick: Tick) -> bool:
        """Say whether a stop loss, a take profit or a waiting order is reached."""
        bid, ask = tick.bid, tick.ask
        return bid <= self.bid_low or bid >= self.bid_high or ask >= self.ask_high or ask <= self.ask_low

    @property
    def levels(self) -> tuple[float, float, float, float]:
        """From bid_low to ask_high."""
        return self.bid_low, self.bid_high, self.ask_low, self.ask_high

    def result(self, tick: Tick, quotes: Quotes) -> float:
        """Return the symbol's floating profit, in account currency, roughly."""
        money = tick.bid * self.bought - self.paid + self.received - tick.ask * self.sold
        for pair, divides in self.path:
            price = quotes.last(pair)
            if price is not None:
                money = money / price.bid if divides else money * price.bid
        return money


class LastWatch(SymbolWatch, frozen=True, gc=False):
    """Of a symbol whose stops and levels look at the last price; limits still look at bid and ask."""

    last_low: float
    last_high: float

    def fires(self, tick: Tick) -> bool:
        """Say whether a stop loss, a take profit or a waiting order is reached."""
        last = tick.last_or_bid
        return last <= self.last_low or last >= self.last_high or SymbolWatch.fires(self, tick)


def watched(book: Book, quotes: Quotes) -> frozenset[str]:
    """Return whose ticks concern a book: what it holds or waits for, and the pairs that convert its results.

    Raises NoRate.
    """
    held = {position.symbol for position in book.positions}
    profits = {quotes.specs[name].currency_profit for name in held}
    pairs = {pair for currency in profits for pair, _ in rate_path(currency, book.currency, quotes)}
    return frozenset(held | {order.symbol for order in book.orders} | pairs)


class Watch:
    """What to look at until the book changes.

    symbols: whose ticks concern the book: those held or waited for, and the pairs that convert their results.
    """

    def __init__(self, book: Book, quotes: Quotes, terms: Terms) -> None:
        """Raises NoRate."""
        self._quotes = quotes
        self._fixed = float(book.balance) + float(book.credit)
        for position in book.positions:
            if position.swap:
                self._fixed += float(position.swap)
        name = _only_symbol(book)
        if name is not None:
            # The usual book: what follows, without its sets and loops.
            watch = _symbol_watch(name, book, quotes)
            self.by_symbol = {name: watch}
            self._pairs = frozenset([pair for pair, _ in watch.path]) if watch.path else _NOTHING
            self.symbols = frozenset((name, *self._pairs))
            result = self._result(name)
            self._results, size = {name: result}, abs(self._fixed) + abs(result)
        else:
            names = {held.symbol for held in book.positions} | {each.symbol for each in book.orders}
            self.by_symbol = {each: _symbol_watch(each, book, quotes) for each in names}
            self._pairs = frozenset([pair for watch in self.by_symbol.values() for pair, _ in watch.path])
            self.symbols = self._pairs | names
            self._results = {each: self._result(each) for each in names}
            size = abs(self._fixed) + sum([abs(result) for result in self._results.values()])
        self._alarm = _alarm(book, quotes, terms) + size * FIXED_RATIO

    def sees(self, tick: Tick) -> bool:
        """Say whether this tick of one of the symbols needs the exact look."""
        watch = self.by_symbol.get(tick.symbol)
        if tick.symbol in self._pairs:
            self._results = {name: self._result(name) for name in self._results}
        elif watch is not None:
            self._results[tick.symbol] = watch.result(tick, self._quotes)
        is_reached = watch is not None and watch.fires(tick)
        return is_reached or self.may_be_short()

    def may_be_short(self) -> bool:
        """Say whether at the last prices the stop-out needs the exact look."""
        worth = self._fixed
        for result in self._results.values():
            worth += result
        return worth <= self._alarm

    def quiet_between(self, symbol: str, most_spread: float) -> tuple[float, float] | None:
        """Return two bids between which no tick of this symbol sets anything off, for any spread up to that.

        Levels, waiting orders and the stop-out are reckoned with, a little on the safe side, and neither is
        farther away than a twentieth of the price. None where other symbols or last prices have a say.
        """
        watch, tick = self.by_symbol.get(symbol), self._quotes.last(symbol)
        if watch is None or tick is None or len(self.symbols) > 1 or isinstance(watch, LastWatch):
            return None
        return quiet_bids(watch.levels, watch, self._alarm - self._fixed, tick.bid, most_spread)

    def _result(self, name: str) -> float:
        tick = self._quotes.last(name)
        return 0.0 if tick is None else self.by_symbol[name].result(tick, self._quotes)


def _only_symbol(book: Book) -> str | None:
    """Return the symbol of all positions, where nothing waits."""
    if book.orders or not book.positions:
        return None
    name = book.positions[0].symbol
    for held in book.positions:
        if held.symbol != name:
            return None
    return name


def _alarm(book: Book, quotes: Quotes, terms: Terms) -> float:
    """Return the equity somewhat above the stop-out's. What orders reserve floats, so it counts for more."""
    used, is_one_sided = 0.0, not book.orders and bool(book.positions)
    for position in book.positions:
        used += position.volume * float(position.margin_per_lot)
        if position.side != book.positions[0].side:
            is_one_sided = False
            break
    if not is_one_sided:
        # Else nothing is covered and nothing reserved: it is the exact sum, but for its cents.
        used = float(used_margin(book, quotes))
        if book.orders:
            used += float(reserved_margin(book, quotes)) / 2
    return alarm_of(used, terms)


def units(
    spec: SymbolSpec, positions: Iterable[OpenPosition], quotes: Quotes
) -> tuple[float, float, float, float]:
    """Return bought, paid, sold and received of one symbol's positions; see SymbolWatch."""
    is_collateral = spec.calc_mode == CALC_COLLATERAL
    per_price = float(collateral(spec, 1.0)) if is_collateral else quotes.units_a_lot(spec.name)
    bought = paid = sold = received = 0.0
    for position in positions:
        lots = position.volume * per_price
        if position.side == "buy":
            bought += lots
            paid += lots * position.price_open
        else:
            sold += lots
            received += lots * position.price_open
    return (bought, 0.0, sold, 0.0) if is_collateral else (bought, paid, sold, received)


def _symbol_watch(name: str, book: Book, quotes: Quotes) -> SymbolWatch:
    spec = quotes.specs[name]
    held: Sequence[OpenPosition] = [position for position in book.positions if position.symbol == name]
    if spec.stops_at_last:
        return _last_watch(spec, held, book, quotes)
    bid_low, bid_high, ask_low, ask_high = nearest_levels(held, name)
    for order in book.orders:
        if order.symbol != name:
            continue
        price, below = waits_for(order)
        if order.type & 1:
            bid_low, bid_high = (max(bid_low, price), bid_high) if below else (bid_low, min(bid_high, price))
        else:
            ask_low, ask_high = (max(ask_low, price), ask_high) if below else (ask_low, min(ask_high, price))
    bought, paid, sold, received = units(spec, held, quotes)
    path = rate_path(spec.currency_profit, book.currency, quotes) if held else ()
    return SymbolWatch(bid_low, bid_high, ask_low, ask_high, bought, paid, sold, received, path)


def _last_watch(spec: SymbolSpec, held: Sequence[OpenPosition], book: Book, quotes: Quotes) -> LastWatch:
    lows: dict[_Side, list[float]] = {side: [-math.inf] for side in _SIDES}
    highs: dict[_Side, list[float]] = {side: [math.inf] for side in _SIDES}
    for position in held:
        below, above = (position.sl, position.tp) if position.side == "buy" else (position.tp, position.sl)
        lows["last"] += [below] if below is not None else []
        highs["last"] += [above] if above is not None else []
    for order in book.orders:
        if order.symbol == spec.name:
            price, is_below = waits_for(order)
            side: _Side = "bid" if order.type & 1 else "ask"
            (lows if is_below else highs)["last" if awaits_last(order, spec) else side].append(price)
    bought, paid, sold, received = units(spec, held, quotes)
    return LastWatch(
        bid_low=max(lows["bid"]),
        bid_high=min(highs["bid"]),
        ask_low=max(lows["ask"]),
        ask_high=min(highs["ask"]),
        last_low=max(lows["last"]),
        last_high=min(highs["last"]),
        bought=bought,
        paid=paid,
        sold=sold,
        received=received,
        path=rate_path(spec.currency_profit, book.currency, quotes) if held else (),
    )
