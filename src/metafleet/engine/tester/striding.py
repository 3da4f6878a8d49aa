"""The loop that goes from bar to bar of the EA's chart, and looks at ticks only where the broker must.

Between two bids that `Watch.quiet_between` names nothing can happen: no stop, no target, no order that waits,
no stop-out. A bar that stays between them is passed over; one that does not is walked through tick by tick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.ticks import bar_quotes, ticks_for_period
from metafleet.engine.tester.passing import way
from metafleet.engine.tester.play import Play, Progress
from metafleet.engine.tester.tape import asks_of

_OHLC_TICKS: Final = 4
_FIRST_LOOK: Final = 256
_LOOK: Final = 8_192
_STRETCH: Final = 4_096
"""Bars that are made Python objects at a time: few, so that they cost no memory to speak of."""

_least, _most = np.minimum.reduce, np.maximum.reduce


class Striding:
    """Bars of the own chart are called strides here: each is a stretch of the tape's finer bars."""

    def __init__(self, play: Play, progress: Progress | None) -> None:
        self._play, self._progress = play, progress
        self._ledger, self._spec = play.ledger, play.tape.spec
        self._chart, self._name = play.chart, play.tape.spec.name
        rates, ends = play.tape.rates, play.span.ends
        self._rates, self._period_s = rates, play.tape.period_s
        # The stride of bar j begins with the first finer bar at or after the end of bar j - 1.
        self._begins = np.concatenate(([0], np.searchsorted(rates["time"], ends[:-1]), [len(rates)]))
        self._begins[play.chart.cursor.at] = max(play.begin, self._begins[play.chart.cursor.at])
        self._last = self._to = len(ends) - 1
        self._lows, self._highs = (np.ascontiguousarray(play.span.rates[name]) for name in ("low", "high"))
        self._until = (rates["time"][self._begins[1:] - 1] + self._period_s) * 1000
        # One value at a time is read from a view in half the time that an array takes.
        self._views = tuple(map(_view, (self._lows, self._highs, self._until)))
        self._real = play.tape.ticks if play.test.ticks == "every" else None
        firsts = np.minimum(self._begins[:-1], len(rates) - 1)
        if self._real is None:
            begun = rates if len(firsts) == len(rates) else rates[firsts]
            self._times, self._bids = begun["time"] * 1000, begun["open"]
            self._asks = asks_of(begun["spread"], self._spec, self._bids)
            most_points = int(rates["spread"].max())
        else:
            ticks = self._real
            self._minutes_at = np.searchsorted(ticks["time_msc"], rates["time"] * 1000)
            at = self._minutes_at[firsts]
            self._times, self._bids, self._asks = (ticks[name][at] for name in ("time_msc", "bid", "ask"))
            most_points = round(float((ticks["ask"] - ticks["bid"]).max()) / self._spec.point)
        self._firsts = tuple(map(_view, (self._times, self._bids, self._asks)))
        self._most_spread = (most_points + 1) * self._spec.point
        self._is_open_only = play.test.ticks == "open"
        count = _OHLC_TICKS if play.test.ticks == "ohlc" else play.test.ticks_per_bar
        self._count = count if count == _OHLC_TICKS else ticks_for_period(count, self._period_s)
        self._synced = -1
        self._version = -1
        self.low, self.high, self.due = -math.inf, math.inf, math.inf
        play.desk.sync = self.sync
        play.minutes = self._minutes
        play.wait = self._wait
        self._left: list[Tick] = []
        self._left_of, self._left_at = -1, 0

    def run(self, until: int | None = None) -> None:
        """Live through the test, or up to a stride of it; `go_on` then lives through the rest."""
        play = self._play
        self.sync()
        play.expert.on_start()
        for chart in (play.chart, *play.charts.others):
            chart.forget_columns()
        self._settle(play.chart.cursor.at)
        self._to = self._last if until is None else min(until, self._last)
        self._run_on()

    def go_on(self) -> None:
        """Live through what `run` has left."""
        self._to = self._last
        self._run_on()

    def finish(self, *, close_positions: bool) -> None:
        """Close what is open if asked, at the last price, and stop the EA."""
        play, place = self._play, self._chart.cursor.at
        self.sync()
        if not self._is_open_only:
            *_, last = self._ticks_of(int(self._begins[place + 1]) - 1)
            self._ledger.quotes.apply(last)
        play.curves.end = place + 1
        play.end(close_positions=close_positions)
        play.curves.note(place)

    def sync(self) -> None:
        """Put the first price of this stride, where the ledger does not have it yet."""
        place = self._chart.cursor.at
        if self._synced != place:
            self._synced = place
            self._ledger.quotes.apply(self._first(place))

    def _run_on(self) -> None:
        if self._play.charts.wakes:
            self._run_awake()
        else:
            self._run_all()
        self._play.ticks = self._ticks()

    def _run_all(self) -> None:
        """Call `on_bar` at each stride."""
        play, chart = self._play, self._chart
        cursor, on_bar, others = chart.cursor, play.expert.on_bar, play.charts.others
        while (closed := cursor.at) < self._to:
            # The stride after each bar that comes; the last bar of all closes with no tick after it.
            to = min(closed + _STRETCH, self._to)
            coming = iter(chart.bars_between(closed, to))
            while cursor.at < to:
                hit = self._next_hit(cursor.at + 1, to + 1)
                if self._run_quietly(islice(coming, hit - 1 - cursor.at), on_bar) or hit > to:
                    continue
                cursor.at = hit
                self._meet()
                if others:
                    self._follow()
                on_bar(next(coming))
                self._settle(hit)
            if self._progress is not None:
                self._progress(cursor.at / self._last)

    def _run_quietly(self, coming: Iterator[Bar], on_bar: Callable[[Bar], None]) -> bool:
        """Call `on_bar` where only the EA can set something off; return whether it has, and stop there."""
        ledger, cursor, version = self._ledger, self._chart.cursor, self._version
        others = self._play.charts.others
        for bar in coming:
            cursor.at += 1
            if others:
                self._follow()
            on_bar(bar)
            if ledger.version != version:
                self._settle(cursor.at)
                return True
        return False

    def _run_awake(self) -> None:
        """Call `on_bar` at the strides after bars at which a wake line says so."""
        play, chart = self._play, self._chart
        lines = [chart.array_of(line) for line in play.charts.wakes]
        awake = np.zeros(self._last + 1, bool)
        for line in lines:
            awake |= (line != 0) & ~np.isnan(line)
        places = (np.flatnonzero(awake) + 1).tolist()
        told = 0
        for place in places:
            if place <= chart.cursor.at or place > self._to:
                continue
            while (hit := self._next_hit(chart.cursor.at + 1, place)) < place:
                chart.cursor.at = hit
                self._meet()
                self._settle(hit)
            chart.cursor.at = place
            if hit == place and self._is_hit(place):
                self._meet()
            if play.charts.others:
                self._follow()
            play.expert.on_bar(chart[-1])
            if self._ledger.version != self._version or self._is_hit(place):
                self._settle(place)
            if self._progress is not None and place - told > 100_000:
                told = place
                self._progress(place / self._last)
        while (hit := self._next_hit(chart.cursor.at + 1, self._to + 1)) <= self._to:
            chart.cursor.at = hit
            self._meet()
            self._settle(hit)
        chart.cursor.at = self._to

    def _next_hit(self, begin: int, end: int) -> int:
        """Return the first stride from `begin` on that the broker has to look at; `end` for none."""
        if self.low == -math.inf and self.high == math.inf and self.due == math.inf:
            return end
        low, high, due, untils = self.low, self.high, self.due, self._views[2]
        look = _FIRST_LOOK
        while begin < end:
            to = min(end, begin + look)
            lows, highs = self._lows[begin:to], self._highs[begin:to]
            # The extremes of them all say whether there is one to be looked for; times only grow.
            if untils[to - 1] > due or _least(lows) <= low or _most(highs) >= high:
                hits = (lows <= low) | (highs >= high) | (self._until[begin:to] > due)
                return begin + int(hits.argmax())
            begin, look = to, min(4 * look, _LOOK)
        return end

    def _is_hit(self, place: int) -> bool:
        lows, highs, untils = self._views
        return bool(lows[place] <= self.low or highs[place] >= self.high or untils[place] > self.due)

    def _meet(self) -> None:
        """Let the ledger see the first tick of this stride, at which something may happen."""
        place = self._chart.cursor.at
        if self._synced == place:
            return
        self._synced = place
        self._ledger.on_tick(self._first(place))
        self._play.tell()
        self._look_anew(place)

    def _settle(self, place: int) -> None:
        """After the EA has had its say: the ticks that are left of this stride, as far as they matter."""
        self._play.tell()
        self._look_anew(place)
        if self._left_of == place:
            self._walk(place)
            return
        if self._is_open_only or not self._is_hit(place):
            return
        self.sync()
        if self._play.test.latency_ms:
            self._begin_walk(place)
            self._walk(place)
            return
        begin, end = int(self._begins[place]), int(self._begins[place + 1])
        rates = self._rates
        for at in range(begin, end):
            row = rates[at]
            until = (int(row["time"]) + self._period_s) * 1000
            if row["low"] > self.low and row["high"] < self.high and until <= self.due:
                continue
            before = None
            for tick in self._ticks_of(at):
                if before is not None or at != begin:
                    self._go(before, tick)
                    self._play.tell()
                    self._look_anew(place)
                    if self.due == math.inf and self.low == -math.inf and self.high == math.inf:
                        # Nothing is open and nothing waits: the rest of the stride is passed over.
                        return
                before = tick

    def _begin_walk(self, place: int) -> None:
        """Lay out the ticks that are left of this stride, of which an order may take some."""
        begin, end = int(self._begins[place]), int(self._begins[place + 1])
        ticks = (tick for at in range(begin, end) for tick in self._ticks_of(at))
        self._left, self._left_of, self._left_at = list(ticks), place, 1

    def _walk(self, place: int) -> None:
        while self._left_at < len(self._left):
            self._pass(self._left[self._left_at])
            self._play.tell()
            self._look_anew(place)

    def _wait(self, until_msc: int) -> None:
        place = self._chart.cursor.at
        if self._is_open_only:
            return
        if self._left_of != place:
            self._begin_walk(place)
        while self._left_at < len(self._left) and self._left[self._left_at].time_msc <= until_msc:
            self._pass(self._left[self._left_at])

    def _pass(self, tick: Tick) -> None:
        before, self._left_at = self._left[self._left_at - 1], self._left_at + 1
        self._go(before, tick)

    def _go(self, before: Tick | None, tick: Tick) -> None:
        for each in way(self._ledger, before, tick, self._play.passes_msc):
            self._ledger.on_tick(each)

    def _look_anew(self, place: int) -> None:
        """Where the book is another one, note it and find the prices at which something can happen."""
        ledger = self._ledger
        if ledger.version == self._version and self.low != math.inf and not self._is_far():
            return
        if ledger.version != self._version:
            self._version = ledger.version
            self._play.curves.note(place)
        self.due = float(ledger.due_msc) if ledger.book.positions or ledger.book.orders else math.inf
        if not ledger.book.positions and not ledger.book.orders:
            self.low, self.high = -math.inf, math.inf
            return
        watch = ledger.watch()
        bounds = watch.quiet_between(self._name, self._most_spread) if watch is not None else None
        self.low, self.high = bounds or (math.inf, -math.inf)

    def _is_far(self) -> bool:
        """Say whether the price has come to bounds that stand there because it was far from them."""
        tick = self._ledger.quotes.last(self._name)
        return tick is not None and not self.low < tick.bid < self.high

    def _follow(self) -> None:
        self._ledger.quotes.advance(int(self._rates["time"][self._begins[self._chart.cursor.at]]) * 1000)
        self._play.charts.follow()

    def _first(self, place: int) -> Tick:
        times, bids, asks = self._firsts
        return Tick(self._name, times[place], bids[place], asks[place])

    def _ticks_of(self, at: int) -> Iterator[Tick]:
        if self._real is not None:
            yield from self._real_ticks_of(at)
            return
        bar = Bar(*self._rates[at].item()[:7])
        if self._is_open_only:
            yield self._first_of(bar)
            return
        for quote in bar_quotes(self._spec, bar, self._period_s, self._count, self._play.test.seed):
            yield Tick(self._name, *quote)

    def _real_ticks_of(self, at: int) -> Iterator[Tick]:
        assert self._real is not None  # noqa: S101 - narrows the type
        end = self._minutes_at[at + 1] if at + 1 < len(self._minutes_at) else len(self._real)
        ticks = self._real[self._minutes_at[at] : end]
        columns = (ticks[name].tolist() for name in ("time_msc", "bid", "ask"))
        return map(Tick, repeat(self._name), *columns)

    def _first_of(self, bar: Bar) -> Tick:
        ask = round(bar.open + (bar.spread or 0) * self._spec.point, self._spec.digits)
        return Tick(self._name, bar.time_s * 1000, bar.open, ask)

    def _minutes(self, count: int) -> list[Bar]:
        """Return M1 bars up to the forming one, of which its first tick is known."""
        if self._period_s != 60:
            return []
        at = int(self._begins[self._chart.cursor.at])
        closed = [Bar(*row[:7]) for row in self._rates[max(0, at - count + 1) : at].tolist()]
        first = self._first(self._chart.cursor.at)
        spread = round((first.ask - first.bid) / self._spec.point)
        return [*closed, Bar(first.time_msc // 1000, first.bid, first.bid, first.bid, first.bid, 1, spread)]

    def _ticks(self) -> int:
        if self._real is not None:
            return len(self._real) - int(self._minutes_at[self._play.begin])
        if self._is_open_only:
            return self._chart.cursor.at - self._play.tested[0] + 1
        return (len(self._rates) - self._play.begin) * self._count


def _view(values: NDArray[Any]) -> Sequence[Any]:
    """Return the values as what gives plain Python numbers one by one."""
    contiguous: Any = np.ascontiguousarray(values)
    return memoryview(contiguous)
