"""The account's curve: noted when its book changes, and reckoned over all bars at once afterwards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.conversion import NoRate, rate_path
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.valuation import used_margin
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.tester.contract import Curve
from metafleet.engine.tester.tape import Span, asks_of

_Note = tuple[int, float, float, float, float, float, float, float]
"""The own chart's bar, balance with swaps and credit, balance, margin, and `Watch.curve` of the symbol."""


class Curves:
    """Notes of an account. end: so many bars of the own chart have been lived through."""

    def __init__(self, ledger: Ledger, spec: SymbolSpec, span: Span, first: int) -> None:
        self.end = first
        self._ledger, self._spec, self._span, self._first = ledger, spec, span, first
        self._notes: list[tuple[float, ...]] = []
        self.note(first)

    def note(self, place: int) -> None:
        """Note the book as it is in this bar; what was noted in it before is replaced."""
        book, quotes = self._ledger.book, self._ledger.quotes
        watch = self._ledger.watch() if book.positions else None
        units = watch.curve(self._spec.name) if watch else (0.0, 0.0, 0.0, 0.0)
        swaps = sum(float(held.swap) for held in book.positions)
        balance = float(book.balance)
        margin = float(used_margin(book, quotes)) if book.positions else 0.0
        note = (place, balance + float(book.credit) + swaps, balance, margin, *units)
        if self._notes and self._notes[-1][0] == place:
            self._notes[-1] = note
        else:
            self._notes.append(note)

    def made(self) -> Curve:
        """Return the curve over the bars that were lived through."""
        rates = self._span.rates[self._first : self.end]
        spreads = self._span.spreads[self._first : self.end]
        notes = np.array(self._notes)
        places = np.arange(self._first, self.end)
        at = np.maximum(np.searchsorted(notes[:, 0], places, "right") - 1, 0)
        fixed, balance, margin, bought, paid, sold, received = notes[at, 1:].T
        close = rates["close"]
        equity = fixed + self._worth(spreads, close, bought, paid, sold, received)
        worst = np.where(bought >= sold, rates["low"], rates["high"])
        low = fixed + self._worth(spreads, worst, bought, paid, sold, received)
        before = np.concatenate((equity[:1], equity[:-1]))
        # A bar in which something was opened or closed was not all lived with what it ended with.
        changed = np.isin(places, notes[1:, 0])
        low = np.where(changed, np.minimum(before, equity), np.minimum(low, equity))
        return Curve(
            times=rates["time"].astype(np.int64), balance=balance, equity=equity, low=low, margin=margin
        )

    def _worth(
        self,
        spreads: NDArray[np.int32],
        bids: NDArray[np.float64],
        bought: NDArray[np.float64],
        paid: NDArray[np.float64],
        sold: NDArray[np.float64],
        received: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return what is open is worth at these bids, account currency."""
        asks = asks_of(spreads, self._spec, bids)
        money = bids * bought - paid + received - asks * sold
        quotes = self._ledger.quotes
        try:
            path = rate_path(self._spec.currency_profit, self._ledger.book.currency, quotes)
        except NoRate:
            return money
        for pair, divides in path:
            tick = quotes.last(pair)
            price = bids if pair == self._spec.name else np.float64(tick.bid if tick else 1.0)
            money = money / price if divides else money * price
        return money
