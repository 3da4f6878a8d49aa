"""The loop that goes from bar to bar of the EA's chart, and looks at ticks only where the broker must.

Between two bids that `Watch.quiet_between` names nothing can happen: no stop, no target, no order that waits,
no stop-out. A bar that stays between them is passed over; one that does not is walked through tick by tick.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.book import Book
from metafleet.engine.broker.rollover import is_always_free, is_free
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.tester.desk import nothing
from metafleet.engine.tester.passing import go
from metafleet.engine.tester.play import Play, Progress
from metafleet.engine.tester.strides import OHLC_TICKS, Strides

_STRETCH: Final = 4_096
"""Bars that are made Python objects at a time: few, so that they cost no memory to speak of."""

_SHORT_STRETCH: Final = 256
"""Strides that are looked at ahead where the EA may act at each."""


class Striding:
    """Bars of the own chart are called strides here: each is a stretch of the tape's finer bars.

    low, high, due: the bids and the time at which the broker has to look; nothing happens before.
    """

    def __init__(self, play: Play, progress: Progress | None) -> None:
        self._play, self._progress = play, progress
        self._ledger, self._spec = play.ledger, play.tape.spec
        self._chart, self._name = play.chart, play.tape.spec.name
        self._rates, self._period_s = play.tape.rates, play.tape.period_s
        self._strides = Strides(play)
        self._begins = self._strides.begins
        self._last = self._to = self._strides.last
        self._real = self._strides.ticks
        self._is_open_only = play.test.ticks == "open"
        self._passes_msc = play.passes_msc
        self._synced = -1
        self._version = -1
        self.low, self.high, self.due = -math.inf, math.inf, math.inf
        self._due_at = self._last + 1
        is_made = self._real is None and self._strides.count >= OHLC_TICKS
        self._may_pass_days = is_made and not (self._is_open_only or play.test.latency_ms)
        self._are_nights_free = is_always_free(self._spec)
        self._held: Book | None = None
        """What is open while days are passed over; the next one is at `_day_at`."""
        self._day_at = 0
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
        self._note_days(place)
        if not self._is_open_only:
            *_, last = self._strides.ticks_of(self._begins[place + 1] - 1)
            self._ledger.quotes.apply(last)
        play.curves.end = place + 1
        play.end(close_positions=close_positions)
        play.curves.note(place)

    def sync(self) -> None:
        """Put the first price of this stride, where the ledger does not have it yet."""
        place = self._chart.cursor.at
        if self._synced != place:
            self._synced = place
            self._ledger.quotes.apply(self._strides.first_tick(place))

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
            coming, stretch = chart.bars_between(closed, to), _SHORT_STRETCH
            while (at := cursor.at) < to:
                end = min(at + stretch, to) + 1
                hit = self._next_hit(at + 1, end)
                if self._run_quietly(islice(coming, hit - 1 - at), on_bar):
                    stretch = _SHORT_STRETCH
                    continue
                if hit == end:
                    stretch *= 4
                    continue
                cursor.at = hit
                self._meet(self._strides.first_tick(hit))
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
        play, chart, cursor, strides = self._play, self._chart, self._chart.cursor, self._strides
        ledger, on_bar, others = self._ledger, play.expert.on_bar, play.charts.others
        quotes, wakes, told = ledger.quotes, self._wakes(), 0
        # Who is woken looks: the price is there before it is asked for.
        play.desk.sync = nothing
        for begin in range(0, len(wakes), _STRETCH):
            places = wakes[begin : begin + _STRETCH]
            lows, highs = strides.extremes_up_to(places, cursor.at)
            met = zip(
                places.tolist(),
                lows,
                highs,
                strides.first_ticks(places),
                chart.bars_at(places - 1),
                strict=True,
            )
            for place, lowest, highest, tick, bar in met:
                is_hit = lowest <= self.low or highest >= self.high or place >= self._due_at
                if is_hit:
                    self._pass_hits(place)
                    is_hit = self._is_hit(place)
                cursor.at = place
                if is_hit:
                    self._meet(tick)
                else:
                    self._synced = place
                    quotes.apply(tick)
                if others:
                    self._follow()
                on_bar(bar)
                if is_hit or ledger.version != self._version:
                    self._settle(place)
            if self._progress is not None and cursor.at - told > 100_000:
                told = cursor.at
                self._progress(told / self._last)
        self._pass_hits(self._to + 1)
        cursor.at = self._to

    def _wakes(self) -> NDArray[np.int64]:
        """Return the strides to come after the bars at which a wake line says so."""
        chart = self._chart
        awake = np.zeros(self._last + 1, bool)
        for line in self._play.charts.wakes:
            values = chart.array_of(line)
            awake |= (values != 0) & ~np.isnan(values)
        places = np.flatnonzero(awake) + 1
        return places[(places > chart.cursor.at) & (places <= self._to)]

    def _pass_hits(self, end: int) -> None:
        """Let the broker look at each stride before `end` that it has to look at."""
        cursor = self._chart.cursor
        while (hit := self._next_hit(cursor.at + 1, end, is_there=end <= self._to)) < end:
            cursor.at = hit
            if self._is_open_only or self._play.test.latency_ms:
                self._meet(self._strides.first_tick(hit))
                self._settle(hit)
            else:
                self._pass_through(hit)

    def _pass_through(self, place: int) -> None:
        """Let the ledger take the ticks of a stride, as far as they matter, at which the EA is not asked."""
        self._synced = place
        self._ledger.quotes.advance(self._strides.begin_msc(place))
        self._ledger.end_free_days()
        self._walk_bars(place, is_met=False)

    def _next_hit(self, begin: int, end: int, *, is_there: bool = False) -> int:
        """Return the first stride from `begin` on that the broker has to look at; `end` for none.

        is_there: there is likely to be one.
        """
        to = min(end, max(begin, self._due_at))
        if self.low == -math.inf and self.high == math.inf:
            return to
        return self._strides.next_reaching(begin, to, self.low, self.high, is_there=is_there)

    def _is_hit(self, place: int) -> bool:
        return place >= self._due_at or self._strides.reaches(place, self.low, self.high)

    def _meet(self, tick: Tick) -> None:
        """Let the ledger see the first tick of this stride, in which something may happen."""
        place = self._chart.cursor.at
        if self._synced == place:
            return
        self._synced = place
        if self.low < tick.bid < self.high and tick.time_msc < self.due:
            self._ledger.quotes.apply(tick)
            self._ledger.end_free_days()
            return
        self._ledger.on_tick(tick)
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
        self._walk_bars(place, is_met=True)

    def _walk_bars(self, place: int, *, is_met: bool) -> None:
        """Take the ticks of a stride. is_met: the ledger has seen its first one."""
        begin, end = self._begins[place], self._begins[place + 1]
        for at in range(begin, end):
            if end - begin > 1 and self._is_quiet(at):
                continue
            if not self._walk_bar(at, place, is_met=is_met and at == begin):
                # Nothing is open and nothing waits: the rest of the stride is passed over.
                return

    def _is_quiet(self, at: int) -> bool:
        """Say whether the broker need not look at a finer bar."""
        row = self._rates[at]
        until = (int(row["time"]) + self._period_s) * 1000
        return bool(row["low"] > self.low and row["high"] < self.high and until <= self.due)

    def _walk_bar(self, at: int, place: int, *, is_met: bool) -> bool:
        """Take the ticks of a finer bar; return whether there is anything left to happen.

        is_met: its first tick has been seen.
        """
        ledger, ticks = self._ledger, self._strides.ticks_of(at)
        before, is_known = next(ticks, None) if is_met else None, True
        for tick in ticks:
            low, high, bid = self.low, self.high, tick.bid
            is_known = not (
                low < bid < high and (before is None or low < before.bid < high) and tick.time_msc < self.due
            )
            # Else the price passes nothing on its way, and the next tick tells where it is.
            if is_known:
                go(ledger, before, tick, self._passes_msc)
                self._play.tell()
                self._look_anew(place)
                if not ledger.book.positions and not ledger.book.orders:
                    return False
            before = tick
        if before is not None and not is_known:
            ledger.quotes.apply(before)
        return True

    def _begin_walk(self, place: int) -> None:
        """Lay out the ticks that are left of this stride, of which an order may take some."""
        begin, end = self._begins[place], self._begins[place + 1]
        ticks = (tick for at in range(begin, end) for tick in self._strides.ticks_of(at))
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
        go(self._ledger, before, tick, self._passes_msc)

    def _look_anew(self, place: int) -> None:
        """Where the book is another one, note it and find the prices at which something can happen."""
        ledger = self._ledger
        if ledger.version == self._version and self.low != math.inf and not self._is_far():
            return
        if self._held is not None:
            self._note_days(place)
        if ledger.version != self._version:
            self._version = ledger.version
            self._play.curves.note(place)
        if not ledger.book.positions and not ledger.book.orders:
            self.low, self.high = -math.inf, math.inf
            self._held = None
            self._be_due(math.inf)
            return
        self._look_at_days(place)
        bounds = ledger.quiet_between(self._name, self._strides.most_spread)
        self.low, self.high = bounds or (math.inf, -math.inf)

    def _look_at_days(self, place: int) -> None:
        """Find out when time alone changes the book. Nights that cost nothing are passed over."""
        ledger, book = self._ledger, self._ledger.book
        days = None
        if self._may_pass_days and not book.orders:
            # A test without other symbols has positions of its own alone.
            is_passed = self._are_nights_free or is_free(book.positions, ledger.quotes.specs)
            days = self._strides.day_begins if is_passed else None
        if days is None:
            self._held = None
            self._be_due(float(ledger.due_msc))
            return
        ledger.end_free_days()
        self._held, self._day_at = ledger.book, bisect_right(days, place)
        self._be_due(math.inf)

    def _note_days(self, place: int) -> None:
        """Note the book at the days that have begun since, up to a stride: a tick would have ended them."""
        held, days = self._held, self._strides.day_begins
        if held is not None and days is not None:
            to = bisect_right(days, place)
            for at in days[self._day_at : to]:
                self._play.curves.note(at, held)
            self._day_at = to

    def _be_due(self, due: float) -> None:
        if due != self.due:
            self.due = due
            self._due_at = self._last + 1 if due == math.inf else self._strides.first_past(due)

    def _is_far(self) -> bool:
        """Say whether the price has come to bounds that stand there because it was far from them."""
        tick = self._ledger.quotes.last(self._name)
        return tick is not None and not self.low < tick.bid < self.high

    def _follow(self) -> None:
        self._ledger.quotes.advance(int(self._rates["time"][self._begins[self._chart.cursor.at]]) * 1000)
        self._play.charts.follow()

    def _minutes(self, count: int) -> list[Bar]:
        """Return M1 bars up to the forming one, of which its first tick is known."""
        if self._period_s != 60:
            return []
        at = self._begins[self._chart.cursor.at]
        closed = [Bar(*row[:7]) for row in self._rates[max(0, at - count + 1) : at].tolist()]
        first = self._strides.first_tick(self._chart.cursor.at)
        spread = round((first.ask - first.bid) / self._spec.point)
        return [*closed, Bar(first.time_msc // 1000, first.bid, first.bid, first.bid, first.bid, 1, spread)]

    def _ticks(self) -> int:
        if self._real is not None:
            return len(self._real) - int(self._strides.minutes_at[self._play.begin])
        if self._is_open_only:
            return self._chart.cursor.at - self._play.tested[0] + 1
        return (len(self._rates) - self._play.begin) * self._strides.count
