"""What the spread is, beside how far prices move and beside itself."""

from __future__ import annotations

from typing import Final

from metafleet.brain.features.arithmetic import ratio
from metafleet.brain.features.contract import Feature
from metafleet.brain.features.volatility import ATR_LOOK_BACK, atr
from metafleet.brain.features.windows import means

FEATURES: Final = (
    Feature(
        name="spread_atr",
        family="Spread",
        unit="average true ranges of 14 bars",
        look_back=ATR_LOOK_BACK,
        formula="Spread of the bar / ATR 14; 0 where nothing moved.",
        source="ours: what a deal costs beside what a bar brings",
        compute=lambda bars: ratio(bars.spread, atr(bars)),
        mql="MfRatio((double)rates[at].spread * point, MfAtr(rates, at, 14), 0.0)",
    ),
    Feature(
        name="spread_relative_50",
        family="Spread",
        unit="ratio",
        look_back=50,
        formula="Spread of the bar / mean of the last 50; 1 where there was none, as in histories that "
        "have no spreads.",
        source="definition",
        compute=lambda bars: ratio(bars.spread, means(bars.spread, 50), 1.0),
        mql="MfSpreadRelative(rates, at, 50, point)",
    ),
)

MQL: Final = """
// The spread over the mean of the last 'span'.
double MfSpreadRelative(const MqlRates &rates[], const int at, const int span, const double point)
  {
   double spreads[];
   ArrayResize(spreads, span);
   for(int i = 0; i < span; i++)
      spreads[i] = (double)rates[at - span + 1 + i].spread * point;
   return MfRatio(spreads[span - 1], MfSum(spreads) / (double)span, 1.0);
  }
"""
