"""The installation's own bars, as `hub.market.record` keeps them, for the gateway's connections.

What was read is remembered: a symbol is looked at again once a second at most, and only days that have
grown are read anew, so that a thousand questions in a second cost one look.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from metafleet.engine.market.arrays import RATES, Array, joined
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.timeframes import D1, DAY_S, M1, MINUTE_S, PERIODS_S, next_open_s

Ask = Callable[[str, Sequence[Any]], Awaitable[list[Any]]]
"""Runs one statement, and returns its rows."""

_Key = tuple[str, str, date, int, int]
"""Server, symbol, day, how many minutes it had, timeframe."""

LOOK_EACH_S: Final = 1.0
MOST_DAYS: Final = 800
"""Of one question: two hundred bars of D1 and their holidays take about three hundred."""
_REMEMBERED: Final = 4_000
"""Days of bars, of all symbols and timeframes: of M15 one takes six kilobytes."""
_DAYS: Final = """
    SELECT day, count, last_s, updated_at FROM market_marketday
    WHERE server = %s AND symbol = %s AND count > 0 ORDER BY day DESC LIMIT %s
"""
_BARS: Final = "SELECT day, bars FROM market_marketday WHERE server = %s AND symbol = %s AND day = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Own:
    """Closed bars, oldest first. until_s: until when the record goes, by the server's clock; kept_at: since
    when it has gone so far, by the hub's."""

    rates: Array
    until_s: int
    kept_at: datetime

    def market_s(self, now: datetime) -> float:
        """Return what time it is in the market: as far as its record goes, and what passed since."""
        return self.until_s + max(0.0, (now - self.kept_at).total_seconds())


@dataclass(slots=True)
class _Seen:
    looked_s: float
    bars: Own | None


class OwnBars:
    """`newest` bars of a market, out of the record. Of questions that come together one looks."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._seen: OrderedDict[tuple[str, str, int, int], _Seen] = OrderedDict()
        self._days: OrderedDict[_Key, Array | None] = OrderedDict()
        self._looking: dict[tuple[str, str, int, int], asyncio.Future[Own | None]] = {}

    async def newest(self, server: str, symbol: str, timeframe: int, count: int) -> Own | None:
        """Return the newest closed bars, `count` of them or as many as there are; None where none are."""
        key = (server, symbol, timeframe, count)
        seen = self._seen.get(key)
        if seen is not None and time.monotonic() - seen.looked_s < LOOK_EACH_S:
            return seen.bars
        looking = self._looking.get(key)
        if looking is None:
            looking = self._looking[key] = asyncio.ensure_future(self._look(*key))
            looking.add_done_callback(lambda _: self._looking.pop(key, None))
        # Who leaves takes nobody's answer along.
        return await asyncio.shield(looking)

    async def _look(self, server: str, symbol: str, timeframe: int, count: int) -> Own | None:
        began_s = time.monotonic()
        rows = await self._ask(_DAYS, [server, symbol, _days_for(timeframe, count)])
        found = await self._folded(server, symbol, timeframe, count, rows) if rows else None
        self._seen[server, symbol, timeframe, count] = _Seen(began_s, found)
        self._seen.move_to_end((server, symbol, timeframe, count))
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return found

    async def _folded(self, server: str, symbol: str, timeframe: int, count: int, rows: Sequence[Any]) -> Own:
        within = timeframe if PERIODS_S[timeframe] <= DAY_S else D1
        until_s, kept_at = int(rows[0][2]) + MINUTE_S, max(row[3] for row in rows)
        keys = [
            (server, symbol, day, size, within) for day, size, *_ in reversed(_enough(rows, within, count))
        ]
        found = {key: self._days.get(key) for key in keys}
        if missing := [key for key, bars in found.items() if bars is None]:
            packed = dict(await self._ask(_BARS, [server, symbol, [key[2] for key in missing]]))
            read = await asyncio.to_thread(_read, missing, packed, within)
            found |= read
            self._days |= read
            while len(self._days) > _REMEMBERED:
                self._days.popitem(last=False)
        whole = joined([bars for bars in found.values() if bars is not None], RATES)
        if PERIODS_S[timeframe] > DAY_S:
            whole = aggregated(whole, timeframe)
        if len(whole) and next_open_s(timeframe, int(whole["time"][-1])) > until_s:
            whole = whole[:-1]
        return Own(whole[max(0, len(whole) - count) :], until_s, kept_at)


def _read(keys: Sequence[_Key], packed: dict[date, bytes], within: int) -> dict[_Key, Array | None]:
    """Return the days' bars of a timeframe. Of many days that takes some milliseconds."""
    found: dict[_Key, Array | None] = {}
    for key in keys:
        # It may have grown since its count was read: what came since is of the next look.
        minutes = np.frombuffer(zlib.decompress(packed[key[2]]), RATES)[: key[3]]
        found[key] = minutes if within == M1 else aggregated(minutes, within)
    return found


def _days_for(timeframe: int, count: int) -> int:
    """Return how many days surely have so many bars, weekends and holidays apart: they have no row."""
    a_day = max(1, DAY_S // PERIODS_S[timeframe])
    of_each = max(1, PERIODS_S[timeframe] // DAY_S)
    return min(MOST_DAYS, (count * of_each) // max(1, a_day // 3) + 8)


def _enough(rows: Sequence[Any], within: int, count: int) -> Sequence[Any]:
    """Return the newest days, newest first, that have so many bars and one that is forming."""
    if within == D1:
        return rows
    minutes, left = PERIODS_S[within] // MINUTE_S, count + 1
    for place, row in enumerate(rows):
        left -= -(-int(row[1]) // minutes)
        if left <= 0:
            return rows[: place + 1]
    return rows
