"""The strides of a test: each bar of the EA's chart, as the stretch of finer bars that it is made of.

Nothing is laid out that may not be looked at: a test passes over most of its strides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array, counts_before
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.ticks import bar_ticks, four_ticks, ticks_for_period
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.engine.tester.play import Play
from metafleet.engine.tester.tape import asks_of

OHLC_TICKS: Final = 4
_DAY_S: Final = 86_400
_DAY_MSC: Final = _DAY_S * 1000
_FIRST_LOOK: Final = 256
_LOOK: Final = 8_192

_least, _most = np.minimum.reduce, np.maximum.reduce


class Strides:
    """begins: of each stride, and after the last, the place of its first finer bar in the tape. last: the
    last stride. lows, highs: of each. count: the ticks that are made of a finer bar, where there are bars.
    """

    def __init__(self, play: Play) -> None:
        self._spec, self._rates, rates = play.tape.spec, play.tape.rates, play.tape.rates
        self._period_s, self._seed = play.tape.period_s, play.test.seed
        self._is_open_only = play.test.ticks == "open"
        count = OHLC_TICKS if play.test.ticks == "ohlc" else play.test.ticks_per_bar
        self.count = count if count == OHLC_TICKS else ticks_for_period(count, self._period_s)
        self._times, self._opens, self._spreads = (rates[name] for name in ("time", "open", "spread"))
        self.begins = _begins(play)
        self.last = len(self.begins) - 2
        columns = play.chart.columns()
        self.lows, self.highs = columns.low, columns.high
        # One value at a time is read from a view in half the time that an array takes.
        self._low_view, self._high_view = view_of(self.lows), view_of(self.highs)
        self.ticks = play.tape.ticks if play.test.ticks == "every" else None
        if self.ticks is None:
            most_points = int(rates["spread"].max())
        else:
            self.minutes_at = np.searchsorted(self.ticks["time_msc"], rates["time"] * 1000)
            gaps = self.ticks["ask"] - self.ticks["bid"]
            most_points = round(float(gaps.max()) / self._spec.point)
        self.most_spread = (most_points + 1) * self._spec.point
        self._scale = 10.0**self._spec.digits

    def first_tick(self, place: int) -> Tick:
        """Return the first tick of a stride."""
        at, name = self.begins[place], self._spec.name
        if self.ticks is not None:
            time_msc, bid, ask = (
                self.ticks[column].item(self.minutes_at[at]) for column in ("time_msc", "bid", "ask")
            )
            return Tick(name, time_msc, bid, ask)
        bid = self._opens.item(at)
        # As `tape.asks_of` rounds.
        ask = round((bid + self._spreads.item(at) * self._spec.point) * self._scale) / self._scale
        return Tick(name, self._times.item(at) * 1000, bid, ask)

    def first_ticks(self, places: NDArray[np.int64]) -> Iterator[Tick]:
        """Return the first tick of each of these strides."""
        at = self._begins_of(places)
        if self.ticks is not None:
            rows = self.ticks[self.minutes_at[at]]
            columns = [rows[column].tolist() for column in ("time_msc", "bid", "ask")]
        else:
            bids = self._opens[at]
            asks = asks_of(self._spreads[at], self._spec, bids)
            columns = [(self._times[at] * 1000).tolist(), bids.tolist(), asks.tolist()]
        return map(Tick, repeat(self._spec.name), *columns, repeat(0.0), repeat(0.0), repeat(0))

    def ticks_of(self, at: int) -> Iterator[Tick]:
        """Return the ticks of a finer bar."""
        if self.ticks is not None:
            return self._real_ticks_of(self.ticks, at)
        bar = Bar(*self._rates[at].item()[:7])
        if self._is_open_only:
            ask = round(bar.open + (bar.spread or 0) * self._spec.point, self._spec.digits)
            return iter((Tick(self._spec.name, bar.time_s * 1000, bar.open, ask),))
        if self.count == OHLC_TICKS:
            return iter(four_ticks(self._spec, bar, self._period_s))
        return iter(bar_ticks(self._spec, bar, self._period_s, self.count, self._seed))

    def _real_ticks_of(self, real: Array, at: int) -> Iterator[Tick]:
        end = self.minutes_at[at + 1] if at + 1 < len(self.minutes_at) else len(real)
        ticks = real[self.minutes_at[at] : end]
        columns = (ticks[name].tolist() for name in ("time_msc", "bid", "ask"))
        return map(Tick, repeat(self._spec.name), *columns)

    def begin_msc(self, place: int) -> int:
        """Return when a stride's first finer bar has opened."""
        opened: int = self._times.item(self.begins[place]) * 1000
        return opened

    def until_msc(self, place: int) -> int:
        """Return when a stride's last finer bar has closed."""
        until: int = (self._times.item(self.begins[place + 1] - 1) + self._period_s) * 1000
        return until

    def first_past(self, time_msc: float) -> int:
        """Return the first stride that goes on beyond a time."""
        low, high = 0, self.last + 1
        while low < high:
            middle = (low + high) // 2
            if self.until_msc(middle) > time_msc:
                high = middle
            else:
                low = middle + 1
        return low

    def reaches(self, place: int, low: float, high: float) -> bool:
        """Say whether a stride reaches one of two prices."""
        return bool(self._low_view[place] <= low or self._high_view[place] >= high)

    def next_reaching(self, begin: int, end: int, low: float, high: float, *, is_there: bool) -> int:
        """Return the first stride from `begin` on that reaches one of two prices; `end` for none.

        is_there: there is likely to be one, so they are looked at one by one at once.
        """
        look = _FIRST_LOOK
        while begin < end:
            to = min(end, begin + look)
            lows, highs = self.lows[begin:to], self.highs[begin:to]
            # The extremes of them all say whether there is one to be looked for.
            if is_there or _least(lows) <= low or _most(highs) >= high:
                hits = lows <= low
                hits |= highs >= high
                at = int(hits.argmax())
                if hits[at]:
                    return begin + at
            begin, look = to, min(4 * look, _LOOK)
        return end

    def extremes_up_to(self, places: NDArray[np.int64], begin: int) -> tuple[list[float], list[float]]:
        """Return the lowest and the highest price up to each of these places from the one before it, which is
        left out. begin: the place before the first."""
        firsts = np.concatenate(([begin], places[:-1])) + 1
        ends = int(places[-1]) + 1
        lows, highs = self.lows[:ends], self.highs[:ends]
        return np.minimum.reduceat(lows, firsts).tolist(), np.maximum.reduceat(highs, firsts).tolist()

    @cached_property
    def day_begins(self) -> list[int] | None:
        """The strides with the first tick of a day; None where a stride spans the end of one."""
        begins, times = self.begins, self._times
        first, last = (times.item(min(each, len(times) - 1)) // _DAY_S for each in (begins[0], begins[-2]))
        days = np.arange(first + 1, last + 1) * _DAY_S
        at = counts_before(times, days)
        if isinstance(begins, range):
            places = np.maximum(at - begins.start, 0)
        else:
            places = np.searchsorted(np.asarray(begins)[:-1], at)
        before = self._begins_of(places) - 1
        if (times[before[places > 0]] + self._period_s > days[places > 0]).any():
            return None
        # The last stride may span one, too.
        if (self.until_msc(self.last) - 1) // _DAY_MSC != last:
            return None
        return sorted(set(places.tolist()))

    def _begins_of(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        begins = self.begins
        # NumPy would write all of a range down.
        return places + begins.start if isinstance(begins, range) else np.asarray(begins)[places]


def view_of(values: NDArray[Any]) -> Sequence[Any]:
    """Return the values as what gives plain Python numbers one by one."""
    contiguous: Any = np.ascontiguousarray(values)
    return memoryview(contiguous)


def _begins(play: Play) -> Sequence[int]:
    """Return where the strides begin: that of bar j with the first finer bar at or after the end of j - 1."""
    times, length_s = play.tape.rates["time"], PERIODS_S[BY_NAME[play.timeframe]]
    before = len(times) - len(play.span.rates)
    if length_s == play.tape.period_s and length_s <= play.tape.least_gap_s:
        # Each bar is its own stride, and nothing has to be written down.
        return range(before, len(times) + 1)
    begins = np.concatenate(([0], np.searchsorted(times, play.span.ends[:-1]), [len(times)]))
    at = play.chart.cursor.at
    begins[at] = max(play.begin, begins[at])
    return view_of(begins)
