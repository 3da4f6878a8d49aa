"""How near the next scheduled event is that concerns the symbol, and the last one.

Only the schedule is looked at, which was known before: never what came out. Times are counted from the bar's
opening. Without a calendar, and further away than a day, a feature is FAR_MINUTES.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.features.contract import CALENDAR, Bars, Column, Feature
from metafleet.engine.market.servertime import Zone

FAR_MINUTES: Final = 1440.0
"""A day: no event is known that is nearer."""

ALL: Final = ("All", "ALL")
"""What a calendar writes where an event is everybody's."""

WORDS: Final = {"low": 1, "medium": 2, "moderate": 2, "high": 3}
"""Weights of a calendar's words for an event's impact."""

_NEVER_S: Final = 1 << 50

WEIGHTS: Final = {"high": 3, "medium": 2}
"""The least weight of an event that counts."""


def calendar_of(events: Iterable[tuple[dt.datetime, str, str]], zone: Zone) -> NDArray[Any]:
    """Return a schedule as features take it: CALENDAR, by time.

    events: when (with a time zone), whose currency, and the impact, of which the first word counts: low,
    medium (or MetaTrader's moderate), high; others are left out. zone: the server's clock, as of the bars.
    """
    rows = [
        (zone.wall_s(int(at.timestamp())), currency, weight)
        for at, currency, impact in events
        if (weight := weight_of(impact))
    ]
    return np.sort(np.array(rows, CALENDAR), order="time")


def weight_of(impact: str) -> int:
    """Return the weight of a calendar's word for an impact, 0 for one that counts for nothing."""
    return WORDS.get((impact.lower().split() or [""])[0], 0)


def _times(bars: Bars, weight: int) -> NDArray[np.int64]:
    """Return when the events are that concern this symbol and weigh so much; one more is far at each end."""

    def make() -> NDArray[np.int64]:
        events = bars.calendar
        concerned = np.isin(events["currency"], [bars.spec.currency_base, bars.spec.currency_profit, *ALL])
        times = np.sort(events["time"][concerned & (events["weight"] >= weight)])
        made: NDArray[np.int64] = np.concatenate(([-_NEVER_S], times, [_NEVER_S]))
        return made

    return bars.once(("events", weight), make)


def until(bars: Bars, weight: int) -> Column:
    """Return the minutes from a bar's opening to the next event; 0 for one at that moment."""
    times = _times(bars, weight)
    ahead = times[np.searchsorted(times, bars.time)] - bars.time
    return np.asarray(np.minimum(ahead / 60.0, FAR_MINUTES))


def since(bars: Bars, weight: int) -> Column:
    """Return the minutes from the last event before a bar's opening to that."""
    times = _times(bars, weight)
    ago = bars.time - times[np.searchsorted(times, bars.time) - 1]
    return np.asarray(np.minimum(ago / 60.0, FAR_MINUTES))


def _until(word: str, weight: int) -> Feature:
    return Feature(
        name=f"minutes_to_event_{word}",
        family="Calendar",
        unit="minutes, 0 to 1440",
        look_back=1,
        formula=f"Minutes from the bar's opening to the next event of weight {weight} or more of the "
        "symbol's currencies or of all; 1440 where none is known within a day, and without a calendar.",
        source="the schedule alone, which was known before",
        compute=lambda bars: until(bars, weight),
        mql=f"MfMinutesToEvent(rates[at].time, {weight}, base, profit, events)",
        needs=("calendar",),
    )


def _since(word: str, weight: int) -> Feature:
    return Feature(
        name=f"minutes_since_event_{word}",
        family="Calendar",
        unit="minutes, 0 to 1440",
        look_back=1,
        formula=f"Minutes from the last event of weight {weight} or more of the symbol's currencies or of "
        "all to the bar's opening; 1440 where none was within a day, and without a calendar.",
        source="the schedule alone, which was known before",
        compute=lambda bars: since(bars, weight),
        mql=f"MfMinutesSinceEvent(rates[at].time, {weight}, base, profit, events)",
        needs=("calendar",),
    )


FEATURES: Final = tuple(make(word, weight) for word, weight in WEIGHTS.items() for make in (_until, _since))

MQL: Final = f"""
// Whether an event is of this weight and of these currencies.
bool MfConcerns(const MfEvent &event, const int weight, const string base, const string profit)
  {{
   if(event.weight < weight)
      return false;
   return event.currency == base || event.currency == profit || event.currency == "All"
          || event.currency == "ALL";
  }}

// Minutes to the next event; a day where none is nearer.
double MfMinutesToEvent(const datetime time, const int weight, const string base, const string profit,
                        const MfEvent &events[])
  {{
   double nearest = {FAR_MINUTES!r};
   for(int i = 0; i < ArraySize(events); i++)
     {{
      long ahead = (long)events[i].time - (long)time;
      if(ahead >= 0 && MfConcerns(events[i], weight, base, profit))
         nearest = MathMin(nearest, (double)ahead / 60.0);
     }}
   return nearest;
  }}

// Minutes since the last event; a day where none is nearer.
double MfMinutesSinceEvent(const datetime time, const int weight, const string base, const string profit,
                           const MfEvent &events[])
  {{
   double nearest = {FAR_MINUTES!r};
   for(int i = 0; i < ArraySize(events); i++)
     {{
      long ago = (long)time - (long)events[i].time;
      if(ago > 0 && MfConcerns(events[i], weight, base, profit))
         nearest = MathMin(nearest, (double)ago / 60.0);
     }}
   return nearest;
  }}
"""
