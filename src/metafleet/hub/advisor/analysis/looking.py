"""Put together what is said of a symbol on a timeframe. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.engine.market.arrays import Array
from metafleet.engine.market.timeframes import BY_NAME, DAY_S, PERIODS_S
from metafleet.hub.advisor.analysis import measures, states
from metafleet.hub.advisor.analysis.figures import Regime, Spread, View

TIMEFRAMES: Final = ("M15", "H1", "H4", "D1")
BARS: Final = 4_500
"""What a view looks at: a fit's bars before a boundary, and those since."""
_CLOSES: Final = 48


def view(
    rates: Array, *, server: str, symbol: str, timeframe: str, point: float, spread: Spread | None = None
) -> View | None:
    """Return how a symbol stands by closed bars, RATES of the timeframe, oldest first; None of too few.

    spread: of its newest minutes (`measures.spread`).
    """
    if len(rates) < measures.LEAST_BARS:
        return None
    period_s, bar_s = PERIODS_S[BY_NAME[timeframe]], int(rates["time"][-1])
    closes = rates["close"]
    # Of the bar that had closed by this time yesterday.
    day_before = closes[max(0, int(np.searchsorted(rates["time"], bar_s - DAY_S, "right")) - 1)]
    return View(
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
        regime=_regime(rates),
        spread=spread,
        closes=[float(close) for close in closes[-_CLOSES:]],
    )


def _regime(rates: Array) -> Regime | None:
    found = states.filtered(rates)
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
