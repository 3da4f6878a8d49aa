"""Bars made of ticks: what a terminal's chart shows."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Final

from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.symbols import CHART_LAST, SymbolSpec

PERIOD_S: Final = 60


class BarSeries:
    """One symbol's M1 bars of bids: closed ones, at most `keep`, and the forming one.

    spread: the smallest seen in the bar, in points. of_deals: bars of last prices, which mere quotes do
    not touch.
    """

    def __init__(self, point: float, keep: int = 5_000, *, of_deals: bool = False) -> None:
        self._point = point
        self._of_deals = of_deals
        self._closed: deque[Bar] = deque(maxlen=keep)
        self._time_s = -1
        self._open = self._high = self._low = self._close = 0.0
        self._count = 0
        self._gap = 0.0

    def load(self, bars: list[Bar]) -> None:
        """Begin with these bars, oldest first; the last goes on as the forming one."""
        self._closed.extend(bars[:-1])
        if bars:
            last = bars[-1]
            self._time_s, self._open, self._high = last.time_s, last.open, last.high
            self._low, self._close = last.low, last.close
            self._count = last.tick_volume or 0
            self._gap = (last.spread or 0) * self._point

    def add(self, tick: Tick) -> Bar | None:
        """Add a tick and return the bar that it closed, if any. Ticks come in time order."""
        price = tick.bid
        spread = tick.ask - price
        if self._of_deals:
            if tick.last > 0 and not tick.flags:
                return None
            price = tick.last_or_bid
        time_s = tick.time_msc // 60_000 * PERIOD_S
        if time_s == self._time_s:
            if price > self._high:
                self._high = price
            elif price < self._low:
                self._low = price
            self._gap = min(self._gap, spread)
            self._close = price
            self._count += 1
            return None
        closed = self.forming()
        if closed is not None:
            self._closed.append(closed)
        self._time_s = time_s
        self._open = self._high = self._low = self._close = price
        self._gap = spread
        self._count = 1
        return closed

    def forming(self) -> Bar | None:
        """Return the bar that is not over; None before the first tick."""
        if self._time_s < 0:
            return None
        spread = round(self._gap / self._point)
        return Bar(self._time_s, self._open, self._high, self._low, self._close, self._count, spread)

    def last(self, count: int) -> list[Bar]:
        """Return the last `count` bars, oldest first, the forming one last."""
        forming = self.forming()
        if forming is None or count < 1:
            return []
        closed = list(islice(reversed(self._closed), count - 1))
        return [*reversed(closed), forming]


def series_of(spec: SymbolSpec, keep: int) -> BarSeries:
    """Return a symbol's series, of the prices that it is charted from."""
    return BarSeries(spec.point, keep, of_deals=spec.chart_mode == CHART_LAST)
