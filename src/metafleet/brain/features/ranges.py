"""Where the price stands within its range, and how a bar is built."""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.brain.features.arithmetic import ratio
from metafleet.brain.features.contract import Bars, Column, Feature
from metafleet.brain.features.volatility import ATR_LOOK_BACK, atr, true_ranges
from metafleet.brain.features.windows import highest, lowest


def position(bars: Bars, span: int) -> Column:
    """Return where the close is between the lowest low and the highest high of `span` bars: 0 to 1."""
    low = lowest(bars.low, span)
    return ratio(bars.close - low, highest(bars.high, span) - low, 0.5)


def _share_of_bar(bars: Bars, part: Column) -> Column:
    return ratio(part, bars.high - bars.low)


def _position(span: int) -> Feature:
    return Feature(
        name=f"range_position_{span}",
        family="Range",
        unit="0 at the low to 1 at the high",
        look_back=span,
        formula=f"(close - lowest low) / (highest high - lowest low) of {span} bars; "
        "0.5 where they are equal.",
        source="Lane's stochastic %K, as a share",
        compute=lambda bars: position(bars, span),
        mql=f"MfRangePosition(rates, at, {span})",
    )


FEATURES: Final = (
    *(_position(span) for span in (20, 50, 100)),
    Feature(
        name="bar_body",
        family="Range",
        unit="-1 to 1",
        look_back=1,
        formula="(close - open) / (high - low); 0 for a bar without a range.",
        source="definition",
        compute=lambda bars: _share_of_bar(bars, bars.close - bars.open),
        mql="MfRatio(rates[at].close - rates[at].open, rates[at].high - rates[at].low, 0.0)",
    ),
    Feature(
        name="upper_shadow",
        family="Range",
        unit="0 to 1",
        look_back=1,
        formula="(high - max(open, close)) / (high - low); 0 for a bar without a range.",
        source="definition",
        compute=lambda bars: _share_of_bar(bars, bars.high - np.maximum(bars.open, bars.close)),
        mql="MfRatio(rates[at].high - MathMax(rates[at].open, rates[at].close), "
        "rates[at].high - rates[at].low, 0.0)",
    ),
    Feature(
        name="lower_shadow",
        family="Range",
        unit="0 to 1",
        look_back=1,
        formula="(min(open, close) - low) / (high - low); 0 for a bar without a range.",
        source="definition",
        compute=lambda bars: _share_of_bar(bars, np.minimum(bars.open, bars.close) - bars.low),
        mql="MfRatio(MathMin(rates[at].open, rates[at].close) - rates[at].low, "
        "rates[at].high - rates[at].low, 0.0)",
    ),
    Feature(
        name="range_atr",
        family="Range",
        unit="average true ranges of 14 bars",
        look_back=ATR_LOOK_BACK,
        formula="The newest true range over the mean of 14, itself among them; 0 where nothing moved.",
        source="ours: whether a bar is wide for its time",
        compute=lambda bars: ratio(true_ranges(bars), atr(bars)),
        mql="MfRatio(MfTrueRange(rates, at), MfAtr(rates, at, 14), 0.0)",
    ),
)

MQL: Final = """
// Where the close is between the lowest low and the highest high of 'span' bars.
double MfRangePosition(const MqlRates &rates[], const int at, const int span)
  {
   double above = rates[at].high;
   double below = rates[at].low;
   for(int i = 1; i < span; i++)
     {
      if(rates[at - i].high > above)
         above = rates[at - i].high;
      if(rates[at - i].low < below)
         below = rates[at - i].low;
     }
   return MfRatio(rates[at].close - below, above - below, 0.5);
  }
"""
