"""An EA's charts: bars of a symbol and timeframe once they have closed, and the indicators over them.

An EA asks for charts and indicators in `on_start` and reads them in its other hooks:

    def on_start(self) -> None:
        self.fast = self.chart.add(EMA(self.fast_period))
        self.hours = self.chart_of("H1")
        self.range = self.hours.add(ATR(14))

The tester computes an indicator once over all of its history; live each bar takes one step. Nothing here
ever shows a bar that has not closed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from metafleet.engine.experts.lines import Cursor, Line, Lines
from metafleet.engine.market.records import Bar
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME, M1, MN1, PERIODS_S, next_open_s, open_s

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Indicator

HISTORY_BARS: Final = 1_000
"""Closed bars of a chart that an EA sees as its history when it starts, in the tester and live: indicators
that remember everything begin with the first of them, and so have the same values in both."""


class ChartRefused(ValueError):
    """There is no such chart, or no more may be asked for; the text is one sentence."""


def check_timeframe(timeframe: str) -> None:
    """Raise ChartRefused for a timeframe that MetaTrader does not have."""
    if timeframe not in BY_NAME:
        raise ChartRefused(f"no timeframe {timeframe!r}; there are {', '.join(BY_NAME)}")


class Chart(ABC):
    """One symbol and timeframe. `chart[-1]` is the newest bar that has closed."""

    def __init__(self, symbol: str, timeframe: str) -> None:
        """Raise ChartRefused for a timeframe that MetaTrader does not have."""
        check_timeframe(timeframe)
        self.symbol = symbol
        self.timeframe = timeframe
        self.number: Final = BY_NAME[timeframe]
        self.cursor = Cursor()
        self._known: dict[object, Line | Lines] = {}

    @abstractmethod
    def __getitem__(self, back: int) -> Bar:
        """Return a closed bar: -1 the newest, -2 the one before. Raises IndexError."""

    def __len__(self) -> int:
        """Return how many closed bars there are."""
        return self.cursor.at

    def bars(self, count: int) -> list[Bar]:
        """Return the newest closed bars, at most `count`, oldest first."""
        return [self[back] for back in range(-min(count, len(self)), 0)]

    def add(self, indicator: Indicator) -> Any:
        """Return an indicator's Line, or its Lines where it has several. The same one twice is one."""
        known = self._known.get(indicator)
        if known is None:
            lines = self._lines_of(indicator)
            names = indicator.lines
            known = lines[0] if len(names) == 1 else Lines(dict(zip(names, lines, strict=True)))
            self._known[indicator] = known
        return known

    def crossing(self, fast: Line, slow: Line | float) -> Line:
        """Return a line that is 1 where `fast` has just come above `slow`, -1 where under it, and else 0.

        Both must be lines of this chart, or the other one a level.
        """
        key = ("crossing", id(fast), id(slow) if isinstance(slow, Line) else float(slow))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._crossing(fast, slow)
        assert isinstance(known, Line)  # noqa: S101 - narrows the type
        return known

    @abstractmethod
    def _lines_of(self, indicator: Indicator) -> Sequence[Line]:
        """Make the lines of an indicator that is new to this chart."""

    @abstractmethod
    def _crossing(self, fast: Line, slow: Line | float) -> Line: ...


class Charts(Protocol):
    """All charts of one EA."""

    @property
    def own(self) -> Chart:
        """The EA's symbol and timeframe: the one whose bars `on_bar` is given."""

    def chart(self, timeframe: str, symbol: str | None = None) -> Chart:
        """Return another chart; of the EA's symbol unless another is named. Raises ChartRefused, DeskLost."""

    def wake(self, line: Line) -> None:
        """Let `on_bar` be called only where one of these lines of the own chart is neither 0 nor nan."""

    def advance(self, bar: Bar, now_s: int) -> Iterable[Bar]:
        """Take the M1 bar that has just closed, and the market's time, in seconds.

        Gives each bar of the own chart that has closed with it, when all charts have come so far, and only
        those that `on_bar` is to be called with: to be taken one by one. Raises DeskLost.
        """


