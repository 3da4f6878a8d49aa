"""Roughly what an account has to spend, in floats, so that an opening that it can well afford costs little.

It never decides that money is short: where it is not sure, the exact sums of `valuation` do.
"""

from __future__ import annotations

from typing import Final

from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.bounds import FIXED_RATIO, alarm_of, nearest_levels, quiet_bids
from metafleet.engine.broker.conversion import rate_path
from metafleet.engine.broker.formulas import hedged_share, money_per_price
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.market.symbols import CALC_COLLATERAL, SymbolSpec

_SLACK: Final = 0.02
"""Of all amounts: more than floats, rounding, and one price in place of two can err."""


class _Symbol:
    """A symbol's sums, as in `watch`: longs make bid x bought - paid, shorts received - ask x sold.

    In profit currency. Each leg by itself, because a hedge's legs may be large and its sum small.
    """

    __slots__ = ("bought", "name", "paid", "path", "per_price", "received", "share", "sold", "used")

    def __init__(self, spec: SymbolSpec, currency: str, quotes: Quotes) -> None:
        self.name = spec.name
        self.per_price = float(money_per_price(spec))
        hedged, alone = hedged_share(spec)
        self.share = max(1.0, float(hedged / alone))
        self.path = rate_path(spec.currency_profit, currency, quotes)
        self.clear()

    def clear(self) -> None:
        self.bought = self.paid = self.sold = self.received = self.used = 0.0

    def add(self, position: OpenPosition, sign: float) -> None:
        lots = position.volume * sign
        units = lots * self.per_price
        if position.side == "buy":
            self.bought += units
            self.paid += units * position.price_open
        else:
            self.sold += units
            self.received += units * position.price_open
        self.used += lots * float(position.margin_per_lot) * self.share

    def results(self, quotes: Quotes) -> tuple[float, float]:
        """Return the floating profit of the longs and of the shorts."""
        tick = quotes.last(self.name)
        if tick is None:
            return 0.0, 0.0
        longs, shorts = tick.bid * self.bought - self.paid, self.received - tick.ask * self.sold
        if not self.path:
            return longs, shorts
        rate = 1.0
        for pair, divides in self.path:
            price = quotes.last(pair)
            if price is not None:
                rate = rate / price.bid if divides else rate * price.bid
        return longs * rate, shorts * rate


class Purse:
    """The sums of a ledger's book; kept while positions come and go one by one, or else made anew."""

    __slots__ = ("_ahead", "_book", "_is_simple", "_quotes", "_swaps", "_symbols")

    def __init__(self, book: Book, quotes: Quotes) -> None:
        self._book = book
        self._quotes = quotes
        self._is_simple = True
        self._swaps = 0.0
        self._symbols: dict[str, _Symbol] | None = None
        self._ahead: tuple[OpenPosition, ...] | None = None
        """Positions that are counted already, of a book that is not yet this ledger's."""

    def follow(self, after: Book) -> None:
        """Go on to the ledger's next book."""
        old, new = self._book.positions, after.positions
        symbols, self._book = self._symbols, after
        if self._ahead is not None:
            if self._ahead is not new:
                self._symbols = None
            self._ahead = None
            return
        if new is old or symbols is None:
            return
        if len(new) == len(old) + 1 and (not old or new[:-1] == old):
            self._add(symbols, new[-1], 1.0)
        elif not new and len(old) == 1:
            self._swaps = 0.0
            for each in symbols.values():
                each.clear()
        elif len(new) + 1 == len(old):
            kept = {held.ticket for held in new}
            gone = next(held for held in old if held.ticket not in kept)
            self._add(symbols, gone, -1.0)
            if tuple(held for held in old if held is not gone) != new:
                self._symbols = None
        else:
            self._symbols = None

    def affords(self, after: Book) -> bool:
        """Say whether the account surely can pay for the last position of the next book, new in it.

        Raises NoRate.
        """
        symbols = self._sums()
        position = after.positions[-1]
        known = symbols.get(position.symbol)
        if known is None:
            known = symbols[position.symbol] = self._symbol(position.symbol)
        if not self._is_simple or (after.orders and self._is_any_reserved(after)):
            return False
        known.add(position, 1.0)
        result = size = used = 0.0
        for each in symbols.values():
            longs, shorts = each.results(self._quotes)
            result += longs + shorts
            size += abs(longs) + abs(shorts)
            used += each.used
        fixed = float(after.balance) + float(after.credit) + self._swaps
        if fixed + result - used > _SLACK * (abs(fixed) + size + used):
            # It is as good as open; who asks again before it is lets this begin anew.
            self._ahead = after.positions
            return True
        known.add(position, -1.0)
        return False

    def quiet_between(
        self, symbol: str, bid: float, most_spread: float, terms: Terms
    ) -> tuple[float, float] | None:
        """Return what `Watch.quiet_between` does, a little nearer to the price; None where it has to say.

        Raises NoRate.
        """
        book, sums, spec = self._book, self._sums(), self._quotes.specs[symbol]
        known = sums.get(symbol)
        if known is None or len(sums) > 1 or book.orders or not self._is_simple:
            return None
        path = known.path
        if spec.stops_at_last or path is not rate_path(spec.currency_profit, book.currency, self._quotes):
            return None
        if path and (len(path) > 1 or path[0][0] != symbol):
            return None
        fixed = float(book.balance) + float(book.credit) + self._swaps
        longs, shorts = known.results(self._quotes)
        alarm = alarm_of(known.used, terms) + FIXED_RATIO * (abs(fixed) + abs(longs) + abs(shorts))
        return quiet_bids(nearest_levels(book.positions), known, alarm - fixed, bid, most_spread)

    def lots(self, symbol: str) -> float:
        """Return roughly how many lots of a symbol are open, both sides together. Raises NoRate."""
        known = self._sums().get(symbol)
        return 0.0 if known is None or not known.per_price else (known.bought + known.sold) / known.per_price

    def _sums(self) -> dict[str, _Symbol]:
        if self._symbols is None or self._ahead is not None:
            self._ahead = None
            self._is_simple, self._swaps = True, 0.0
            symbols: dict[str, _Symbol] = {}
            for position in self._book.positions:
                self._add(symbols, position, 1.0)
            self._symbols = symbols
        return self._symbols

    def _add(self, symbols: dict[str, _Symbol], position: OpenPosition, sign: float) -> None:
        known = symbols.get(position.symbol)
        if known is None:
            known = symbols[position.symbol] = self._symbol(position.symbol)
        known.add(position, sign)
        if position.swap:
            self._swaps += float(position.swap) * sign

    def _symbol(self, name: str) -> _Symbol:
        spec = self._quotes.specs[name]
        if spec.calc_mode == CALC_COLLATERAL or spec.margin_maintenance or any(spec.maintenance_rates):
            # Assets, and margins that opening asks for beside what is held.
            self._is_simple = False
        return _Symbol(spec, self._book.currency, self._quotes)

    def _is_any_reserved(self, book: Book) -> bool:
        return any(self._quotes.specs[order.symbol].margin_rates[order.type] for order in book.orders)
