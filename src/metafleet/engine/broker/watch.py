"""The quick look at a tick: can it set anything off? In floats, so that a quiet tick costs little."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.conversion import rate_path
from metafleet.engine.broker.formulas import collateral, money_per_price
from metafleet.engine.broker.pendings import waits_for
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.valuation import reserved_margin, used_margin
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import CALC_COLLATERAL

_ALARM_RATIO: Final = 1.05
_FIXED_RATIO: Final = 0.002
"""The exact check begins so much above the stop-out's level (of it, and of the balance): more than floats,
and bids where the rule says asks, can err."""

_FAR_RATIO: Final = 0.05


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

    def result(self, tick: Tick, quotes: Quotes) -> float:
        """Return the symbol's floating profit, in account currency, roughly."""
        money = tick.bid * self.bought - self.paid + self.received - tick.ask * self.sold
        for pair, divides in self.path:
            price = quotes.last(pair)
            if price is not None:
                money = money / price.bid if divides else money * price.bid
        return money


class Watch:
    """What to look at until the book changes.

    symbols: whose ticks concern the book: those held or waited for, and the pairs that convert their results.
    """

    def __init__(self, book: Book, quotes: Quotes, terms: Terms) -> None:
        """Raises NoRate."""
        names = {position.symbol for position in book.positions} | {order.symbol for order in book.orders}
        self._quotes = quotes
        self.by_symbol = {name: _symbol_watch(name, book, quotes) for name in names}
        self._pairs = {pair for watch in self.by_symbol.values() for pair, _ in watch.path}
        self.symbols = frozenset(names | self._pairs)
        self._results = {name: self._result(name) for name in names}
        swaps = float(sum((position.swap for position in book.positions), Decimal(0)))
        self._fixed = float(book.balance + book.credit) + swaps
        self._alarm = _alarm(book, quotes, terms)
        size = abs(self._fixed) + sum(abs(result) for result in self._results.values())
        self._alarm += size * _FIXED_RATIO

    def sees(self, tick: Tick) -> bool:
        """Say whether this tick of one of the symbols needs the exact look."""
        watch = self.by_symbol.get(tick.symbol)
        if tick.symbol in self._pairs:
            self._results = {name: self._result(name) for name in self._results}
        elif watch is not None:
            self._results[tick.symbol] = watch.result(tick, self._quotes)
        is_reached = watch is not None and watch.fires(tick)
        return is_reached or self._fixed + sum(self._results.values()) <= self._alarm

    def quiet_between(self, symbol: str, most_spread: float) -> tuple[float, float] | None:
        """Return two bids between which no tick of this symbol sets anything off, for any spread up to that.

        Levels, waiting orders and the stop-out are reckoned with, a little on the safe side, and neither is
        farther away than a twentieth of the price. None where other symbols have a say.
        """
        watch, tick = self.by_symbol.get(symbol), self._quotes.last(symbol)
        if watch is None or tick is None or not self.symbols <= {symbol}:
            return None
        low, high = tick.bid * (1 - _FAR_RATIO), tick.bid * (1 + _FAR_RATIO)
        low = max(low, watch.bid_low, watch.ask_low)
        high = min(high, watch.bid_high, watch.ask_high - most_spread)
        # equity(bid) >= fixed + rate x (bid x net + rest), whatever the spread is up to the most
        net, rest = watch.bought - watch.sold, watch.received - watch.paid - watch.sold * most_spread
        room = self._alarm - self._fixed
        for _, divides in watch.path:
            # In profit currency, by the price within these bids that leaves the least of it.
            room *= (low if divides else 1 / high) if room < 0 else (high if divides else 1 / low)
        if net > 0:
            low = max(low, (room - rest) / net)
        elif net < 0:
            high = min(high, (room - rest) / net)
        elif rest <= room:
            return None
        return low, high

    def curve(self, symbol: str) -> tuple[float, float, float, float]:
        """Return bought, paid, sold and received of a symbol: units and money, see SymbolWatch."""
        watch = self.by_symbol.get(symbol)
        return (watch.bought, watch.paid, watch.sold, watch.received) if watch else (0.0, 0.0, 0.0, 0.0)

    def _result(self, name: str) -> float:
        tick = self._quotes.last(name)
        return 0.0 if tick is None else self.by_symbol[name].result(tick, self._quotes)


def _alarm(book: Book, quotes: Quotes, terms: Terms) -> float:
    """Return the equity somewhat above the stop-out's. What orders reserve floats, so it counts for more."""
    used = float(used_margin(book, quotes)) + float(reserved_margin(book, quotes)) / 2
    level, unit = float(terms.stop_out), terms.stop_out_in
    alarm = used + level if unit == "money" else used * level / 100
    return alarm + abs(alarm) * (_ALARM_RATIO - 1)


def _symbol_watch(name: str, book: Book, quotes: Quotes) -> SymbolWatch:
    spec = quotes.specs[name]
    buys = [position for position in book.positions if position.symbol == name and position.side == "buy"]
    sells = [position for position in book.positions if position.symbol == name and position.side == "sell"]
    is_collateral = spec.calc_mode == CALC_COLLATERAL
    per_price = float(collateral(spec, 1.0) if is_collateral else money_per_price(spec))
    bought, paid = _units(buys, per_price)
    sold, received = _units(sells, per_price)
    if is_collateral:
        paid = received = 0.0
    marks = _marks(name, buys, sells, book)
    return SymbolWatch(
        bid_low=max(marks[False, True], default=-math.inf),
        bid_high=min(marks[False, False], default=math.inf),
        ask_low=max(marks[True, True], default=-math.inf),
        ask_high=min(marks[True, False], default=math.inf),
        bought=bought,
        paid=paid,
        sold=sold,
        received=received,
        path=rate_path(spec.currency_profit, book.currency, quotes) if buys or sells else (),
    )


def _marks(
    name: str, buys: list[OpenPosition], sells: list[OpenPosition], book: Book
) -> dict[tuple[bool, bool], list[float]]:
    """Return the prices at which something fires, by whether it looks at the ask, and at or below it."""
    marks: dict[tuple[bool, bool], list[float]] = {
        (False, True): [p.sl for p in buys if p.sl is not None],
        (False, False): [p.tp for p in buys if p.tp is not None],
        (True, False): [p.sl for p in sells if p.sl is not None],
        (True, True): [p.tp for p in sells if p.tp is not None],
    }
    for order in book.orders:
        if order.symbol == name:
            price, below = waits_for(order)
            marks[order.type & 1 == 0, below].append(price)
    return marks


def _units(positions: list[OpenPosition], per_price: float) -> tuple[float, float]:
    units = [position.volume * per_price for position in positions]
    return sum(units), sum(u * p.price_open for u, p in zip(units, positions, strict=True))
