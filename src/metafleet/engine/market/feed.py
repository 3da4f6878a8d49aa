"""The replay: the bars of several symbols as one stream of ticks in time order.

Three clocks meet here, all in Unix milliseconds. *Stream* time is the bars' own time, lap after lap; a
position in the stream is one number, and the same position always continues with the same ticks.
*Market* time is what the ticks carry. With the clock `source` it is the stream's. With the clock `live`
it is the stream's plus whole minutes, chosen so that the market's now was the wall clock's when it
started; and what is idle in the stream, such as a weekend, is left out, so that a live market moves on
Saturdays too. *Wall* time is only passed in. How fast ticks are to be given is `pace`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Final, Literal

import msgspec

from metafleet.engine.market.arrays import FLAG_LAST
from metafleet.engine.market.laps import endless
from metafleet.engine.market.records import Tick
from metafleet.engine.market.sessions import WEEK_S
from metafleet.engine.market.sources import Source
from metafleet.engine.market.symbols import CHART_LAST, SymbolSpec
from metafleet.engine.market.ticks import FAST_TICKS, bar_quotes, ticks_for_period

Clock = Literal["live", "source"]

MINUTE_MSC: Final = 60_000

IDLE_MSC: Final = 3 * MINUTE_MSC
"""A stream in which no symbol has a tick for longer than this is idle: closed, or a hole in the files."""

_ALWAYS_MSC: Final = 1 << 62

_Quote = tuple[int, int, float, float]


class Cursor(msgspec.Struct, frozen=True):
    """How far a market has come: what a broker keeps, to go on from there.

    source: the key of the source. stream_msc: ticks up to it are done with. market_msc: market time
    has reached it and never goes below it again.
    """

    source: str
    stream_msc: int
    market_msc: int


class Feed:
    """Ticks of all symbols of a source, made by `open_feed`. Iterate it once.

    `now_msc` is the market time at which the present begins: ticks before it are the past. After each
    tick, `stream_msc` is its place in the stream and `idle_msc` the idle time that market time passed over.
    """

    def __init__(
        self,
        source: Source,
        *,
        clock: Clock,
        ticks_per_bar: int,
        seed: int,
        from_msc: int | None,
    ) -> None:
        """from_msc: a position in the stream; the ticks after it are given. None: all."""
        self.clock: Clock = clock
        self.specs: list[SymbolSpec] = [source.spec(name) for name in source.bars]
        self.now_msc = 0
        self.stream_msc = -1 if from_msc is None else from_msc
        self.idle_msc = 0
        self._source = source
        self._ticks_per_bar = ticks_per_bar
        self._seed = seed
        self._from_msc = from_msc
        self._shift_msc = 0
        self._fast_until_msc = 0
        self._offsets_s = _offsets_s(source) if clock == "live" else dict.fromkeys(source.bars, 0)

    def __iter__(self) -> Iterator[Tick]:
        """Yield ticks without end, times never decreasing. Raises BarFileRefused for a bad row."""
        names = [spec.name for spec in self.specs]
        deals = [spec.chart_mode == CHART_LAST for spec in self.specs]
        last_msc: int | None = None
        tied_msc = -1
        for stream_msc, place, bid, ask in self._quotes():
            if last_msc is not None and stream_msc - last_msc > IDLE_MSC:
                self._pass_idle(_idle_msc(max(last_msc, self.stream_msc), stream_msc))
            last_msc = stream_msc
            # Anything else was given before a restart, or is passed over by `realign`.
            if stream_msc > self.stream_msc or stream_msc == tied_msc == self.stream_msc:
                self.stream_msc = tied_msc = stream_msc
                market_msc = stream_msc + self._shift_msc
                if deals[place]:
                    # Its bars are of last prices, so that the way through them is one of deals, at the bid.
                    yield Tick(names[place], market_msc, bid, ask, bid, 0.0, FLAG_LAST)
                else:
                    yield Tick(names[place], market_msc, bid, ask)

    def cursor_at(self, market_msc: int) -> Cursor:
        """Return how far the market has come, or will have, at this market time."""
        return Cursor(self._source.key, market_msc - self._shift_msc, market_msc)

    def shift_s(self, name: str) -> int:
        """Return how far a symbol's times are moved at present, from its source's clock to the market's."""
        return self._shift_msc // 1000 + self._offsets_s[name]

    def realign(self, market_msc: int) -> None:
        """Move market time on to this moment without moving prices on (by less than a minute's ticks).

        For a live market that stood still, because its broker or its machine did. Never moves time back.
        """
        shift_msc = (market_msc - self.stream_msc) // MINUTE_MSC * MINUTE_MSC
        if shift_msc >= self._shift_msc:
            self._shift_msc = shift_msc
            self.stream_msc = max(self.stream_msc, market_msc - shift_msc)

    def begin_now(self, wall_msc: int, past_minutes: int) -> None:
        """Have the present begin after so many minutes of the stream; if live, at the wall clock's now."""
        # Where minutes begin is the same with few ticks in them.
        self._fast_until_msc = _ALWAYS_MSC
        position_msc, idle_msc = self._after(past_minutes)
        self._fast_until_msc = position_msc
        if self.clock == "live":
            self._shift_msc = (wall_msc - position_msc + idle_msc) // MINUTE_MSC * MINUTE_MSC
            self.now_msc = wall_msc
        else:
            self.now_msc = position_msc

    def _after(self, minutes: int) -> tuple[int, int]:
        """Return the position after so many minutes that are not idle, and the idle time before it."""
        first_msc = last_msc = position_msc = -1
        idle_msc = 0
        for position_msc, *_ in self._quotes():
            if last_msc < 0:
                first_msc = last_msc = position_msc
            if position_msc - last_msc > IDLE_MSC:
                idle_msc += _idle_msc(last_msc, position_msc)
            last_msc = position_msc
            if position_msc - first_msc - idle_msc >= minutes * MINUTE_MSC:
                break
        return position_msc, idle_msc

    def _pass_idle(self, idle_msc: int) -> None:
        if self.clock == "live":
            self._shift_msc -= idle_msc
        else:
            self.idle_msc += idle_msc

    def _quotes(self) -> Iterator[_Quote]:
        """Yield (stream time, place of the symbol, bid, ask) of every tick in time order."""
        return merge(*(self._symbol_quotes(place, spec) for place, spec in enumerate(self.specs)))

    def _symbol_quotes(self, place: int, spec: SymbolSpec) -> Iterator[_Quote]:
        bars, offset_s = self._source.bars[spec.name], self._offsets_s[spec.name]
        period_s = bars.period_s()
        many = ticks_for_period(self._ticks_per_bar, period_s)
        few = min(many, ticks_for_period(FAST_TICKS, period_s))
        begin_s = None if self._from_msc is None else self._from_msc // 1000 - period_s - offset_s
        for bar in endless(bars, spec.digits, begin_s):
            end_msc = (bar.time_s + offset_s + period_s) * 1000
            count = few if end_msc <= self._fast_until_msc else many
            for time_msc, bid, ask in bar_quotes(spec, bar, period_s, count, self._seed):
                yield time_msc + offset_s * 1000, place, bid, ask


