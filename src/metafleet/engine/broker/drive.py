"""The market's engine: takes ticks from the feed as they are due and hands them to the house.

Market time is promised in the database before it is lived: the cursor kept there is about a second
ahead, so that after a kill -9 the market goes on from a time that nobody has seen yet, and a quiet tick
costs no flush.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from typing import Final

from metafleet.engine.broker.house import House
from metafleet.engine.broker.records import Deal
from metafleet.engine.market.feed import Cursor, Feed
from metafleet.engine.market.pace import Pace
from metafleet.engine.market.records import Tick

_LATE_S: Final = 5.0
"""So late, the machine stood still: the market goes on from now and does not race after the clock."""

_LONGEST_GAP_S: Final = 300.0
"""Longer than any two ticks are apart on the market; who has to wait longer has a clock that was set back."""

_TURN_S: Final = 0.005
"""How long ticks that are due may keep clients waiting."""

_PROMISE_MSC: Final = 1_000
_LONGEST_PROMISE_MSC: Final = 3_600_000


class Drive:
    """Moves a house's market. wall_s: the wall clock, Unix seconds. on_tick: told each tick and its deals."""

    def __init__(
        self,
        house: House,
        feed: Feed,
        speed: float,
        wall_s: Callable[[], float],
        on_tick: Callable[[Tick, list[tuple[int, Deal]]], Awaitable[None]],
    ) -> None:
        self._house = house
        self._feed = feed
        self._wall_s = wall_s
        self._on_tick = on_tick
        self._ticks: Iterator[Tick] = iter(feed)
        self._pace = Pace(speed, 0, 0.0)
        self._ahead_msc = int(min(_LONGEST_PROMISE_MSC, max(_PROMISE_MSC, _PROMISE_MSC * speed)))
        self._promised = Cursor("", -1, -1)
        self._next_msc = 0

    def begin(self, progress: Callable[[int], None] | None = None) -> None:
        """Take in the past, up to the market's now, and promise the first second.

        progress: told each percent of the past that is done.
        """
        first_msc, told = None, 0
        for tick in self._ticks:
            if tick.time_msc >= self._feed.now_msc:
                self._ticks = chain([tick], self._ticks)
                break
            self._house.past_tick(tick)
            first_msc = tick.time_msc if first_msc is None else first_msc
            if progress and (done := _percent(first_msc, tick.time_msc, self._feed.now_msc)) > told:
                progress(done)
                told = done
        self._house.quotes.advance(self._feed.now_msc)
        self._pace.anchor(self._feed.now_msc - self._feed.idle_msc, self._wall_s())
        self._next_msc = self._feed.now_msc
        self._promise()

    async def run(self) -> None:
        """Drive for ever. Raises BarFileRefused for a bad row, and sqlite3.Error."""
        turn_began_s = self._wall_s()
        for tick in self._ticks:
            wait_s = self._wait_s(tick)
            if wait_s > 0 or self._wall_s() - turn_began_s > _TURN_S:
                await asyncio.sleep(max(0.0, wait_s))
                turn_began_s = self._wall_s()
            if self._feed.stream_msc > self._promised.stream_msc or tick.time_msc > self._promised.market_msc:
                self._promise()
            await self._on_tick(tick, self._house.on_tick(tick))

    def now_msc(self) -> int:
        """Return the market's time between two ticks: not after the next one or what is promised."""
        passed_msc = self._house.quotes.now_msc
        if not math.isinf(self._pace.speed):
            passed_msc = self._pace.market_msc(self._wall_s()) + self._feed.idle_msc
        latest_msc = min(self._next_msc, self._promised.market_msc)
        return max(self._house.quotes.now_msc, min(passed_msc, latest_msc))

    def stop(self) -> None:
        """Keep exactly how far the market came."""
        self._house.save_market(self._feed.cursor_at(self.now_msc()))

    def _wait_s(self, tick: Tick) -> float:
        self._next_msc = tick.time_msc
        paced_msc, now_s = tick.time_msc - self._feed.idle_msc, self._wall_s()
        wait_s = self._pace.wait_s(paced_msc, now_s)
        if wait_s < -_LATE_S and self._feed.clock == "live":
            self._feed.realign(int(now_s * 1000))
        if not -_LATE_S <= wait_s <= _LONGEST_GAP_S / self._pace.speed:
            self._pace.anchor(paced_msc, now_s)
            return 0.0
        return wait_s

    def _promise(self) -> None:
        cursor = self._feed.cursor_at(self._next_msc + self._ahead_msc)
        self._house.save_market(cursor)
        self._promised = cursor


def _percent(first_msc: int, at_msc: int, last_msc: int) -> int:
    return 100 * (at_msc - first_msc) // max(1, last_msc - first_msc)
