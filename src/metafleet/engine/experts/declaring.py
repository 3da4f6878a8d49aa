"""Entries and stops that an EA declares as arrays, so that a tester need not ask it bar by bar.

Nobody has to: an EA that declares nothing is tested by its `on_bar`. One that does means by it exactly
this, which `DeclaredExpert.on_bar` does with the ordinary verbs and `engine.tester.declared` for a whole
history at once. Everything is decided when a bar has closed and done at the first price after it, when
the broker has looked at that price itself (nights, stops, targets):

1. An open position is closed where `exits` says so, once `longest` bars have closed since it was opened, or,
   if `reverses`, where the entry is an opposite one.
2. The stop of one that is still open follows the price, where there is a `trail`.
3. Without a position, 1 buys and -1 sells `volume` at market. Its stop and target lie the declared
   distances from `levels_from`: the price of the entry ("fill": ask for a buy, bid for a sell) or the close
   of the bar that has decided ("close"), rounded to the symbol's digits. A distance of 0 is no level; where
   one is nan or below 0 the entry is not made, nor where the broker refuses its levels, nor beyond the
   `limits` of a day.
4. With a position, entries are passed over.

So an exit and an entry at the same bar close and open at the same price.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, Protocol, TypeAlias

from metafleet.engine.broker.records import Position
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.obeying import NO_LIMITS, Limits, follow, is_held_for, is_within, risked
from metafleet.engine.market.records import Bar
from metafleet.engine.market.timeframes import PERIODS_S

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from metafleet.engine.experts.charts import Chart
    from metafleet.engine.experts.indicators.contract import Columns
    from metafleet.engine.experts.lines import Line

    Places: TypeAlias = NDArray[np.intp] | NDArray[np.bool_]

LevelsFrom = Literal["fill", "close"]

MEMORY_BARS: Final = 3
"""Enough for a crossing, which looks at two bars, and for one that looks a bar back at it."""


class Past(Protocol):
    """Closed bars of the EA's own chart, and what its lines were with each of them, oldest first."""

    def values(self, line: Line, at: Places | None = None) -> NDArray[np.float64]:
        """Return a line's values, shape (n,); nan where it has none yet. Raises ChartRefused.

        at: the bars whose values alone are wanted, by place or as bools: the tester need not compute others.
        Of a line of another chart: its newest with each bar of the own one; before the EA began, nan.
        """

    def where(self, line: Line) -> NDArray[np.intp]:
        """Return the bars at which a line is neither 0 nor nan, by place. Raises ChartRefused."""

    @property
    def count(self) -> int:
        """How many bars there are."""

    def closed(self, chart: Chart) -> NDArray[np.bool_]:
        """Return at which bars one of another chart of the symbol, of bars no shorter, has closed as well."""

    @property
    def bars(self) -> Columns:
        """The bars, each column float64 of shape (n,)."""

    @property
    def firsts(self) -> Firsts:
        """The first price after each bar, at which what is decided by it is done."""


class Firsts(NamedTuple):
    """Each of shape (n,). times: seconds; bids, asks: prices; 0 and nan after bars that were not lived."""

    times: NDArray[np.int64]
    bids: NDArray[np.float64]
    asks: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """As many lots as lose a share of the equity; where that is less than the least, the entry is not made.

    percent: of equity. loss_per_lot: what one lot loses, account currency; of shapes as `Declaration.stop`.
    most: lots.
    """

    percent: float
    loss_per_lot: NDArray[np.float64]
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A stop that follows the price. distances: in price, nan where it stays; shape (n,).

    step: it is moved where that gains at least this share of the distance. at_once: whether that of a
    position that has been opened at this very price is moved, too.
    """

    distances: NDArray[np.float64]
    step: float = 0.0
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What an EA does with each closed bar; arrays of shape (n,), as `Past` gives them.

    entries: above 0 buys, below 0 sells, 0 and nan do nothing. volume: lots, or what they follow from.
    stop, target: distances in price, of each bar or, shape (entries,), of those alone at which something is
    entered, in their order; None for no such level. exits: where an open position is closed: as
    bools, whichever it is; as numbers, above 0 a buy, below 0 a sell. longest: bars; 0 for no end. comment:
    of each entry. note: the sentence that says why, by the bar's place. unmade: the line that it
    writes to its log where an entry was not made, by side and lots, 0.0 where none is small enough. The
    module says the rest.
    """

    entries: NDArray[Any]
    volume: float | Risk
    stop: NDArray[np.float64] | None = None
    target: NDArray[np.float64] | None = None
    exits: NDArray[Any] | None = None
    reverses: bool = True
    levels_from: LevelsFrom = "fill"
    longest: int = 0
    trail: Trail | None = None
    limits: Limits = NO_LIMITS
    comment: str = ""
    note: Callable[[int], str] | None = None
    unmade: Callable[[int, float], str] | None = None


