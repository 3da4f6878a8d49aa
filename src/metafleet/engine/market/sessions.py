"""When the market is open, which financial centre is at work, and how wide spreads then are.

The forex week runs from Sunday 17:00 to Friday 17:00 New York time. All times in are Unix
seconds UTC; daylight saving follows the rule of the United States since 2007.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.symbols import SymbolSpec

Session = Literal["asia", "london", "overlap", "newyork", "rollover"]

HOUR_S: Final = 3_600
DAY_S: Final = 86_400
WEEK_S: Final = 7 * DAY_S

_SUNDAY_S: Final = 4 * DAY_S
"""From a Sunday 00:00 to 1970-01-01."""

_SPREAD_FACTOR: Final[dict[Session, float]] = {
    "asia": 1.5,
    "london": 1.0,
    "overlap": 0.9,
    "newyork": 1.2,
    "rollover": 4.0,
}
"""Spread beside the London session's; the widening around 17:00 New York is what retail feeds show."""


@lru_cache(maxsize=64)
def _summer_time(year: int) -> tuple[int, int]:
    """Return when summer time begins and ends: second Sunday of March, first of November, at 2:00."""
    march = dt.datetime(year, 3, 8, 7, tzinfo=dt.UTC)
    november = dt.datetime(year, 11, 1, 6, tzinfo=dt.UTC)
    begin, end = (day + dt.timedelta(days=6 - day.weekday()) for day in (march, november))
    return int(begin.timestamp()), int(end.timestamp())


@lru_cache(maxsize=4096)
def _offset_of_hour(hour: int) -> int:
    at_s = hour * HOUR_S
    begin, end = _summer_time(dt.datetime.fromtimestamp(at_s, dt.UTC).year)
    return -4 * HOUR_S if begin <= at_s < end else -5 * HOUR_S


def new_york_offset_s(at_s: int) -> int:
    """Return how many seconds New York's clock is ahead of UTC (negative)."""
    return _offset_of_hour(at_s // HOUR_S)


def is_open(spec: SymbolSpec, at_s: int) -> bool:
    """Say whether the symbol trades at this moment, on a server whose day ends at 17:00 New York time."""
    return trades_at(spec, at_s + new_york_offset_s(at_s) + 7 * HOUR_S)


def trades_at(spec: SymbolSpec, server_s: int) -> bool:
    """Say whether the symbol trades at this time of the server's clock."""
    week_s = (server_s + _SUNDAY_S) % WEEK_S
    return any(begin <= week_s < end for begin, end in spec.sessions)


def trading_seconds(spec: SymbolSpec, from_s: NDArray[Any], to_s: NDArray[Any]) -> NDArray[np.int64]:
    """Return how long the symbol trades between times of the server's clock, pair by pair; 0 for none."""
    spent = _traded_since_epoch(spec, np.asarray(to_s)) - _traded_since_epoch(spec, np.asarray(from_s))
    traded: NDArray[np.int64] = np.maximum(spent, 0)
    return traded


def _traded_since_epoch(spec: SymbolSpec, server_s: NDArray[Any]) -> NDArray[np.int64]:
    weeks, within = np.divmod(server_s.astype(np.int64) + _SUNDAY_S, WEEK_S)
    traded = weeks * sum(end - begin for begin, end in spec.sessions)
    for begin, end in spec.sessions:
        traded += np.clip(within - begin, 0, end - begin)
    return traded


def week_open_s(week: int) -> int:
    """Return when the forex week number `week` opens; week 0 is the first that opened after 1970-01-01."""
    sunday_s = (3 + 7 * week) * DAY_S
    return sunday_s + 17 * HOUR_S - new_york_offset_s(sunday_s + 17 * HOUR_S)


def session(at_s: int) -> Session:
    """Return which centre leads; `overlap`: London and New York together; `rollover`: around 17:00 there."""
    local_s = at_s + new_york_offset_s(at_s)
    hour = local_s // HOUR_S % 24
    if hour in (16, 17):
        return "rollover" if 16 * HOUR_S + 2_700 <= local_s % DAY_S < 17 * HOUR_S + 1_800 else "newyork"
    if 3 <= hour < 8:
        return "london"
    if 8 <= hour < 12:
        return "overlap"
    return "newyork" if 12 <= hour < 16 else "asia"


def usual_spread_points(spec: SymbolSpec, at_s: int) -> int:
    """Return the spread, in points, that is usual for the symbol at this time of the day."""
    return max(1, round(spec.spread_points * _SPREAD_FACTOR[session(at_s)]))
