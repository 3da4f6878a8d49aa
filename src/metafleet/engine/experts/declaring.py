"""Entries and stops that an EA declares as arrays, so that a tester need not ask it bar by bar.

Nobody has to: an EA that declares nothing is tested by its `on_bar`. One that does means by it exactly
this, which `DeclaredExpert.on_bar` does with the ordinary verbs and `engine.tester.declared` for a whole
history at once. Everything is decided when a bar has closed and done at the first price after it, when
the broker has looked at that price itself (nights, stops, targets):

1. An open position is closed where `exits` says so or, if `reverses`, where the entry is an opposite one.
2. Without a position, 1 buys and -1 sells `volume` lots at market. Its stop and target lie the declared
   distances from `levels_from`: the price of the entry ("fill": ask for a buy, bid for a sell) or the close
   of the bar that has decided ("close"), rounded to the symbol's digits. A distance of 0 is no level; where
   one is nan or below 0 the entry is not made, nor where the broker refuses its levels.
3. With a position, entries are passed over.

So an exit and an entry at the same bar close and open at the same price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol

from metafleet.engine.experts.expert import Expert
from metafleet.engine.market.records import Bar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from metafleet.engine.experts.charts import Chart
    from metafleet.engine.experts.indicators.contract import Columns
    from metafleet.engine.experts.lines import Line

LevelsFrom = Literal["fill", "close"]

MEMORY_BARS: Final = 3
"""Enough for a crossing, which looks at two bars, and for one that looks a bar back at it."""


class Past(Protocol):
    """Closed bars of the EA's own chart, and what its lines were with each of them, oldest first."""

    def values(self, line: Line) -> NDArray[np.float64]:
        """Return a line's values, shape (n,); nan where it has none yet. Raises ChartRefused."""

    @property
    def bars(self) -> Columns:
        """The bars, each column float64 of shape (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What an EA does with each closed bar; arrays of shape (n,), as `Past` gives them.

    entries: above 0 buys, below 0 sells, 0 and nan do nothing. volume: lots. stop, target: distances in
    price; None for no such level. exits: where an open position is closed. The module says the rest.
    """

    entries: NDArray[Any]
    volume: float
    stop: NDArray[np.float64] | None = None
    target: NDArray[np.float64] | None = None
    exits: NDArray[np.bool_] | None = None
    reverses: bool = True
    levels_from: LevelsFrom = "fill"


class DeclaredExpert(Expert):
    """An EA that is written by `declare` alone: its `on_bar` asks for the newest bars and does what they say.

    `memory`: on how many bars the last value of each declared array depends. Live and in the ordinary tester
    `declare` is called with each closed bar over so many of them, which needs NumPy there. A declaration that
    looks farther back, or is made of sums that run on, is found out by the tester.
    """

    memory: ClassVar[int] = MEMORY_BARS

    def on_bar(self, bar: Bar) -> None:
        """Do what is declared of this bar."""
        declared = self.declare(_Newest(self.chart, self.memory))
        if declared is None:
            return
        entry, held = _side(declared.entries[-1]), self.positions
        if held:
            is_long = held[0].side == "buy"
            is_over = declared.exits is not None and bool(declared.exits[-1])
            if is_over or (declared.reverses and entry == (-1 if is_long else 1)):
                for one in held:
                    self.close(one)
                held = self.positions
        if entry and not held:
            self._enter(declared, entry, bar)

    def _enter(self, declared: Declaration, entry: int, bar: Bar) -> None:
        quote = self.quote
        if quote is None:
            return
        base = bar.close
        if declared.levels_from == "fill":
            base = quote.ask if entry > 0 else quote.bid
        stop, target = (0.0 if each is None else float(each[-1]) for each in (declared.stop, declared.target))
        if not (stop >= 0 and target >= 0):
            return
        trade = self.buy if entry > 0 else self.sell
        trade(
            declared.volume,
            sl=base - entry * stop if stop else None,
            tp=base + entry * target if target else None,
        )


def _side(entry: float) -> int:
    return 1 if entry > 0 else -1 if entry < 0 else 0


class _Newest:
    """The newest bars of a chart as a `Past`."""

    def __init__(self, chart: Chart, count: int) -> None:
        self._chart = chart
        self._count = count

    def values(self, line: Line) -> NDArray[np.float64]:
        import numpy as np

        return np.array(line.last(self._count))

    @property
    def bars(self) -> Columns:
        import numpy as np

        from metafleet.engine.experts.indicators.contract import Columns

        rows = [
            (bar.open, bar.high, bar.low, bar.close, float(bar.tick_volume or 0))
            for bar in self._chart.bars(self._count)
        ]
        return Columns._make(np.array(rows, np.float64).reshape(-1, 5).T)
