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
from metafleet.engine.broker.money import currency_digits, exact
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
_Line = tuple[OpenPosition, str, bool, int | None, int, int]
"""A position, its symbol, whether it is long, its opening price in points, and what one point makes of it in
the smallest unit of the account's currency, as a fraction; None instead of points: by decimals."""


class Worth:
    """What the positions of one book are worth."""

    def __init__(self, book: Book, quotes: Quotes, before: Worth | None = None) -> None:
        """before: of an earlier book; what is known of positions that are still there is taken over."""
        self.book = book
        self._quotes = quotes
        self._lines: dict[int, _Line] = {}
        self._bases: dict[int, Position] = {}
        known: dict[int, _Line] = {}
        bases: dict[int, Position] = {}
        if before is None:
            self._digits = currency_digits(book.currency)
            self._unit = Decimal(1).scaleb(-self._digits)
            self._made: dict[tuple[str, float], tuple[int, int]] = {}
            self._amounts: dict[int, Decimal] = {}
        else:
            self._digits, self._unit = before._digits, before._unit
            self._made, self._amounts = before._made, before._amounts
            known, bases = before._lines, before._bases
        for held in book.positions:
            ticket = held.ticket
            line = known.get(ticket)
            if line is None or line[0] is not held:
                line = self._line(held)
            elif ticket in bases:
                self._bases[ticket] = bases[ticket]
            self._lines[ticket] = line

    def values(self) -> list[Valued]:
        """Return the positions, by ticket, at the last prices. Raises NoRate."""
        quotes, currency = self._quotes, self.book.currency
        unit = 10**self._digits
        sides: dict[str, _Sides] = {}
        found: list[Valued] = []
        for held, symbol, is_long, opened, factor, divisor in self._lines.values():
            known = sides.get(symbol)
            if known is None:
                known = sides[symbol] = _sides(quotes.last(symbol), quotes.specs[symbol])
            tick, bid, ask = known
            if tick is None:
                found.append((held, held.price_open, 0.0))
            elif opened is None or bid is None or ask is None:
                price = close_price(held.side, tick)
                found.append((held, price, float(floating(held, currency, quotes))))
            else:
                amount = (bid - opened if is_long else opened - ask) * factor
                if divisor != 1:
                    # Halves away from zero.
                    whole = (2 * abs(amount) + divisor) // (2 * divisor)
                    amount = whole if amount >= 0 else -whole
                found.append((held, tick.bid if is_long else tick.ask, amount / unit))
        return found

    def positions(self) -> list[Position]:
        """Return the positions, by ticket, as terminals show them, like `position_view`. Raises NoRate."""
        quotes, currency, amounts = self._quotes, self.book.currency, self._amounts
        sides: dict[str, _Sides] = {}
        found: list[Position] = []
        for held, symbol, is_long, opened, factor, divisor in self._lines.values():
            known = sides.get(symbol)
            if known is None:
                known = sides[symbol] = _sides(quotes.last(symbol), quotes.specs[symbol])
            tick, bid, ask = known
            if tick is None or opened is None or bid is None or ask is None or divisor != 1:
                # What is rounded may be a negative zero.
                found.append(position_view(held, currency, quotes))
                continue
            price = tick.bid if is_long else tick.ask
            amount = (bid - opened if is_long else opened - ask) * factor
            money = amounts.get(amount)
            if money is None:
                money = self._amount(amount)
            base = self._bases.get(held.ticket)
            if base is None:
                shown = self._bases[held.ticket] = shown_position(held, price, money)
            else:
                shown = _replace(base, price_current=price, profit=money)
            found.append(shown)
        return found

    def _amount(self, units: int) -> Decimal:
        """Return so many of the currency's smallest unit, and remember them: the same few come again."""
        if len(self._amounts) >= _MOST_AMOUNTS:
            self._amounts.clear()
        money = self._amounts[units] = self._unit * units
        return money

    def _line(self, held: OpenPosition) -> _Line:
        spec, is_long = self._quotes.specs[held.symbol], held.side == "buy"
        opened = _points(held.price_open, 10**spec.digits)
        if opened is None or spec.currency_profit != self.book.currency:
            return held, held.symbol, is_long, None, 0, 1
        made = self._made.get((held.symbol, held.volume))
        if made is None:
            lots = exact(held.volume) * self._quotes.money_per_price(held.symbol)
            whole = Fraction(lots) * 10**self._digits / 10**spec.digits
            made = self._made[held.symbol, held.volume] = (whole.numerator, whole.denominator)
        return held, held.symbol, is_long, opened, *made


def _sides(tick: Tick | None, spec: SymbolSpec) -> _Sides:
    if tick is None:
        return None, None, None
    scale, bid, ask = 10**spec.digits, tick.bid, tick.ask
    points = _points(bid, scale)
    return tick, points, points if ask == bid else _points(ask, scale)


def _points(price: float, scale: int) -> int | None:
    """Return the points that a price is written as; None for one that is no whole number of them."""
    points = round(price * scale)
    return points if abs(points) < _MOST_POINTS and points / scale == price else None
