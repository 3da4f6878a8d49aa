"""The loop that takes every tick: for EAs that look at each, for real ticks, for several symbols."""

from __future__ import annotations

from collections import deque

from metafleet.engine.market.modes import ticks_of
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.series import BarSeries
from metafleet.engine.market.supplies import KeptSupply, Supply
from metafleet.engine.market.timeframes import timeframe_of
from metafleet.engine.tester.passing import go
from metafleet.engine.tester.play import Play, Progress
from metafleet.engine.tester.tape import Tape


class Ticking:
    """Every tick goes through the ledger and then to the EA, as at a terminal."""

    def __init__(self, play: Play, progress: Progress | None) -> None:
        self._play = play
        self._progress = progress
        self._series = BarSeries(play.tape.spec.point)
        before = play.tape.rates[max(0, play.begin - 5_000) : play.begin]
        if play.tape.period_s == 60:
            self._series.load([Bar(*row[:7]) for row in before.tolist()])
        play.minutes = self._series.last
        play.wait = self._wait
        supplies = {
            name: _supply(tape, is_real=play.test.ticks == "every") for name, tape in play.tapes.items()
        }
        self._ticks = iter(ticks_of(supplies, play.making, from_s=play.begin_s, to_s=play.test.to_s))
        self._waiting: deque[Tick] = deque()

    def run(self) -> None:
        """Live through the test."""
        play, ledger, expert, curves = self._play, self._play.ledger, self._play.expert, self._play.curves
        name, chart, ends = play.tape.spec.name, play.chart, play.span.ends
        version, is_started, told_s = ledger.version, False, 0
        seen, next_msc = play.chart.cursor.at, int(ends[play.chart.cursor.at]) * 1000
        while (tick := self._next()) is not None:
            if tick.symbol == name:
                if tick.time_msc >= next_msc or not is_started:
                    now_s = tick.time_msc // 1000
                    if not is_started:
                        is_started = True
                        expert.on_start()
                        play.tell()
                    else:
                        play.tell()
                        seen = chart.cursor.at
                        while seen < len(ends) and ends[seen] <= now_s:
                            expert.take(Bar(*play.span.rates[seen].item()[:7]), now_s)
                            seen += 1
                            curves.end = seen
                        next_msc = int(ends[seen]) * 1000 if seen < len(ends) else 1 << 62
                    if self._progress is not None and now_s - told_s > 86_400:
                        told_s = now_s
                        self._progress(_share(play, now_s))
                expert.on_tick(tick)
            play.tell()
            if ledger.version != version:
                version = ledger.version
                curves.note(seen)

    def _next(self) -> Tick | None:
        """Take the next tick, and let the ledger see it."""
        tick = self._waiting.popleft() if self._waiting else next(self._ticks, None)
        if tick is not None:
            ledger = self._play.ledger
            go(ledger, ledger.quotes.last(tick.symbol), tick, self._play.passes_msc)
            if tick.symbol == self._play.tape.spec.name:
                self._play.ticks += 1
                self._series.add(tick)
        return tick

    def _wait(self, until_msc: int) -> None:
        """Let ticks go by that the EA does not see: it waits for its order."""
        play = self._play
        closed = play.span.closed_by(play.ledger.quotes.now_msc // 1000)
        end_msc = int(play.span.ends[closed]) * 1000 if closed < len(play.span.ends) else 1 << 62
        while not self._waiting and (tick := next(self._ticks, None)) is not None:
            self._waiting.append(tick)
            if tick.time_msc > until_msc or tick.time_msc >= end_msc:
                return
            self._next()

    def finish(self, *, close_positions: bool) -> None:
        """Close what is open if asked, at the last price, and stop the EA."""
        self._play.curves.end = min(self._play.chart.cursor.at + 1, len(self._play.span.ends))
        self._play.end(close_positions=close_positions)
        self._play.curves.note(self._play.curves.end - 1)


def _supply(tape: Tape, *, is_real: bool) -> Supply:
    if is_real and tape.ticks is not None:
        return KeptSupply(tape.spec, tape.ticks, 0)
    number = timeframe_of(tape.period_s)
    assert number is not None  # noqa: S101 - it came from a timeframe
    return KeptSupply(tape.spec, tape.rates, number)


def _share(play: Play, now_s: int) -> float:
    last_s = int(play.tape.rates["time"][-1])
    return (now_s - play.begin_s) / max(1, last_s - play.begin_s)