def open_feed(
    source: Source,
    *,
    clock: Clock,
    wall_msc: int,
    ticks_per_bar: int = FAST_TICKS,
    seed: int = 0,
    past_minutes: int = 0,
    cursor: Cursor | None = None,
) -> Feed:
    """Return the feed of a market that begins, or that goes on from a kept cursor.

    wall_msc: the wall clock now. ticks_per_bar: ticks in each minute of the present; the past has four.
    past_minutes: how much of the stream a market that begins has behind it. A cursor of the same source
    goes on where it stood, without a past; of another source, only its market time is kept to: with the
    clock `source`, the stream begins at that time, in a later lap if need be. Raises BarFileRefused.
    """
    same = cursor is not None and cursor.source == source.key
    reached_msc = 0 if cursor is None else cursor.market_msc
    from_msc: int | None = None
    if cursor is not None and clock == "source":
        same = same and cursor.stream_msc == cursor.market_msc
        from_msc = reached_msc if same else reached_msc - past_minutes * MINUTE_MSC
    elif cursor is not None and same:
        from_msc = cursor.stream_msc
    feed = Feed(source, clock=clock, ticks_per_bar=ticks_per_bar, seed=seed, from_msc=from_msc)
    start_msc = max(wall_msc, reached_msc) if clock == "live" else reached_msc
    if not same:
        feed.begin_now(start_msc, past_minutes)
    elif clock == "live":
        feed.realign(start_msc)
    feed.now_msc = max(feed.now_msc, start_msc)
    return feed


def _idle_msc(last_msc: int, next_msc: int) -> int:
    """Return the whole minutes between two ticks that can be left out: the next falls in the next minute."""
    return max(0, next_msc // MINUTE_MSC - last_msc // MINUTE_MSC - 1) * MINUTE_MSC


def _offsets_s(source: Source) -> dict[str, int]:
    """Return by how many weeks, in seconds, to move each symbol so that all files begin together.

    Only a live market does so: its times are not the files' own anyway.
    """
    firsts = {name: bar.time_s for name, bars in source.bars.items() for bar in islice(bars.bars(), 1)}
    earliest_s = min(firsts.values(), default=0)
    return {name: -((firsts.get(name, earliest_s) - earliest_s) // WEEK_S * WEEK_S) for name in source.bars}
