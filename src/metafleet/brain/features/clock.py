"""The hour, the day and who is at work, by the server's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from metafleet.brain.features.arithmetic import sine_of_day
from metafleet.brain.features.contract import Bars, Column, Feature

_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400

SESSIONS: Final = {"asia": (2, 11), "london": (10, 19), "new_york": (15, 24)}
"""Hours of the server's clock at which a centre is at work, from and until.

Source: 9 to 18 in Tokyo, 8 to 17 in London and in New York, on a server that is seven hours ahead of New York
(`engine.market.servertime`). Tokyo's are those of winter, an hour less in summer's; London's are an hour
off in the weeks when only one of London and New York has changed its clock."""


def weekday(bars: Bars) -> Column:
    """Return the day of the week, Sunday 0 to Saturday 6, as MetaTrader counts."""
    return ((bars.time // _DAY_S + 4) % 7).astype(np.float64)


def _at_work(begin: int, end: int) -> Callable[[Bars], Column]:
    def compute(bars: Bars) -> Column:
        seconds = bars.time % _DAY_S
        return ((seconds >= begin * _HOUR_S) & (seconds < end * _HOUR_S)).astype(np.float64)

    return compute


def _session(name: str, begin: int, end: int) -> Feature:
    return Feature(
        name=f"session_{name}",
        family="Clock",
        unit="0 or 1",
        look_back=1,
        formula=f"1 for a bar that opens from {begin}:00 to before {end}:00 by the server's clock.",
        source="working hours of the centre, on a server seven hours ahead of New York",
        compute=_at_work(begin, end),
        mql=f"MfBetween(rates[at].time, {begin}, {end})",
    )


FEATURES: Final = (
    Feature(
        name="hour_sin",
        family="Clock",
        unit="-1 to 1",
        look_back=1,
        formula="sin(2 pi x time of day / 24 h) of the bar's opening, by the server's clock.",
        source="definition",
        compute=lambda bars: sine_of_day(bars.time),
        mql="MfSineOfDay((long)rates[at].time)",
    ),
    Feature(
        name="hour_cos",
        family="Clock",
        unit="-1 to 1",
        look_back=1,
        formula="cos(2 pi x time of day / 24 h) of the bar's opening, by the server's clock.",
        source="definition",
        compute=lambda bars: sine_of_day(bars.time + _DAY_S // 4),
        mql="MfSineOfDay((long)rates[at].time + 21600)",
    ),
    *(_session(name, begin, end) for name, (begin, end) in SESSIONS.items()),
    Feature(
        name="weekday",
        family="Clock",
        unit="day",
        look_back=1,
        formula="Day of the week of the bar's opening, Sunday 0 to Saturday 6, by the server's clock.",
        source="MetaTrader's day_of_week",
        compute=weekday,
        mql="(double)(((long)rates[at].time / 86400 + 4) % 7)",
    ),
    Feature(
        name="is_monday",
        family="Clock",
        unit="0 or 1",
        look_back=1,
        formula="1 for a bar that opens on a Monday by the server's clock.",
        source="definition",
        compute=lambda bars: (weekday(bars) == 1.0).astype(np.float64),
        mql="MfIsWeekday(rates[at].time, 1)",
    ),
    Feature(
        name="is_friday",
        family="Clock",
        unit="0 or 1",
        look_back=1,
        formula="1 for a bar that opens on a Friday by the server's clock.",
        source="definition",
        compute=lambda bars: (weekday(bars) == 5.0).astype(np.float64),
        mql="MfIsWeekday(rates[at].time, 5)",
    ),
)

MQL: Final = """
// 1 from the hour 'begin' to before the hour 'end'.
double MfBetween(const datetime time, const int begin, const int end)
  {
   long second = (long)time % 86400;
   if(second >= begin * 3600 && second < end * 3600)
      return 1.0;
   return 0.0;
  }

// 1 on that day of the week, Sunday 0.
double MfIsWeekday(const datetime time, const int day)
  {
   if(((long)time / 86400 + 4) % 7 == day)
      return 1.0;
   return 0.0;
  }
"""
