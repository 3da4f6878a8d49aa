"""One symbol's bars of all timeframes and its ticks: a past that is only looked at, and what ticks add to it.

The past may be a memory-mapped file: nothing of it is read before it is asked for. A tick touches a few
numbers of the forming M1 bar; the other timeframes take each M1 bar when it is over, and are made the first
time that somebody asks for them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.engine.market.arrays import (
    COPY_TICKS_ALL,
    COPY_TICKS_INFO,
    COPY_TICKS_TRADE,
    FLAG_ASK,
    FLAG_BID,
    FLAG_LAST,
    FLAG_VOLUME,
    RATES,
    TICKS,
    Array,
    Growing,
    count_before,
    empty,
    joined,
)
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import CHART_LAST, SymbolSpec
from metafleet.engine.market.timeframes import M1, NAMES, PERIODS_S, next_open_s, open_s, opens_s

MAX_BARS: Final = 100_000
"""Bars of a timeframe that a terminal shows: `maxbars` of a fresh MetaTrader."""

KEPT_TICKS: Final = 100_000
"""Ticks of a symbol that are kept at least, beside those of the past."""

_PENDING_TICKS: Final = 4_096
_ASKED: Final = {
    COPY_TICKS_INFO: FLAG_BID | FLAG_ASK,
    COPY_TICKS_TRADE: FLAG_LAST | FLAG_VOLUME,
    COPY_TICKS_INFO | COPY_TICKS_TRADE: FLAG_BID | FLAG_ASK | FLAG_LAST | FLAG_VOLUME,
}
"""Bits of which one must be there, by COPY_TICKS; all ticks for any other number."""

_Row = tuple[int, float, float, float, float, int, int, int]
"""A bar, in the order of RATES."""


class NoHistory(LookupError):
    """There are no bars or ticks of this symbol or before this place: MetaTrader's -1."""


class Series:
    """One timeframe's bars: those of the past, those that came since, and the last one, which may go on."""

    def __init__(self, timeframe: int, past: Array) -> None:
        self.timeframe = timeframe
        self.past = past[:-1]
        self._times = self.past["time"]
        self._grown = Growing(RATES)
        self._last: _Row | None = past[-1].item() if len(past) else None
        self._end_s = next_open_s(timeframe, self._last[0]) if self._last else 0
        self._put = 0

    def add(self, bar: _Row) -> None:
        """Take a bar that is as long or shorter, and not earlier than those before."""
        last = self._last
        if last is not None and bar[0] < self._end_s:
            self._last = _merged(last, bar)
            return
        if last is not None:
            self._grown.append(last)
        self._last = (open_s(self.timeframe, bar[0]), *bar[1:])
        self._end_s = next_open_s(self.timeframe, bar[0])

    def settle(self, minute: _Row | None) -> int:
        """Have the last bar, and the forming minute in it or after it, where they can be read.

        Returns how many bars there are. They can be read until the next `add`.
        """
        last, self._put = self._last, 0
        if last is not None and minute is not None and minute[0] < self._end_s:
            last, minute = _merged(last, minute), None
        for row in (last, minute):
            if row is not None:
                self._grown.put(self._put, (open_s(self.timeframe, row[0]), *row[1:]))
                self._put += 1
        return len(self.past) + self._grown.size + self._put

    def grown(self) -> Array:
        """Return what is not of the past, a view, as it was settled."""
        return self._grown.array[: self._grown.size + self._put]

    def cut(self, begin: int, end: int) -> Array:
        """Return the bars of these places: fresh, packed, read-only."""
        border = len(self.past)
        if begin >= border:
            return joined([self._grown.array[begin - border : end - border]], RATES)
        if end <= border:
            return joined([self.past[begin:end]], RATES)
        return joined([self.past[begin:], self._grown.array[: end - border]], RATES)

    def count_before(self, time_s: int) -> int:
        """Return how many bars open before this time."""
        grown = self.grown()["time"]
        if len(grown) and time_s > grown[0]:
            return len(self.past) + count_before(grown, time_s)
        return count_before(self._times, time_s)


