"""MetaTrader's 21 timeframes, and when a bar of each opens by the server's clock.

Source: the numbers are ENUM_TIMEFRAMES of the Python module. W1 opens on Sunday 00:00, MN1 on the first.
"""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # runners know timeframes and have no NumPy
    import numpy as np
    from numpy.typing import NDArray

MINUTE_S: Final = 60
HOUR_S: Final = 3_600
DAY_S: Final = 86_400
WEEK_S: Final = 7 * DAY_S

M1: Final = 1
H1: Final = 16385
D1: Final = 16408
W1: Final = 32769
MN1: Final = 49153

_WEEK_BEGINS_S: Final = 3 * DAY_S
"""1970-01-04, the first Sunday."""

PERIODS_S: Final = MappingProxyType(
    {minutes: minutes * MINUTE_S for minutes in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)}
    | {16384 + hours: hours * HOUR_S for hours in (1, 2, 3, 4, 6, 8, 12, 24)}
    | {W1: WEEK_S, MN1: 30 * DAY_S}
)
"""How long a bar of each timeframe is, the shortest first; a month's is nominal."""

NAMES: Final = MappingProxyType(
    {minutes: f"M{minutes}" for minutes in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)}
    | {16384 + hours: f"H{hours}" for hours in (1, 2, 3, 4, 6, 8, 12)}
    | {D1: "D1", W1: "W1", MN1: "MN1"}
)

BY_NAME: Final = MappingProxyType({name: timeframe for timeframe, name in NAMES.items()})


def open_s(timeframe: int, at_s: int) -> int:
    """Return when the bar that this moment falls in opens. Both in seconds of the server's clock.

    Raises KeyError for what is no timeframe.
    """
    if timeframe == MN1:
        first = dt.datetime.fromtimestamp(at_s, dt.UTC).replace(day=1)
        return int(first.timestamp()) // DAY_S * DAY_S
    if timeframe == W1:
        return (at_s - _WEEK_BEGINS_S) // WEEK_S * WEEK_S + _WEEK_BEGINS_S
    period_s = PERIODS_S[timeframe]
    return at_s // period_s * period_s


def next_open_s(timeframe: int, at_s: int) -> int:
    """Return when the bar after the one that this moment falls in opens. Raises KeyError."""
    begin_s = open_s(timeframe, at_s)
    if timeframe == MN1:
        return open_s(MN1, begin_s + 32 * DAY_S)
    return begin_s + PERIODS_S[timeframe]


def opens_s(timeframe: int, times_s: NDArray[Any]) -> NDArray[np.int64]:
    """Return `open_s` of many moments: int64, of the same shape. Raises KeyError."""
    import numpy as np

    times: NDArray[np.int64] = np.asarray(times_s, np.int64)
    if timeframe == MN1:
        return times.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
    if timeframe == W1:
        return (times - _WEEK_BEGINS_S) // WEEK_S * WEEK_S + _WEEK_BEGINS_S
    period_s = PERIODS_S[timeframe]
    return times // period_s * period_s


def timeframe_of(period_s: int) -> int | None:
    """Return the timeframe whose bars are so long; months from 28 to 31 days. None where there is none."""
    if 28 * DAY_S <= period_s <= 31 * DAY_S:
        return MN1
    return next((timeframe for timeframe, length_s in PERIODS_S.items() if length_s == period_s), None)
