"""An account's positions at the market's last prices, to be looked at after each tick.

The same amounts as `valuation.floating` gives, to the cent. Where a symbol makes money of the account's own
currency, prices are whole points and amounts whole cents, which costs a third of decimals.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.money import ZERO, currency_digits, exact
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Position
from metafleet.engine.broker.valuation import close_price, floating, position_view, shown_position
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

Valued = tuple[OpenPosition, float, float]
"""A position, its present price, and its profit: the float that is nearest to the money."""

_replace = msgspec.structs.replace

_MOST_POINTS: Final = 10**15
"""Below it, a float is the only one that a number of points is written as: 15 digits are kept by floats."""

_MOST_AMOUNTS: Final = 4_096

_Sides = tuple[Tick | None, int | None, int | None]
_Line = tuple[OpenPosition, str, bool, int | None, int, int, Position]
"""A position, its symbol, whether it is long, its opening price in points, what one point makes of it in the
smallest unit of the account's currency, as a fraction, and what stays of it as it is shown; None instead of
points: by decimals."""

_Run = tuple[str, float, bool, bool, list[tuple[OpenPosition, Position, int, int]]]
"""Positions that follow one another: their symbol, the points in 1.0 of its price, whether they are long,
whether points make whole amounts of them; and of each what stays of it as it is shown, its opening price in
points, what a point more makes."""


class Worth:
    """What the positions of a ledger are worth. positions: those of the book that was followed last."""

    def __init__(self, book: Book, quotes: Quotes) -> None:
        self.positions: tuple[OpenPosition, ...] = ()
        self._quotes = quotes
        self._currency = book.currency
        self._digits = currency_digits(book.currency)
        self._unit = Decimal(1).scaleb(-self._digits)
        self._made: dict[tuple[str, float], tuple[float, int, int]] = {}
        self._amounts: dict[int, Decimal] = {}
        self._lines: dict[int, _Line] = {}
        self._runs: list[_Run] | None = None
        self.follow(book)

    def follow(self, book: Book) -> None:
        """Go on to another book; what is known of positions that are still there is kept."""
        known, lines = self._lines, {}
        for held in book.positions:
            line = known.get(held.ticket)
            lines[held.ticket] = line if line is not None and line[0] is held else self._line(held)
        self._lines, self._runs, self.positions = lines, None, book.positions

    def values(self) -> list[Valued]:
        """Return the positions, by ticket, at the last prices. Raises NoRate."""
        quotes, unit = self._quotes, 10**self._digits
        sides: dict[str, _Sides] = {}
        found: list[Valued] = []
        for held, symbol, is_long, opened, factor, divisor, _ in self._lines.values():
            known = sides.get(symbol)
            if known is None:
                known = sides[symbol] = _sides(quotes.last(symbol), quotes.specs[symbol])
            tick, bid, ask = known
            if tick is None:
                found.append((held, held.price_open, 0.0))
            elif opened is None or bid is None or ask is None:
                price = close_price(held.side, tick)
                found.append((held, price, float(floating(held, self._currency, quotes))))
            else:
                amount = (bid - opened if is_long else opened - ask) * factor
                if divisor != 1:
                    # Halves away from zero.
                    whole = (2 * abs(amount) + divisor) // (2 * divisor)
                    amount = whole if amount >= 0 else -whole
                found.append((held, tick.bid if is_long else tick.ask, amount / unit))
        return found

    def shown(self) -> list[Position]:
        """Return the positions, by ticket, as terminals show them, like `position_view`. Raises NoRate."""
        if self._runs is None:
            self._runs = self._found_runs()
        quotes, amounts = self._quotes, self._amounts
        found: list[Position] = []
        for symbol, scale, is_long, is_whole, rows in self._runs:
            tick = quotes.last(symbol)
            price = 0.0 if tick is None else tick.bid if is_long else tick.ask
            points = round(price * scale) if is_whole else 0
            if not points or points >= _MOST_POINTS or points / scale != price:
                # What is rounded may be a negative zero.
                found += [position_view(held, self._currency, quotes) for held, *_ in rows]
                continue
            for _, base, opened, factor in rows:
                amount = (points - opened) * factor
                money = amounts.get(amount)
                if money is None:
                    money = self._amount(amount)
                found.append(_replace(base, price_current=price, profit=money))
        return found

    def _found_runs(self) -> list[_Run]:
        runs: list[_Run] = []
        last: tuple[str, bool, bool] | None = None
        for held, symbol, is_long, opened, factor, divisor, base in self._lines.values():
            kind = symbol, is_long, opened is not None and divisor == 1
            if kind != last:
                last = kind
                runs.append((symbol, 10.0 ** self._quotes.specs[symbol].digits, *kind[1:], []))
            runs[-1][4].append((held, base, opened or 0, factor if is_long else -factor))
        return runs

    def _amount(self, units: int) -> Decimal:
        """Return so many of the currency's smallest unit, and remember them: the same few come again."""
        if len(self._amounts) >= _MOST_AMOUNTS:
            self._amounts.clear()
        money = self._amounts[units] = self._unit * units
        return money

    def _line(self, held: OpenPosition) -> _Line:
        symbol, price = held.symbol, held.price_open
        made = self._made.get((symbol, held.volume))
        if made is None:
            made = self._made[symbol, held.volume] = self._made_of(held)
        scale, factor, divisor = made
        opened = _points(price, scale) if factor else None
        is_long, base = held.side == "buy", shown_position(held, price, ZERO)
        return held, symbol, is_long, opened, factor, divisor, base

    def _made_of(self, held: OpenPosition) -> tuple[float, int, int]:
        """Return the points in 1.0, and what one makes of so many lots, as a fraction; 0: by decimals."""
        spec = self._quotes.specs[held.symbol]
        scale = 10.0**spec.digits
        if spec.currency_profit != self._currency:
            return scale, 0, 1
        lots = exact(held.volume) * self._quotes.money_per_price(held.symbol)
        whole = Fraction(lots) * 10**self._digits / 10**spec.digits
        return scale, whole.numerator, whole.denominator


def _sides(tick: Tick | None, spec: SymbolSpec) -> _Sides:
    if tick is None:
        return None, None, None
    scale, bid, ask = 10.0**spec.digits, tick.bid, tick.ask
    points = _points(bid, scale)
    return tick, points, points if ask == bid else _points(ask, scale)


def _points(price: float, scale: float) -> int | None:
    """Return the points that a price is written as; None for one that is no whole number of them."""
    points = round(price * scale)
    return points if abs(points) < _MOST_POINTS and points / scale == price else None