class History(Protocol):
    """Where live charts have their bars from."""

    @property
    def symbol(self) -> SymbolSpec:
        """The EA's symbol."""

    def history(self, symbol: str, timeframe: str, count: int) -> list[Bar]:
        """Return the newest closed bars, at most `count`, oldest first. Raises ChartRefused, DeskLost."""


class LiveChart(Chart):
    """A chart that takes a bar at a time."""

    def __init__(self, symbol: str, timeframe: str) -> None:
        super().__init__(symbol, timeframe)
        self._bars: list[Bar] = []
        self._steps: list[tuple[Callable[[Any], object], Callable[..., Any]]] = []
        """Of each indicator: what keeps its values, and what makes them of a bar."""
        self._values: list[list[float]] = []
        self._two_periods_s = 0 if self.number == MN1 else 2 * PERIODS_S[self.number]
        self.due_s = 0

    def __getitem__(self, back: int) -> Bar:
        if back >= 0 or len(self._bars) + back < 0:
            raise IndexError(f"[{back}]: there are {len(self._bars)} closed bars, the newest at [-1]")
        return self._bars[back]

    def push(self, bar: Bar) -> None:
        """Take the next bar that has closed. `due_s` is when the one after it can have."""
        time_s, open_, high, low, close = bar.time_s, bar.open, bar.high, bar.low, bar.close
        volume = bar.tick_volume or 0
        self._bars.append(bar)
        for keep, take in self._steps:
            keep(take(open_, high, low, close, volume))
        self.cursor.at += 1
        if self._two_periods_s:
            self.due_s = time_s + self._two_periods_s
        else:
            self.due_s = next_open_s(self.number, next_open_s(self.number, time_s))
        if self.cursor.at >= 2 * HISTORY_BARS:
            self._forget(HISTORY_BARS)

    @property
    def last_s(self) -> int:
        """When the newest bar opened; -1 where there is none."""
        return self._bars[-1].time_s if self._bars else -1

    def _forget(self, count: int) -> None:
        del self._bars[:count]
        for values in self._values:
            del values[:count]
        self.cursor.at -= count

    def _lines_of(self, indicator: Indicator) -> Sequence[Line]:
        columns = [list[float]() for _ in indicator.lines]
        take: Callable[..., Any] = indicator.begin().step

        def keep(found: tuple[float, ...]) -> None:
            for column, value in zip(columns, found, strict=True):
                column.append(value)

        return self._begun(columns[0].append if len(columns) == 1 else keep, take, columns)

    def _crossing(self, fast: Line, slow: Line | float) -> Line:
        # Lines are stepped in the order in which they were asked for, so both have this bar's value.
        first = self._place_of(fast)
        second = self._place_of(slow) if isinstance(slow, Line) else _Level(float(slow))
        column: list[float] = []

        def step(*_: float) -> float:
            place = len(column)
            if not place:
                return 0.0
            was, now = first[place - 1] - second[place - 1], first[place] - second[place]
            return 1.0 if was <= 0.0 < now else -1.0 if was >= 0.0 > now else 0.0

        (line,) = self._begun(column.append, step, [column])
        return line

    def _place_of(self, line: Line) -> list[float]:
        for values in self._values:
            if line.reads(values):
                return values
        raise ChartRefused("a crossing is of two lines of this chart")

    def _begun(
        self, keep: Callable[[Any], object], take: Callable[..., Any], columns: list[list[float]]
    ) -> list[Line]:
        for bar in self._bars:
            keep(take(bar.open, bar.high, bar.low, bar.close, bar.tick_volume or 0))
        self._steps.append((keep, take))
        self._values += columns
        return [Line(self.cursor, column) for column in columns]


class _Level:
    """A level as the values of a line."""

    def __init__(self, value: float) -> None:
        self._value = value

    def __getitem__(self, _place: int) -> float:
        return self._value


