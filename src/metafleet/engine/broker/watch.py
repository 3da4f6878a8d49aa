"""The quick look at a tick: can it set anything off? In floats, so that a quiet tick costs little."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.conversion import rate_path
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.valuation import margin
from metafleet.engine.market.records import Tick

_ALARM_RATIO: Final = 1.05
_FIXED_RATIO: Final = 0.002
"""The exact check begins so much above the stop-out's level (of it, and of the balance): more than floats,
and bids where the rule says asks, can err."""


class SymbolWatch(msgspec.Struct, frozen=True, gc=False):
    """All positions of one symbol in sums: the nearest levels, and what a price makes of them.

    result of the symbol in profit currency = bid x bought - paid + received - ask x sold (units and money).
    """

    buy_sl: float
    buy_tp: float
    sell_sl: float
    sell_tp: float
    bought: float
    paid: float
    sold: float
    received: float
    path: tuple[tuple[str, bool], ...]

    def fires(self, tick: Tick) -> bool:
        """Say whether a stop loss or a take profit is reached."""
        bid, ask = tick.bid, tick.ask
        return bid <= self.buy_sl or bid >= self.buy_tp or ask >= self.sell_sl or ask <= self.sell_tp

    def result(self, tick: Tick, quotes: Quotes) -> float:
        """Return the symbol's floating profit, in account currency, roughly."""
        money = tick.bid * self.bought - self.paid + self.received - tick.ask * self.sold
        for pair, divides in self.path:
            price = quotes.last(pair)
            if price is not None:
                money = money / price.bid if divides else money * price.bid
        return money


class Watch:
    """What to look at until the book changes."""

    def __init__(self, book: Book, quotes: Quotes, terms: Terms) -> None:
        """Raises NoRate."""
        names = {position.symbol for position in book.positions}
        self._quotes = quotes
        self.by_symbol = {name: _symbol_watch(name, book, quotes) for name in names}
        self._results = {name: self._result(name) for name in names}
        swaps = float(sum((position.swap for position in book.positions), Decimal(0)))
        self._fixed = float(book.balance + book.credit) + swaps
        used = float(margin(book.positions, quotes))
        level = used * float(terms.stop_out_percent) / 100
        self._alarm = level * _ALARM_RATIO + abs(self._fixed) * _FIXED_RATIO

    def sees(self, tick: Tick) -> bool:
        """Say whether this tick of a watched symbol needs the exact look."""
        watch = self.by_symbol[tick.symbol]
        self._results[tick.symbol] = watch.result(tick, self._quotes)
        return watch.fires(tick) or self._fixed + sum(self._results.values()) <= self._alarm

    def _result(self, name: str) -> float:
        tick = self._quotes.last(name)
        return 0.0 if tick is None else self.by_symbol[name].result(tick, self._quotes)


def _symbol_watch(name: str, book: Book, quotes: Quotes) -> SymbolWatch:
    spec = quotes.specs[name]
    buys = [position for position in book.positions if position.symbol == name and position.side == "buy"]
    sells = [position for position in book.positions if position.symbol == name and position.side == "sell"]
    bought, paid = _units(buys, spec.contract_size)
    sold, received = _units(sells, spec.contract_size)
    return SymbolWatch(
        buy_sl=max((p.sl for p in buys if p.sl is not None), default=-math.inf),
        buy_tp=min((p.tp for p in buys if p.tp is not None), default=math.inf),
        sell_sl=min((p.sl for p in sells if p.sl is not None), default=math.inf),
        sell_tp=max((p.tp for p in sells if p.tp is not None), default=-math.inf),
        bought=bought,
        paid=paid,
        sold=sold,
        received=received,
        path=rate_path(spec.currency_profit, book.currency, quotes),
    )


def _units(positions: list[OpenPosition], contract_size: float) -> tuple[float, float]:
    units = [position.volume * contract_size for position in positions]
    return sum(units), sum(u * p.price_open for u, p in zip(units, positions, strict=True))