class History:
    """Bars and ticks of one symbol. Times are the server's clock's.

    past: bars of RATES, oldest first, of the timeframe given; past_ticks: of TICKS. Both are looked at, not
    copied. A timeframe that the past's bars do not add up to begins with the first tick. max_bars: how far
    back a terminal looks. Arrays that are returned are the caller's own, packed, and cannot be written to.
    """

    def __init__(
        self,
        spec: SymbolSpec,
        past: Array | None = None,
        *,
        timeframe: int = M1,
        past_ticks: Array | None = None,
        max_bars: int = MAX_BARS,
        kept_ticks: int = KEPT_TICKS,
    ) -> None:
        self.spec = spec
        self.max_bars = max_bars
        self._base = timeframe
        self._past_ticks = empty(TICKS) if past_ticks is None else past_ticks
        self._series = {M1: Series(M1, empty(RATES))}
        self._series[timeframe] = Series(timeframe, empty(RATES) if past is None else past)
        self._ticks = Growing(TICKS, kept_ticks)
        self._pending: list[tuple[int, float, float, float, int, int, int, float]] = []
        self._begin_s, self._end_msc = -1, -1
        self._open = self._high = self._low = self._close = self._gap = 0.0
        self._count = 0
        self._volume = 0.0
        self._bid = self._ask = 0.0

    def add(self, time_msc: int, bid: float, ask: float) -> None:
        """Take a tick. Ticks come in time order, none before the past's last bar."""
        flags = (FLAG_BID if bid != self._bid else 0) | (FLAG_ASK if ask != self._ask else 0)
        self._bid, self._ask = bid, ask
        pending = self._pending
        pending.append((time_msc // 1000, bid, ask, 0.0, 0, time_msc, flags, 0.0))
        if len(pending) >= _PENDING_TICKS:
            self._flush()
        if time_msc >= self._end_msc:
            self._begin_minute(time_msc, bid, ask - bid)
            return
        if bid > self._high:
            self._high = bid
        elif bid < self._low:
            self._low = bid
        self._close = bid
        gap = ask - bid
        self._gap = min(self._gap, gap)
        self._count += 1

    def add_dealt(self, tick: Tick) -> None:
        """Take a tick of an exchange's symbol that has a last price.

        Where bars are made of last prices, deals make them, and quotes between two deals change none.
        """
        time_msc, bid, ask, volume = tick.time_msc, tick.bid, tick.ask, tick.volume
        flags = (FLAG_BID if bid != self._bid else 0) | (FLAG_ASK if ask != self._ask else 0) | tick.flags
        self._bid, self._ask = bid, ask
        self._pending.append((time_msc // 1000, bid, ask, tick.last, int(volume), time_msc, flags, volume))
        if len(self._pending) >= _PENDING_TICKS:
            self._flush()
        of_deals = self.spec.chart_mode == CHART_LAST
        if of_deals and not tick.flags:
            return
        price = tick.last if of_deals else bid
        if time_msc >= self._end_msc:
            self._begin_minute(time_msc, price, ask - bid)
        else:
            self._high, self._low = max(self._high, price), min(self._low, price)
            self._close = price
            self._gap = min(self._gap, ask - bid)
            self._count += 1
        if tick.flags & FLAG_VOLUME:
            self._volume += volume

    def begin_ticks(self, past_ticks: Array) -> None:
        """Let these ticks, of TICKS and earlier than any that was added, come before all others."""
        self._past_ticks = past_ticks

    def rates_from_pos(self, timeframe: int, start: int, count: int) -> Array:
        """Return `count` bars counted back from the forming one (start 0), oldest first; fewer if there are.

        Raises NoHistory where there is no bar at `start`, and KeyError for what is no timeframe.
        """
        series, total, first = self._settled(timeframe)
        end = total - start
        if end <= first or start < 0:
            raise NoHistory(f"{self.spec.name} has no {NAMES[timeframe]} bar at {start}")
        return series.cut(max(first, end - count), end)

    def rates_from(self, timeframe: int, from_s: int, count: int) -> Array:
        """Return the last `count` bars that open at from_s or before. Raises NoHistory and KeyError."""
        series, _, first = self._settled(timeframe)
        end = series.count_before(from_s + 1)
        if end <= first:
            raise NoHistory(f"{self.spec.name} has no {NAMES[timeframe]} bar so early")
        return series.cut(max(first, end - count), end)

    def rates_range(self, timeframe: int, from_s: int, to_s: int) -> Array:
        """Return the bars that open from from_s to to_s, both included; without any, an empty array.

        Raises NoHistory where the symbol has no bars at all, and KeyError for what is no timeframe.
        """
        series, total, first = self._settled(timeframe)
        if not total:
            raise NoHistory(f"{self.spec.name} has no {NAMES[timeframe]} bars")
        begin = max(first, series.count_before(from_s))
        return series.cut(begin, max(begin, series.count_before(to_s + 1)))

    def ticks_from(self, from_msc: int, count: int, flags: int = COPY_TICKS_ALL) -> Array:
        """Return the first `count` ticks from this time on. flags: COPY_TICKS. Raises NoHistory."""
        return self._ticks_between(from_msc, None, flags, count)

    def ticks_range(self, from_msc: int, to_msc: int, flags: int = COPY_TICKS_ALL) -> Array:
        """Return the ticks from one time to the other, both included. flags: COPY_TICKS. Raises NoHistory."""
        return self._ticks_between(from_msc, to_msc, flags, None)

    def _settled(self, timeframe: int) -> tuple[Series, int, int]:
        """Return a timeframe's bars, how many there are, and the place of the first that is shown."""
        series = self._series.get(timeframe) or self._make(timeframe)
        total = series.settle(self._minute() if self._begin_s >= 0 else None)
        return series, total, max(0, total - self.max_bars)

    def _make(self, timeframe: int) -> Series:
        """Add up a timeframe from the bars that are there, and keep it up from now on."""
        period_s, base_s = PERIODS_S[timeframe], PERIODS_S[self._base]
        base = self._series[self._base if period_s > base_s and period_s % base_s == 0 else M1]
        base.settle(None)
        series = Series(timeframe, aggregated(base.past, timeframe))
        for bar in aggregated(base.grown(), timeframe).tolist():
            series.add(bar)
        self._series[timeframe] = series
        return series

    def _begin_minute(self, time_msc: int, price: float, gap: float) -> None:
        if self._begin_s >= 0:
            minute = self._minute()
            for series in self._series.values():
                series.add(minute)
        self._begin_s = time_msc // 60_000 * 60
        self._end_msc = (self._begin_s + 60) * 1000
        self._open = self._high = self._low = self._close = price
        self._gap = gap
        self._count = 1
        self._volume = 0.0

    def _minute(self) -> _Row:
        spread, volume = round(self._gap / self.spec.point), int(self._volume)
        return self._begin_s, self._open, self._high, self._low, self._close, self._count, spread, volume

    def _ticks_between(self, from_msc: int, to_msc: int | None, flags: int, count: int | None) -> Array:
        self._flush()
        grown = self._ticks.array[: self._ticks.size]
        if not len(grown) and not len(self._past_ticks):
            raise NoHistory(f"{self.spec.name} has no ticks")
        found: list[Array] = []
        for part in (self._past_ticks, grown):
            times = part["time_msc"]
            begin = count_before(times, from_msc)
            end = len(part) if to_msc is None else max(begin, count_before(times, to_msc + 1))
            left = None if count is None else count - sum(map(len, found))
            found.append(_chosen(part[begin:end], flags, left))
        return joined(found, TICKS)

    def _flush(self) -> None:
        if self._pending:
            self._ticks.extend(np.array(self._pending, TICKS))
            self._pending.clear()


def aggregated(bars: Array, timeframe: int) -> Array:
    """Return bars added up to a longer timeframe: volumes summed, the smallest spread.

    bars: RATES, oldest first, of any timeframe that the longer one consists of.
    """
    if not len(bars):
        return empty(RATES)
    opens = opens_s(timeframe, bars["time"])
    begins = np.flatnonzero(np.concatenate(([True], opens[1:] != opens[:-1])))
    ends = np.append(begins[1:], len(bars)) - 1
    longer = np.empty(len(begins), RATES)
    longer["time"] = opens[begins]
    longer["open"] = bars["open"][begins]
    longer["high"] = np.maximum.reduceat(bars["high"], begins)
    longer["low"] = np.minimum.reduceat(bars["low"], begins)
    longer["close"] = bars["close"][ends]
    longer["tick_volume"] = np.add.reduceat(bars["tick_volume"], begins)
    longer["spread"] = np.minimum.reduceat(bars["spread"], begins)
    longer["real_volume"] = np.add.reduceat(bars["real_volume"], begins)
    return longer


def _merged(bar: _Row, later: _Row) -> _Row:
    """Return a bar with what a later part of it adds."""
    return (
        bar[0],
        bar[1],
        max(bar[2], later[2]),
        min(bar[3], later[3]),
        later[4],
        bar[5] + later[5],
        min(bar[6], later[6]),
        bar[7] + later[7],
    )


def _chosen(ticks: Array, flags: int, count: int | None) -> Array:
    """Return the ticks that were asked for, at most so many; a view where all are."""
    mask = _ASKED.get(flags)
    if mask is None:
        return ticks if count is None else ticks[:count]
    if count is None:
        wanted: Array = ticks[(ticks["flags"] & mask) != 0]
        return wanted
    # Nearly every tick of a market maker is wanted, so little more than count is looked at first.
    size = 2 * count + 16
    while True:
        places = np.flatnonzero(ticks["flags"][:size] & mask)
        if len(places) >= count or size >= len(ticks):
            return ticks[places[:count]]
        size *= 4