class DeclaredExpert(Expert):
    """An EA that is written by `declare` alone: its `on_bar` asks for the newest bars and does what they say.

    `memory`: on how many bars the last value of each declared array depends. Live and in the ordinary tester
    `declare` is called with each closed bar over so many of them, which needs NumPy there. A declaration that
    looks farther back, or is made of sums that run on, is found out by the tester.
    """

    memory: ClassVar[int] = MEMORY_BARS

    def on_bar(self, bar: Bar) -> None:
        """Do what is declared of this bar."""
        past = _Newest(self)
        declared = self.declare(past)
        if declared is None:
            return
        entry, held = _side(declared.entries[-1]), self.positions
        if held and self._is_over(declared, entry, held[0]):
            for one in held:
                self.close(one)
            held = self.positions
        if held:
            self._trail(declared)
        if entry and not held and is_within(self, declared.limits):
            self._enter(declared, entry, bar, past)
            if declared.trail is not None and declared.trail.at_once:
                self._trail(declared)

    def _is_over(self, declared: Declaration, entry: int, held: Position) -> bool:
        side = 1 if held.side == "buy" else -1
        if declared.reverses and entry == -side:
            return True
        if declared.longest and is_held_for(self, held, declared.longest):
            return True
        if declared.exits is None:
            return False
        said = declared.exits[-1]
        return bool(said) if declared.exits.dtype == bool else _side(said) == side

    def _trail(self, declared: Declaration) -> None:
        trail = declared.trail
        if trail is not None and not math.isnan(away := float(trail.distances[-1])):
            follow(self, away, trail.step)

    def _enter(self, declared: Declaration, entry: int, bar: Bar, past: _Newest) -> None:
        quote = self.quote
        if quote is None:
            return
        base = bar.close
        if declared.levels_from == "fill":
            base = quote.ask if entry > 0 else quote.bid
        stop, target = (0.0 if each is None else float(each[-1]) for each in (declared.stop, declared.target))
        if not (stop >= 0 and target >= 0):
            return
        volume = declared.volume
        if isinstance(volume, Risk):
            volume = risked(self, volume.percent, float(volume.loss_per_lot[-1]), volume.most)
        if volume == 0.0:
            return
        trade = self.buy if entry > 0 else self.sell
        trade(
            volume,
            sl=base - entry * stop if stop else None,
            tp=base + entry * target if target else None,
            comment=declared.comment,
            note=declared.note(past.count - 1) if declared.note else "",
        )


def _side(entry: float) -> int:
    return 1 if entry > 0 else -1 if entry < 0 else 0


class _Newest:
    """The newest bars of an EA's chart as a `Past`."""

    def __init__(self, expert: DeclaredExpert) -> None:
        self._expert = expert
        self._chart = expert.chart
        self._count = min(expert.memory, len(self._chart))

    @property
    def count(self) -> int:
        return self._count

    def values(self, line: Line, at: Places | None = None) -> NDArray[np.float64]:
        import numpy as np

        newest = np.array(line.last(self._expert.memory))
        return newest if at is None else newest[at]

    def where(self, line: Line) -> NDArray[np.intp]:
        import numpy as np

        newest = self.values(line)
        return np.flatnonzero((newest != 0.0) & ~np.isnan(newest))

    def closed(self, chart: Chart) -> NDArray[np.bool_]:
        import numpy as np

        made = np.zeros(self.count, bool)
        if self.count and len(chart):
            made[-1] = chart[-1].time_s + PERIODS_S[chart.number] > self._chart[-1].time_s
        return made

    @property
    def bars(self) -> Columns:
        import numpy as np

        from metafleet.engine.experts.indicators.contract import Columns

        rows = [
            (bar.open, bar.high, bar.low, bar.close, float(bar.tick_volume or 0))
            for bar in self._chart.bars(self._expert.memory)
        ]
        return Columns._make(np.array(rows, np.float64).reshape(-1, 5).T)

    @property
    def firsts(self) -> Firsts:
        import numpy as np

        times, bids = np.zeros(self.count, np.int64), np.full(self.count, np.nan)
        asks, quote = bids.copy(), self._expert.quote
        if quote is not None:
            times[-1], bids[-1], asks[-1] = self._expert.desk.now_msc() // 1000, quote.bid, quote.ask
        return Firsts(times, bids, asks)
