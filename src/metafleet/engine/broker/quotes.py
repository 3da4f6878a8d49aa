"""The prices that a ledger trades at: each symbol's last tick, and what time it is on the market."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from metafleet.engine.broker.formulas import money_per_price
from metafleet.engine.broker.money import exact
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

RatePath = tuple[tuple[str, bool], ...]
"""Pairs that lead from one currency to another, one after the other, and whether each one's price divides."""

CLOSED_AFTER_MSC: Final = 15 * 60_000
"""A symbol without a tick for so long, while the market's time goes on, is closed.

The ticks themselves say it, because a live market's times are not those of the trading week. One that is
played from longer bars may have ticks that far apart (`Quotes.rests_msc`).
"""


class Quotes:
    """One market, shared by all ledgers that trade on it."""

    def __init__(self, specs: Iterable[SymbolSpec]) -> None:
        self.specs: dict[str, SymbolSpec] = {spec.name: spec for spec in specs}
        self.now_msc = 0
        self.version = 0
        """Another number whenever a price is another one."""
        self.paths: dict[tuple[str, str], RatePath] = {}
        """What `conversion` found, until another symbol is quoted."""
        self.floating: dict[int, tuple[object, Decimal]] = {}
        """What `valuation` found positions to be worth at these prices: by ticket, with the position."""
        self.rests_msc: dict[str, int] = {}
        """How far apart the ticks of a symbol may be while it is open, where that is more than usual."""
        self._last: dict[str, Tick] = {}
        self._exact: dict[str, tuple[Tick, Decimal, Decimal]] = {}
        self._per_price: dict[str, Decimal] = {}
        self._units: dict[str, float] = {}
        self._pairs = _pairs(self.specs.values())

    def apply(self, tick: Tick) -> None:
        """Take a tick; the market's time moves on to it."""
        symbol = tick.symbol
        if symbol not in self._last:
            self.paths.clear()
        self.version += 1
        if self.floating:
            self.floating.clear()
        self._last[symbol] = tick
        if tick.time_msc > self.now_msc:  # noqa: PLR1730 - done for each tick; max costs as much as the rest
            self.now_msc = tick.time_msc

    def advance(self, now_msc: int) -> None:
        """Move the market's time on, never back."""
        self.now_msc = max(self.now_msc, now_msc)

    def last(self, symbol: str) -> Tick | None:
        """Return a symbol's last tick; None when it never had one."""
        return self._last.get(symbol)

    def exact(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return bid and ask of a quoted symbol's last tick as they are written."""
        tick = self._last[symbol]
        known = self._exact.get(symbol)
        if known is None or known[0] is not tick:
            known = self._exact[symbol] = (tick, exact(tick.bid), exact(tick.ask))
        return known[1], known[2]

    def money_per_price(self, symbol: str) -> Decimal:
        """Return the profit currency that one long lot makes when the price rises by one."""
        money = self._per_price.get(symbol)
        if money is None:
            money = self._per_price[symbol] = money_per_price(self.specs[symbol])
        return money

    def units_a_lot(self, symbol: str) -> float:
        """Return `money_per_price`, roughly."""
        units = self._units.get(symbol)
        if units is None:
            units = self._units[symbol] = float(self.money_per_price(symbol))
        return units

    def pair(self, base: str, other: str) -> str | None:
        """Return a quoted symbol whose price is what one unit of the base currency costs in the other."""
        return next((name for name in self._pairs.get((base, other), ()) if name in self._last), None)

    def all(self) -> list[Tick]:
        """Return every symbol's last tick."""
        return list(self._last.values())

    def is_open(self, symbol: str) -> bool:
        """Say whether the symbol is quoted at the market's time."""
        return self.open_tick(symbol) is not None

    def open_tick(self, symbol: str) -> Tick | None:
        """Return a symbol's last tick, if it is open."""
        tick = self._last.get(symbol)
        if tick is None or self.now_msc - tick.time_msc > self.rests_msc.get(symbol, CLOSED_AFTER_MSC):
            return None
        return tick


def _pairs(specs: Iterable[SymbolSpec]) -> dict[tuple[str, str], list[str]]:
    """Return the symbols that price one currency in another; the one with the plain name comes first."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for spec in specs:
        base, other = spec.currency_base, spec.currency_profit
        if base != other and spec.name.startswith(base + other):
            pairs.setdefault((base, other), []).append(spec.name)
    for names in pairs.values():
        names.sort(key=len)
    return pairs
