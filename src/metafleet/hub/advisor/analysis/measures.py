"""Volatility, trend and spread of a market, by its closed bars. Pure: RATES in, figures out."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.experts.indicators import ADX, ATR, Columns
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.timeframes import DAY_S, HOUR_S
from metafleet.hub.advisor.analysis import persistence
from metafleet.hub.advisor.analysis.figures import Persistence, Spread, Trend, Volatility
from metafleet.hub.advisor.analysis.states import LOOK_BACK

Floats = NDArray[np.float64]

PERIOD: Final = 14
PAST: Final = 1_000
"""Bars against which the newest one's volatility is held."""
LEAST_BARS: Final = 60
"""An ADX of 14 bars needs 28, and a share of a past something of one."""
_PERSISTENCE_BARS: Final = 1_000
_NOW_S: Final = 900
_USUAL_DAYS: Final = 20
_LEAST_HOURS: Final = 3


def columns_of(rates: Array) -> Columns:
    """Return bars as indicators take them."""
    names = ("open", "high", "low", "close", "tick_volume")
    return Columns(*(np.ascontiguousarray(rates[name], np.float64) for name in names))


def volatility(rates: Array, *, point: float, period_s: int) -> Volatility:
    """Return how much the market moves. rates: RATES, oldest first, LEAST_BARS or more."""
    columns = columns_of(rates)
    (atr,) = ATR(PERIOD).over(columns)
    percents = 100.0 * atr / columns.close
    return Volatility(
        atr_points=float(atr[-1] / point),
        atr_percent=float(percents[-1]),
        realised_percent=realised_percent(columns.close, period_s),
        percentile=percentile(percents[PERIOD:]),
    )


def realised_percent(closes: Floats, period_s: int) -> float:
    """Return the standard deviation of a day's return, in percent, by the newest LOOK_BACK changes.

    About zero, not about their mean, which of twenty bars is noise. A day is 24 hours of bars.
    """
    changes = np.diff(np.log(closes[-LOOK_BACK - 1 :]))
    return float(100.0 * np.sqrt(np.mean(changes**2) * DAY_S / period_s))


def percentiles(rates: Array, count: int) -> list[float]:
    """Return `Volatility.percentile` of each of the newest bars, as it was when that bar closed."""
    columns = columns_of(rates)
    (atr,) = ATR(PERIOD).over(columns)
    percents = (100.0 * atr / columns.close)[PERIOD:]
    ends = range(max(1, len(percents) - count + 1), len(percents) + 1)
    before = max(0, min(count, len(rates)) - len(ends))
    return [0.5] * before + [round(percentile(percents[:end]), 3) for end in ends]


def percentile(values: Floats) -> float:
    """Return the share of the values before the newest, PAST at most, that are lower; equal ones count
    half."""
    before, newest = values[-PAST - 1 : -1], values[-1]
    if not len(before):
        return 0.5
    return float((np.sum(before < newest) + 0.5 * np.sum(before == newest)) / len(before))


def trend(rates: Array) -> Trend:
    """Return how much of a direction there is. rates: as of `volatility`."""
    columns = columns_of(rates)
    adx, _, _ = ADX(PERIOD).over(columns)
    return Trend(
        adx=float(adx[-1]),
        efficiency=efficiency(columns.close),
        persistence=_persistence(columns.close[-_PERSISTENCE_BARS - 1 :]),
    )


def efficiency(closes: Floats) -> float:
    """Return the signed efficiency ratio of the newest LOOK_BACK changes: the way gone by the way walked.

    Source: Kaufman, "Smarter Trading" (1995), there without its sign.
    """
    newest = closes[-LOOK_BACK - 1 :]
    walked = float(np.abs(np.diff(newest)).sum())
    return float((newest[-1] - newest[0]) / walked) if walked > 0.0 else 0.0


def _persistence(closes: Floats) -> Persistence | None:
    found = persistence.hurst(closes)
    if found is None:
        return None
    says = "persistent" if found.low > 0.5 else "reverting" if found.high < 0.5 else "nothing"
    return Persistence(hurst=found.value, low=found.low, high=found.high, bars=found.bars, says=says)


def spread(minutes: Array) -> Spread | None:
    """Return the newest spread beside the usual one at this hour of the day.

    minutes: M1 RATES, oldest first. None before there were three such hours. A bar's spread is its least.
    """
    if not len(minutes):
        return None
    times, spreads = minutes["time"], minutes["spread"].astype(np.float64)
    last_s = int(times[-1])
    now = float(np.min(spreads[times > last_s - _NOW_S]))
    hour_s, day = last_s % DAY_S // HOUR_S, last_s // DAY_S
    same = (
        (times % DAY_S // HOUR_S == hour_s) & (times // DAY_S < day) & (times // DAY_S >= day - _USUAL_DAYS)
    )
    hours = len(np.unique(times[same] // DAY_S))
    if hours < _LEAST_HOURS:
        return None
    usual = float(np.median(spreads[same]))
    return Spread(now_points=now, usual_points=usual, ratio=now / usual if usual > 0 else 1.0, hours=hours)
