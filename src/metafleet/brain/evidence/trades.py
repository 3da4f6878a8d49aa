"""The trades that a model would have made: one a symbol at a time, from the next open to the outcome."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Column = NDArray[np.float64]


class Chances(msgspec.Struct, frozen=True, kw_only=True):
    """What a trade at each sample would have made; all of shape (n,), by symbol, and by time within one.

    symbols: the symbol's number. bars: the place of the sample's bar; exits: of the bar it was over in.
    buys, sells: net of all costs, and gross_buys, gross_sells: before them, in basis points. left_s: when the
    bar of the exit opens.
    """

    symbols: NDArray[np.int16]
    bars: Places
    exits: Places
    buys: Column
    sells: Column
    gross_buys: Column
    gross_sells: Column
    left_s: Places

    def some(self, which: NDArray[Any]) -> Chances:
        """Return these of them, by mask or places."""
        return Chances(**{name: getattr(self, name)[which] for name in self.__struct_fields__})


class Trades(msgspec.Struct, frozen=True, kw_only=True):
    """Trades made, by symbol and time.

    places: of the samples; sides: 1 bought, -1 sold; net, gross: basis points; left_s: of `Chances`.
    """

    places: Places
    sides: NDArray[np.int8]
    net: Column
    gross: Column
    left_s: Places

    def __len__(self) -> int:
        return len(self.places)


def sides_of(probabilities: Column, threshold: float | Column) -> NDArray[np.int8]:
    """Return 1 for buy, -1 for sell and 0 for neither, as `Model.verdict` does."""
    buys, sells = probabilities >= threshold, 1 - probabilities >= threshold
    return buys.astype(np.int8) - sells.astype(np.int8)


def traded(chances: Chances, sides: NDArray[np.int8]) -> Trades:
    """Return the trades of these signals: a signal while a position is open is passed over."""
    places = np.flatnonzero(sides)
    taken: list[int] = []
    symbols = chances.symbols[places]
    for symbol in np.unique(symbols):
        mine = places[symbols == symbol]
        bars, exits = chances.bars[mine].tolist(), chances.exits[mine].tolist()
        at = 0
        while at < len(bars):
            taken.append(int(mine[at]))
            # The signal of the bar in which a position is over is known at its close: it is taken again.
            at = bisect_right(bars, exits[at] - 1, at + 1)
    chosen = np.array(taken, np.int64)
    own = sides[chosen]
    return Trades(
        places=chosen,
        sides=own,
        net=np.where(own > 0, chances.buys[chosen], chances.sells[chosen]),
        gross=np.where(own > 0, chances.gross_buys[chosen], chances.gross_sells[chosen]),
        left_s=chances.left_s[chosen],
    )
