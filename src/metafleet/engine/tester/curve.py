"""The account's curve: noted when its book changes, and reckoned over all bars at once afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.book import Book
from metafleet.engine.broker.conversion import NoRate, rate_path
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.valuation import used_margin
from metafleet.engine.broker.watch import units
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.tester.contract import Curve
from metafleet.engine.tester.tape import Span, asks_of

_PIECE: Final = 65_536


class LaterCurve:
    """A `Curve` that is reckoned when somebody looks at it."""

    def __init__(self, curves: Curves) -> None:
        self._curves: Curves | None = curves
        self._made: Curve | None = None

    def __getattr__(self, name: str) -> NDArray[np.float64]:
        if self._curves is not None:
            self._made, self._curves = self._curves.made(), None
        values: NDArray[np.float64] = getattr(self._made, name)
        return values


class Curves:
    """Notes of an account. end: so many bars of the own chart have been lived through."""

    def __init__(self, ledger: Ledger, spec: SymbolSpec, span: Span, first: int) -> None:
        self.end = first
        self._ledger, self._spec, self._span, self._first = ledger, spec, span, first
        self._notes: dict[int, Book] = {first: ledger.book}
        self.reckoned: Callable[[], NDArray[np.float64]] | None = None
        """Gives notes that somebody else has, one a row: place, and what is reckoned of a book."""

    def note(self, place: int, book: Book | None = None) -> None:
        """Note the book as it is in this bar; what was noted in it before is replaced. book: another one."""
        self._notes[place] = self._ledger.book if book is None else book

    def made(self) -> Curve:
        """Return the curve over the bars that were lived through."""
        count = self.end - self._first
        whole = {name: np.empty(count) for name in ("balance", "equity", "low", "margin")}
        if self.reckoned is not None:
            notes = self.reckoned()
        else:
            notes = np.array([(place, *self._reckoned(book)) for place, book in self._notes.items()])
        at = notes[:, 0].astype(np.int64) - self._first
        before = notes[0, 1]
        # A piece at a time: there is much in between that nobody wants to keep.
        for begin in range(0, count, _PIECE):
            end = min(begin + _PIECE, count)
            piece = self._piece(begin, end, notes, at, before)
            for name, values in piece.items():
                whole[name][begin:end] = values
            before = piece["equity"][-1]
        times = self._span.rates["time"][self._first : self.end].astype(np.int64)
        return Curve(times=times, **whole)

    def _piece(
        self, begin: int, end: int, notes: NDArray[np.float64], at: NDArray[np.int64], before: float
    ) -> dict[str, NDArray[np.float64]]:
        """Return the curve of some bars. at: of each note, its bar. before: equity of the bar before."""
        bars = slice(self._first + begin, self._first + end)
        rates, spreads = self._span.rates[bars], self._span.spreads[bars]
        first, last = np.searchsorted(at, (begin, end))
        changed = np.zeros(end - begin, bool)
        changed[at[first:last] - begin] = True
        held = max(0, first - 1) + np.cumsum(changed) - (1 if first == 0 else 0)
        fixed, balance, margin, bought, paid, sold, received = notes[held, 1:].T
        close = rates["close"]
        equity = fixed + self._worth(spreads, close, bought, paid, sold, received)
        worst = np.where(bought >= sold, rates["low"], rates["high"])
        low = fixed + self._worth(spreads, worst, bought, paid, sold, received)
        earlier = np.concatenate(([before], equity[:-1]))
        # A bar in which something was opened or closed was not all lived with what it ended with.
        low = np.where(changed, np.minimum(earlier, equity), np.minimum(low, equity))
        return {"balance": balance, "equity": equity, "low": low, "margin": margin}

    def _reckoned(self, book: Book) -> tuple[float, ...]:
        """Return balance with swaps and credit, balance, margin, and `units` of the symbol."""
        balance = float(book.balance)
        if not book.positions:
            return (balance + float(book.credit), balance, 0.0, 0.0, 0.0, 0.0, 0.0)
        swaps = sum([float(held.swap) for held in book.positions if held.swap])
        margin = float(used_margin(book, self._ledger.quotes))
        return (
            *(balance + float(book.credit) + swaps, balance, margin),
            *units(
                self._spec,
                [held for held in book.positions if held.symbol == self._spec.name],
                self._ledger.quotes,
            ),
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