class LiveCharts:
    """`Charts` at a terminal. Charts are made when they are asked for first, with their history."""

    def __init__(self, history: History, timeframe: str) -> None:
        """Raise ChartRefused for a timeframe that MetaTrader does not have."""
        check_timeframe(timeframe)
        self._history = history
        self._timeframe = timeframe
        self._is_m1 = BY_NAME[timeframe] == M1
        self._own: LiveChart | None = None
        self._others: dict[tuple[str, str], LiveChart] = {}
        self._wakes: list[Line] = []

    @property
    def own(self) -> LiveChart:
        if self._own is None:
            self._own = self._made(self._history.symbol.name, self._timeframe)
        return self._own

    def chart(self, timeframe: str, symbol: str | None = None) -> LiveChart:
        name = symbol or self._history.symbol.name
        if timeframe == self._timeframe and name == self._history.symbol.name:
            return self.own
        known = self._others.get((name, timeframe))
        if known is None:
            known = self._others[name, timeframe] = self._made(name, timeframe)
        return known

    def wake(self, line: Line) -> None:
        self._wakes.append(line)

    def advance(self, bar: Bar, now_s: int) -> Iterable[Bar]:
        own = self._own
        if own is None:
            if self._is_m1 and not self._others:
                return (bar,)
            # The EA has not looked at it yet; what closes with this bar is news to it all the same.
            own = self._own = self._made(self._history.symbol.name, self._timeframe, bar.time_s)
        for chart in self._others.values():
            if now_s >= chart.due_s:
                for closed in self._missing(chart, now_s):
                    chart.push(closed)
        if self._is_m1 and bar.time_s + 60 == own.due_s:
            own.push(bar)
            return (bar,) if self._is_awake() else ()
        if now_s < own.due_s:
            return ()
        return self._one_by_one(own, self._missing(own, now_s))

    def _one_by_one(self, own: LiveChart, found: Sequence[Bar]) -> Iterator[Bar]:
        for closed in found:
            own.push(closed)
            if self._is_awake():
                yield closed

    def _is_awake(self) -> bool:
        return not self._wakes or any(line[-1] == line[-1] != 0.0 for line in self._wakes)

    def _made(self, symbol: str, timeframe: str, until_s: int | None = None) -> LiveChart:
        """Return a new chart of what has closed, by this time if one is given."""
        chart = LiveChart(symbol, timeframe)
        for bar in self._history.history(symbol, timeframe, HISTORY_BARS):
            if until_s is None or next_open_s(chart.number, bar.time_s) <= until_s:
                chart.push(bar)
        return chart

    def _missing(self, chart: LiveChart, now_s: int) -> list[Bar]:
        """Return what has closed on a chart since its newest bar."""
        count = min(HISTORY_BARS, (now_s - chart.last_s) // PERIODS_S[chart.number] + 1)
        found = self._history.history(chart.symbol, chart.timeframe, count)
        return [bar for bar in found if bar.time_s > chart.last_s]


def joined(bars: Iterable[Bar], timeframe: str, now_s: int) -> list[Bar]:
    """Return the bars of a timeframe that M1 bars, oldest first, make and that have closed by now.

    The first may be short of its first minutes. Raises KeyError for an unknown timeframe.
    """
    number = BY_NAME[timeframe]
    made: list[Bar] = []
    end_s = -1
    for bar in bars:
        if bar.time_s < end_s:
            last = made[-1]
            made[-1] = Bar(
                last.time_s,
                last.open,
                max(last.high, bar.high),
                min(last.low, bar.low),
                bar.close,
                (last.tick_volume or 0) + (bar.tick_volume or 0),
                last.spread if bar.spread is None else min(bar.spread, last.spread or bar.spread),
            )
            continue
        made.append(msgspec.structs.replace(bar, time_s=open_s(number, bar.time_s)))
        end_s = next_open_s(number, bar.time_s)
    if made and end_s > now_s:
        made.pop()
    return made
