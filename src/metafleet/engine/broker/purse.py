"""Roughly what an account has to spend, in floats, so that an opening that it can well afford costs little.

It never decides that money is short: where it is not sure, the exact sums of `valuation` do.
"""

from __future__ import annotations

from typing import Final

from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.bounds import FIXED_RATIO, alarm_of, nearest_levels, quiet_bids
from metafleet.engine.broker.conversion import rate_path
from metafleet.engine.broker.formulas import hedged_share, money_per_price
from metafleet.engine.broker.quotes import Quotes, RatePath
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import CALC_COLLATERAL, SymbolSpec

_SLACK: Final = 0.02
"""Of all amounts: more than floats, rounding, and one price in place of two can err."""


_FEW: Final = 2
"""Positions that are counted anew as quickly as one that has come or gone is made out."""


class _Symbol:
    """A symbol's sums, as in `watch`: longs make bid x bought - paid, shorts received - ask x sold.

    In profit currency. Each leg by itself, because a hedge's legs may be large and its sum small. is_simple:
    what is asked for at opening is what is held.
    """

    __slots__ = (
        "bought",
        "is_simple",
        "paid",
        "path",
        "per_price",
        "received",
        "share",
        "sold",
        "spec",
        "stops_at_last",
        "used",
    )

    def __init__(self, spec: SymbolSpec) -> None:
        self.spec = spec
        self.per_price = float(money_per_price(spec))
        hedged, alone = hedged_share(spec)
        self.share = max(1.0, float(hedged / alone))
        self.stops_at_last = spec.stops_at_last
        is_asset = spec.calc_mode == CALC_COLLATERAL
        self.is_simple = not (is_asset or spec.margin_maintenance or any(spec.maintenance_rates))
        self.path: RatePath = ()
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
        tick = quotes.last(self.spec.name)
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
    """The sums of the positions that were asked about last, of one account.

    They are kept from one question to the next, because positions come and go one by one.
    """

    __slots__ = ("_book", "_cash", "_counted", "_currency", "_known", "_levels", "_quotes", "_sums", "_swaps")

    def __init__(self, book: Book, quotes: Quotes) -> None:
        self._currency = book.currency
        self._quotes = quotes
        self._counted: tuple[OpenPosition, ...] | None = ()
        self._sums: dict[str, _Symbol] = {}
        self._swaps = 0.0
        self._known: dict[str, _Symbol] = {}
        self._levels: tuple[tuple[OpenPosition, ...], str, tuple[float, float, float, float]] | None = None
        self._book: Book | None = None
        self._cash = 0.0

    def affords(self, after: Book) -> bool:
        """Say whether the account surely can pay for the last position of this book, new in it.

        Raises NoRate.
        """
        self._count(after.positions)
        if after.orders and self._is_any_reserved(after):
            return False
        result = size = used = 0.0
        for each in self._sums.values():
            if not each.is_simple:
                return False
            longs, shorts = each.results(self._quotes)
            result += longs + shorts
            size += abs(longs) + abs(shorts)
            used += each.used
        fixed = self._fixed(after)
        return fixed + result - used > _SLACK * (abs(fixed) + size + used)

    def quiet_between(
        self, book: Book, tick: Tick, most_spread: float, terms: Terms
    ) -> tuple[float, float] | None:
        """Return what `Watch.quiet_between` does, a little nearer to the price; None where it has to say.

        tick: the last one of the symbol. Raises NoRate.
        """
        self._count(book.positions)
        known, quotes = self._sums.get(tick.symbol), self._quotes
        if known is None or len(self._sums) > 1 or book.orders or not known.is_simple:
            return None
        spec, path = known.spec, known.path
        if known.stops_at_last or (path and not self._is_own_path(known)):
            return None
        fixed, (longs, shorts) = self._fixed(book), known.results(quotes)
        alarm = alarm_of(known.used, terms) + FIXED_RATIO * (abs(fixed) + abs(longs) + abs(shorts))
        levels = self.levels(book.positions, spec.name)
        return quiet_bids(levels, known, alarm - fixed, tick.bid, most_spread)

    def levels(self, positions: tuple[OpenPosition, ...], symbol: str) -> tuple[float, float, float, float]:
        """Return `nearest_levels`; it is asked after an opening, and again where a level is reached."""
        known = self._levels
        if known is None or known[0] is not positions or known[1] != symbol:
            known = self._levels = positions, symbol, nearest_levels(positions, symbol)
        return known[2]

    def lots(self, book: Book, symbol: str) -> float:
        """Return roughly how many lots of a symbol are open, both sides together. Raises NoRate."""
        self._count(book.positions)
        known = self._sums.get(symbol)
        return 0.0 if known is None or not known.per_price else (known.bought + known.sold) / known.per_price

    def _is_own_path(self, known: _Symbol) -> bool:
        """Say whether a symbol's own price, and no other, converts its results."""
        spec, path = known.spec, known.path
        if path is not rate_path(spec.currency_profit, self._currency, self._quotes):
            return False
        return len(path) == 1 and path[0][0] == spec.name

    def _fixed(self, book: Book) -> float:
        """Return what of a book's equity no price changes; its positions have been counted."""
        if book is not self._book:
            self._book, self._cash = book, float(book.balance) + float(book.credit)
        return self._cash + self._swaps

    def _count(self, positions: tuple[OpenPosition, ...]) -> None:
        """Make the sums those of these positions. Raises NoRate."""
        counted = self._counted
        if positions is counted:
            return
        self._counted = None
        if counted is None or len(positions) <= _FEW:
            self._count_anew(positions)
        elif len(positions) == len(counted) + 1 and positions[:-1] == counted:
            self._add(positions[-1], 1.0)
        elif len(positions) + 1 == len(counted):
            kept = {held.ticket for held in positions}
            gone = next(held for held in counted if held.ticket not in kept)
            if tuple([held for held in counted if held is not gone]) == positions:
                self._add(gone, -1.0)
            else:
                self._count_anew(positions)
        else:
            self._count_anew(positions)
        self._counted = positions

    def _count_anew(self, positions: tuple[OpenPosition, ...]) -> None:
        self._sums, self._swaps = {}, 0.0
        for position in positions:
            self._add(position, 1.0)

    def _add(self, position: OpenPosition, sign: float) -> None:
        known = self._sums.get(position.symbol)
        if known is None:
            known = self._sums[position.symbol] = self._symbol(position.symbol)
        known.add(position, sign)
        if position.swap:
            self._swaps += float(position.swap) * sign

    def _symbol(self, name: str) -> _Symbol:
        """Return a symbol's sums, of nothing."""
        spec, known = self._quotes.specs[name], self._known.get(name)
        if known is None or known.spec is not spec:
            known = self._known[name] = _Symbol(spec)
        if spec.currency_profit != self._currency:
            known.path = rate_path(spec.currency_profit, self._currency, self._quotes)
        known.bought = known.paid = known.sold = known.received = known.used = 0.0
        return known

    def _is_any_reserved(self, book: Book) -> bool:
        return any(self._quotes.specs[order.symbol].margin_rates[order.type] for order in book.orders)
