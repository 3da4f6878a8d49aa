"""Until when a signal holds: until the bar after the next one closes, by the market's own clock.

A signal of the bar that opened at 12:15 (M15) is made when that one has closed, at 12:30; the next closes at
12:45, the one after it at 13:00, and until then it holds: one that is missed is bridged by the one before,
and no more. Bars in which the market is shut are not counted: a Friday's last signal holds on Monday.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from metafleet.engine.market.sessions import WEEK_S
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import MN1, W1, next_open_s

_SUNDAY_S: Final = 3 * 86_400
"""The first Sunday after 1970 began, a Thursday."""


@lru_cache(maxsize=4096)
def valid_until_s(spec: SymbolSpec, timeframe: int, bar_s: int) -> int:
    """Return when a signal of the bar that opened then is over, seconds of the server's clock."""
    closes_s = next_open_s(timeframe, bar_s)
    for _ in range(2):
        closes_s = next_open_s(timeframe, _traded_from_s(spec, timeframe, closes_s))
    return closes_s


def closed_at_s(timeframe: int, bar_s: int) -> int:
    """Return when the bar that opened then has closed, seconds of the server's clock."""
    return next_open_s(timeframe, bar_s)


def _traded_from_s(spec: SymbolSpec, timeframe: int, open_s: int) -> int:
    """Return a moment of the first bar from here on in which the market is open."""
    if timeframe in {W1, MN1} or not spec.sessions:
        return open_s
    end_s = next_open_s(timeframe, open_s)
    week_s = (open_s - _SUNDAY_S) % WEEK_S
    begins_s = open_s - week_s
    for week in (begins_s, begins_s + WEEK_S):
        for begin, end in spec.sessions:
            if week + end > open_s:
                return open_s if week + begin < end_s else week + begin
    return open_s
