"""One symbol's chart as a terminal asks for it: bars of all timeframes, ticks, the quote with its day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from metafleet.engine.broker.day import Day
from metafleet.engine.broker.records import Quote
from metafleet.engine.market.arrays import RATES, Array, joined
from metafleet.engine.market.history import History
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.symbols import SymbolSpec

MAX_BARS: Final = 101_000
"""Bars of a timeframe that are shown: seventy days of minutes (`HISTORY_DAYS` of the supervised broker)."""

KEPT_TICKS: Final = 30_000
"""Ticks that are kept at least, of a live market those of 16 hours; of twice as many one answer holds all."""

_DAY_S: Final = 86_400


class Chart:
    """Begin it with the bars that are there, then give it every tick.

    version: of the quotes at its last tick.
    """

    def __init__(self, spec: SymbolSpec) -> None:
        self.history = History(spec, max_bars=MAX_BARS, kept_ticks=KEPT_TICKS)
        self.version = -1
        self._spec = spec
        self._day = Day(spec)

    def begin(self, bars: Sequence[Bar], before: Array | None = None) -> None:
        """Take in M1 bars, oldest first, the last of which goes on. before: RATES of earlier ones."""
        recent = _rates(bars)
        past = recent if before is None else joined([before, recent], RATES)
        self.history = History(self._spec, past, max_bars=MAX_BARS, kept_ticks=KEPT_TICKS)
        if len(past):
            day_s = int(past["time"][-1]) // _DAY_S * _DAY_S
            first = int(np.searchsorted(past["time"], day_s))
            self._day.begin(past[:first], past[first:], day_s * 1000)

    def take(self, tick: Tick, version: int) -> None:
        """Take the next tick."""
        if tick.last > 0:
            self.history.add_dealt(tick)
        else:
            self.history.add(tick.time_msc, tick.bid, tick.ask)
        self._day.take(tick)
        self.version = version

    def restore(self, tick: Tick, version: int) -> None:
        """Show a tick again that was kept; the bars have it already."""
        self._day.show(tick)
        self.version = version

    def quote(self) -> Quote | None:
        """Return the last tick and the day so far; None before the first tick."""
        return self._day.quote()


def _rates(bars: Sequence[Bar]) -> Array:
    rows = [
        (bar.time_s, bar.open, bar.high, bar.low, bar.close, bar.tick_volume or 0, bar.spread or 0, 0)
        for bar in bars
    ]
    return np.array(rows, RATES)
