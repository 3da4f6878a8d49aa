"""An EA's charts in the tester: indicators are computed once over all of history, and read up to a cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import starmap
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.experts.charts import Chart, ChartRefused
from metafleet.engine.experts.lines import Line
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.records import Bar
from metafleet.engine.tester.columns import (
    CrossingLine,
    LaterColumns,
    LaterLine,
    LaterSeries,
    SeriesLine,
    crossings_of,
    said_in,
)
from metafleet.engine.tester.tape import Span

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Indicator


class TapeChart(Chart):
    """A chart over bars that are all there; so many of them as its cursor says have closed."""

    def __init__(
        self,
        symbol: str,
        timeframe: str,
        span: Span,
        closed: int,
        series: dict[Indicator, Sequence[NDArray[np.float64]]] | None = None,
    ) -> None:
        """series: what is known of these bars' indicators already; it is added to."""
        super().__init__(symbol, timeframe)
        self._series = series
        self.span = span
        self.cursor.at = closed
        self.defers = False
        """Whether lines are computed when their values are looked at, not when they are asked for."""
        self._arrays: list[tuple[Line, NDArray[np.float64] | LaterLine]] = []
        self._columns: LaterColumns | None = None

    def __getitem__(self, back: int) -> Bar:
        place = self.cursor.at + back
        if back >= 0 or place < 0:
            raise IndexError(f"[{back}]: there are {self.cursor.at} closed bars, the newest at [-1]")
        return Bar(*self.span.rates[place].item()[:7])

    def keep(self, columns: LaterColumns) -> None:
        """Take all bars by column from who has made them already."""
        self._columns = columns

    def forget_columns(self) -> None:
        """Let go of what indicators are computed from; one that is asked for later makes it anew."""
        self._columns = None

    def let_go(self) -> None:
        """Let go of all values."""
        self._arrays.clear()
        self._known.clear()
        self._columns = None

    def bars_between(self, begin: int, end: int) -> Iterator[Bar]:
        """Return the bars of these places."""
        return _bars_of(self.span.rates[begin:end])

    def bars_at(self, places: NDArray[np.int64]) -> Iterator[Bar]:
        """Return the bars of these places."""
        return _bars_of(self.span.rates[places])

    def has(self, line: Line) -> bool:
        """Say whether it is a line of this chart."""
        return any(known is line for known, _ in self._arrays)

    def check(self, line: Line) -> None:
        """Raise ChartRefused for a line of another chart."""
        self._values_of(line)

    def array_of(self, line: Line) -> NDArray[np.float64]:
        """Return all values of a line of this chart, those to come among them. Raises ChartRefused."""
        values = self._values_of(line)
        return values.array if isinstance(values, LaterLine) else values

    def at(self, line: Line, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return a line's values at these bars. Raises ChartRefused."""
        values = self._values_of(line)
        return values.at(places) if isinstance(values, LaterLine) else values[places]

    def where(self, line: Line) -> NDArray[np.intp]:
        """Return the bars at which a line is neither 0 nor nan. Raises ChartRefused."""
        values = self._values_of(line)
        return values.where() if isinstance(values, LaterLine) else said_in(values)

    def _values_of(self, line: Line) -> NDArray[np.float64] | LaterLine:
        for known, values in self._arrays:
            if known is line:
                return values
        raise ChartRefused("that is no line of this chart")

    def _lines_of(self, indicator: Indicator) -> Sequence[Line]:
        if self.defers:
            series = LaterSeries(indicator, self.columns())
            return [self._later_line(SeriesLine(series, each)) for each in range(len(indicator.lines))]
        arrays = None if self._series is None else self._series.get(indicator)
        if arrays is None:
            arrays = indicator.over(self.columns())
            if self._series is not None:
                self._series[indicator] = arrays
        return [self._line(array) for array in arrays]

    def _crossing(self, fast: Line, slow: Line | float) -> Line:
        if self.defers:
            for line in (fast, slow):
                if isinstance(line, Line):
                    self.check(line)
            return self._later_line(CrossingLine(lambda: self._both(fast, slow)))
        return self._line(crossings_of(*self._both(fast, slow)).array)

    def _both(self, fast: Line, slow: Line | float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        first = self.array_of(fast)
        if isinstance(slow, Line):
            return first, self.array_of(slow)
        return first, np.broadcast_to(np.float64(slow), first.shape)

    def _line(self, array: NDArray[np.float64]) -> Line:
        # A view gives Python floats one at a time, and costs nothing for those that nobody reads.
        contiguous: Any = np.ascontiguousarray(array)
        line = Line(self.cursor, memoryview(contiguous))
        self._arrays.append((line, array))
        return line

    def _later_line(self, values: LaterLine) -> Line:
        shown: Any = values
        line = Line(self.cursor, shown)
        self._arrays.append((line, values))
        return line

    def columns(self) -> LaterColumns:
        """Return all bars by column, those to come among them."""
        if self._columns is None:
            self._columns = LaterColumns.of(self.span.rates)
        return self._columns


def _bars_of(rates: Array) -> Iterator[Bar]:
    return starmap(Bar, _ROW.iter_unpack(rates.tobytes()))


_ROW: Final = Struct("<qddddQi8x")
"""A row of RATES, of which a bar has all but the last field: a quarter quicker than column by column."""


def _no_span(symbol: str, timeframe: str) -> Span:
    raise ChartRefused(f"the test is over: there is no {timeframe} of {symbol}")


class TapeCharts:
    """`Charts` in the tester. spans: makes the bars of a symbol and timeframe; raises ChartRefused.

    now_s: the market's time. `others` are the charts beside the own one.
    """

    def __init__(self, own: TapeChart, spans: Callable[[str, str], Span], now_s: Callable[[], int]) -> None:
        self.own = own
        self.others: list[TapeChart] = []
        self.wakes: list[Line] = []
        self._spans = spans
        self._now_s = now_s

    def chart(self, timeframe: str, symbol: str | None = None) -> TapeChart:
        name = symbol or self.own.symbol
        for known in (self.own, *self.others):
            if (known.symbol, known.timeframe) == (name, timeframe):
                return known
        span = self._spans(name, timeframe)
        chart = TapeChart(name, timeframe, span, span.closed_by(self._now_s()))
        self.others.append(chart)
        return chart

    def wake(self, line: Line) -> None:
        self.own.check(line)
        self.wakes.append(line)

    def let_go(self) -> None:
        """Let go of all values and of the loop; nothing can be read any more."""
        self.wakes.clear()
        for chart in (self.own, *self.others):
            chart.let_go()
        self._spans, self._now_s = _no_span, lambda: 0

    def follow(self) -> None:
        """Let the other charts have come as far as the market's time."""
        now_s = self._now_s()
        for chart in self.others:
            ends, closed = chart.span.ends, chart.cursor.at
            while closed < len(ends) and ends[closed] <= now_s:
                closed += 1
            chart.cursor.at = closed

    def advance(self, bar: Bar, now_s: int) -> Iterator[Bar]:  # noqa: ARG002 - its clock is the ledger's
        """Let the own chart's next bar have closed; the loop knows when. bar: that one."""
        self.own.cursor.at += 1
        self.follow()
        if not self.wakes or any(line[-1] == line[-1] != 0.0 for line in self.wakes):
            yield bar
