"""Put together what is said of a symbol on a timeframe. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.engine.market.arrays import Array
from metafleet.engine.market.timeframes import BY_NAME, DAY_S, PERIODS_S
from metafleet.hub.advisor.analysis import measures, states
from metafleet.hub.advisor.analysis.figures import Past, Regime, Spread, View

TIMEFRAMES: Final = ("M15", "H1", "H4", "D1")
BARS: Final = 4_500
"""What a view looks at: a fit's bars before a boundary, and those since."""
PAST_BARS: Final = 500
_CLOSES: Final = 48


def look(
    rates: Array, *, server: str, symbol: str, timeframe: str, point: float, spread: Spread | None = None
) -> tuple[View, Past] | None:
    """Return how a symbol stands by closed bars, and how it stood; None of too few.

    rates: RATES of the timeframe, oldest first. spread: of its newest minutes (`measures.spread`).
    """
    if len(rates) < measures.LEAST_BARS:
        return None
    found = states.filtered(rates)
    period_s, bar_s = PERIODS_S[BY_NAME[timeframe]], int(rates["time"][-1])
    closes = rates["close"]
    # Of the bar that had closed by this time yesterday.
    day_before = closes[max(0, int(np.searchsorted(rates["time"], bar_s - DAY_S, "right")) - 1)]
    view = View(
        server=server,
        symbol=symbol,
        timeframe=timeframe,
        bar_s=bar_s,
        known_s=bar_s + period_s,
        bars=len(rates),
        close=float(closes[-1]),
        change_percent=float(100.0 * (closes[-1] / day_before - 1.0)),
        volatility=measures.volatility(rates, point=point, period_s=period_s),
        trend=measures.trend(rates),
        regime=_regime(rates, found),
        spread=spread,
        closes=[float(close) for close in closes[-_CLOSES:]],
    )
    return view, _past(rates, found)


def _past(rates: Array, found: states.Regimes) -> Past:
    chances = found.probabilities[-PAST_BARS:]
    known = ~np.isnan(chances[:, 0])
    sure = np.where(known[:, None], chances, 0.0)
    return Past(
        times=rates["time"][-PAST_BARS:].tolist(),
        regimes=np.where(known, sure.argmax(axis=1), -1).tolist(),
        probabilities=sure.max(axis=1).round(3).tolist(),
        percentiles=measures.percentiles(rates, PAST_BARS),
    )


def _regime(rates: Array, found: states.Regimes) -> Regime | None:
    labels, chances = found.labels, found.probabilities[-1]
    if labels[-1] == states.UNKNOWN:
        return None
    others = np.flatnonzero(labels != labels[-1])
    since = int(others[-1]) + 1 if len(others) else 0
    return Regime(
        name=str(labels[-1]),
        probability=float(chances.max()),
        probabilities={name: float(chance) for name, chance in zip(states.NAMES, chances, strict=True)},
        since_s=int(rates["time"][since]),
        trained_on=int(found.trained_on[-1]),
        fitted_s=int(found.fitted_at[-1]),
    )
