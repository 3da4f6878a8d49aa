"""A market in this process: symbols that wake when somebody looks at them, and ticks up to a moment.

Two times meet here, both by the server's clock: a symbol's reel has its own, and a live market moves it by
whole days so that its present is now. Only how far to go is said in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop, heappush, heapreplace
from itertools import takewhile, zip_longest
from typing import Any, Final

import numpy as np

from metafleet.engine.broker import quotes
from metafleet.engine.broker.day import Day
from metafleet.engine.market.arrays import TICKS, Array, empty
from metafleet.engine.market.history import History
from metafleet.engine.market.records import Tick
from metafleet.engine.market.servertime import Zone
from metafleet.engine.market.sessions import DAY_S, is_open
from metafleet.engine.market.symbols import EURUSD, SymbolSpec
from metafleet.engine.mt5.reels import Quotes, Reel
from metafleet.engine.mt5.venue import Quote

PAST_S: Final = 365 * DAY_S
"""How far back bars go."""

PAST_TICKS_S: Final = 31 * DAY_S
"""How far back ticks go. They are made when they are asked for, a day at least."""

_COLUMNS: Final = ("time_msc", "bid", "ask", "last", "volume_real", "flags")
"""Where what a reel says of a tick stands in TICKS."""

_RECENT_S: Final = 5 * DAY_S
"""Longer than a symbol usually rests: in it lies its last bar, or a file has a hole."""


class Played:
    """A symbol that is awake. shift_s: from its reel's time to the market's."""

    def __init__(self, spec: SymbolSpec, reel: Reel, shift_s: int) -> None:
        self.spec = spec
        self.reel = reel
        self.shift_s = shift_s
        self.tick: Tick | None = None
        self.history: History | None = None
        self.bar_s = 0
        """When the bar began, by the reel, that the last tick belongs to."""
        self.charted_s = 0
        """When the bar began, by the reel, with which `history` began."""
        self.ticks_s = 0
        """When the first tick came, by the reel, that `history` has; 0 before ticks were asked for."""
        self._bar_ticks: list[Tick] = []
        self._day = Day(spec)

    def begin(self, recent: Array, day_s: int) -> None:
        """Take in the day so far. recent: bars of the last days by the reel; day_s: when its today began."""
        today, before = recent[recent["time"] >= day_s], recent[recent["time"] < day_s]
        self._day.begin(before, today, (day_s + self.shift_s) * 1000)

    def take(self, tick: Tick) -> None:
        """Take a tick."""
        time_msc = tick.time_msc
        self._day.take(tick)
        self.tick = tick
        bar_s = time_msc // 1000 - self.shift_s
        bar_s -= bar_s % self.reel.period_s
        if self.history is not None:
            _draw(self.history, tick)
        elif bar_s == self.bar_s:
            self._bar_ticks.append(tick)
        else:
            self._bar_ticks = [tick]
        self.bar_s = bar_s

    def last(self) -> Quote | None:
        """Return the last tick and the day so far: the same object until the next tick."""
        return self._day.quote()

    def charted(self, history: History) -> History:
        """Keep bars from now on, beginning with the ticks of the bar that is forming."""
        for tick in self._bar_ticks:
            _draw(history, tick)
        self.history = history
        self.charted_s = self.bar_s
        self._bar_ticks = []
        return history


class PaperMarket:
    """All symbols. `version` is another number after each tick; `on_tick` hears of each.

    reels: makes a symbol's reel. begin_s, end_s: in UTC, when the market begins and when nothing more comes.
    live: what is played is moved so that the market is open when it begins; else its times are its own.
    now_msc: how far it has come, in UTC.
    """

    def __init__(
        self,
        specs: Mapping[str, SymbolSpec],
        reels: Callable[[SymbolSpec], Reel],
        *,
        begin_s: int,
        zone: Zone,
        live: bool,
        end_s: int | None = None,
    ) -> None:
        self.specs = specs
        self.quotes = quotes.Quotes(specs.values())
        self.version = 0
        self.now_msc = begin_s * 1000
        self.on_tick: Callable[[Tick], object] = self.quotes.apply
        self.awake: dict[str, Played] = {}
        self._reels = reels
        self._zone = zone
        self._live = live
        self._end_msc = None if end_s is None else end_s * 1000
        self._begin_s = zone.wall_s(begin_s)
        self._rested_s = _rest_s(begin_s) if live else 0
        self._heap: list[tuple[int, int, tuple[Any, ...], Played, Quotes]] = []
        self.quotes.advance(self._begin_s * 1000)

    def advance(self, utc_msc: int) -> None:
        """Live through all ticks up to a moment, in order.

        In the hour that the server's clock lives twice, nothing moves the second time.
        """
        if self._end_msc is not None:
            utc_msc = min(utc_msc, self._end_msc)
        if utc_msc <= self.now_msc:
            return
        self.now_msc = utc_msc
        now_msc = utc_msc + self._zone.offset_s(utc_msc // 1000) * 1000
        heap = self._heap
        while heap and heap[0][0] <= now_msc:
            _, place, quote, symbol, stream = heap[0]
            self._take(symbol, quote)
            following = next(stream, None)
            if following is None:
                heappop(heap)
            else:
                heapreplace(heap, (following[0], place, following, symbol, stream))
        self.quotes.advance(now_msc)

    def wake(self, name: str) -> Played:
        """Return a symbol, playing from now on. Raises KeyError where there is none."""
        symbol = self.awake.get(name)
        if symbol is None:
            symbol = self.awake[name] = self._woken(self.specs[name])
        return symbol

    def history(self, name: str) -> History:
        """Return a symbol's bars."""
        symbol = self.wake(name)
        if symbol.history is not None:
            return symbol.history
        past = symbol.reel.bars(symbol.bar_s - PAST_S, symbol.bar_s)
        return symbol.charted(
            History(symbol.spec, _moved(past, symbol.shift_s), timeframe=symbol.reel.timeframe)
        )

    def ticked(self, name: str, from_msc: int) -> History:
        """Return a symbol's bars with its ticks from a time on, as far back as ticks go."""
        history = self.history(name)
        symbol = self.awake[name]
        begin_s = symbol.charted_s
        wanted_s = max(from_msc // 1000 - symbol.shift_s, begin_s - PAST_TICKS_S)
        wanted_s = min(wanted_s - wanted_s % DAY_S, begin_s - DAY_S)
        if not symbol.ticks_s or wanted_s < symbol.ticks_s:
            history.begin_ticks(self._past_ticks(symbol, wanted_s))
            symbol.ticks_s = wanted_s
        return history

    def _woken(self, spec: SymbolSpec) -> Played:
        reel = self._reels(spec)
        shift_s = self._begin_s - reel.begin_s(self._begin_s - self._rested_s) if self._live else 0
        symbol = Played(spec, reel, shift_s)
        if reel.period_s * 1000 > quotes.CLOSED_AFTER_MSC:
            # Of a bar there may be one tick.
            self.quotes.rests_msc[spec.name] = reel.period_s * 1000
        now_msc = self.quotes.now_msc
        now_s = now_msc // 1000 - shift_s
        recent = reel.bars(now_s - _RECENT_S, now_s + 1)
        if not len(recent):
            recent = reel.bars(now_s - PAST_S, now_s + 1)[-2:]
        # The last bar may have no tick yet that has come: the one before has, and what they make of the day.
        symbol.begin(recent[:-2], now_s - now_s % DAY_S)
        stream = self._stream(symbol, int(recent["time"][-2:][0]) if len(recent) else now_s)
        for quote in stream:
            if quote[0] > now_msc:
                heappush(self._heap, (quote[0], len(self.awake), quote, symbol, stream))
                break
            self._take(symbol, quote)
        return symbol

    def _take(self, symbol: Played, quote: tuple[Any, ...]) -> None:
        tick = Tick(symbol.spec.name, *quote)
        self.version += 1
        symbol.take(tick)
        self.on_tick(tick)

    def _stream(self, symbol: Played, from_s: int) -> Quotes:
        shift_msc = symbol.shift_s * 1000
        quotes = symbol.reel.ticks(from_s)
        return ((quote[0] + shift_msc, *quote[1:]) for quote in quotes) if shift_msc else quotes

    def _past_ticks(self, symbol: Played, from_s: int) -> Array:
        """Return the ticks from a time by the reel to those that the history has itself."""
        end_msc = (symbol.charted_s + symbol.shift_s) * 1000
        rows = list(takewhile(lambda quote: quote[0] < end_msc, self._stream(symbol, from_s)))
        if not rows:
            return empty(TICKS)
        ticks = np.zeros(len(rows), TICKS)
        for name, column in zip(_COLUMNS, zip_longest(*rows, fillvalue=0), strict=False):
            ticks[name] = column
        ticks["time"] = ticks["time_msc"] // 1000
        ticks["volume"] = ticks["volume_real"]
        changed = [np.concatenate(([True], np.diff(ticks[name]) != 0)) for name in ("bid", "ask")]
        ticks["flags"] |= (2 * changed[0] + 4 * changed[1]).astype(np.uint32)
        return ticks


def _draw(history: History, tick: Tick) -> None:
    if tick.last > 0:
        history.add_dealt(tick)
    else:
        history.add(tick.time_msc, tick.bid, tick.ask)


def _moved(bars: Array, shift_s: int) -> Array:
    if not shift_s:
        return bars
    moved = np.array(bars)
    moved["time"] += shift_s
    return moved


def _rest_s(begin_s: int) -> int:
    """Return by how many days to go back for a time at which the forex market is open for an hour."""
    for days in range(7):
        at_s = begin_s - days * DAY_S
        if is_open(EURUSD, at_s) and is_open(EURUSD, at_s + 3_600):
            return days * DAY_S
    return 0
