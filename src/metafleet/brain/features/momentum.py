"""Which way prices went of late, and how fast."""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.brain.features.arithmetic import ratio
from metafleet.brain.features.contract import Bars, Column, Feature
from metafleet.brain.features.returns import change
from metafleet.brain.features.trend import close_lines
from metafleet.brain.features.volatility import ATR_LOOK_BACK, atr
from metafleet.brain.features.windows import means, sums


def rsi(bars: Bars, span: int) -> Column:
    """Return rises as a share of rises and falls over `span` bars: 0 to 1."""
    step = change(bars, 1)
    rises, falls = sums(np.where(step > 0.0, step, 0.0), span), sums(np.where(step < 0.0, -step, 0.0), span)
    return ratio(rises, rises + falls, 0.5)


def weighted_mean(bars: Bars, span: int) -> Column:
    """Return the mean of `span` closes with weights 1 for the oldest, 2, 3 and so on; price units."""
    line = close_lines(bars).of(span)
    return line.mean + line.products * (2.0 / (span * (span + 1)))


def _macd(bars: Bars) -> Column:
    return bars.once("macd", lambda: weighted_mean(bars, 12) - weighted_mean(bars, 26))


def _rsi(span: int) -> Feature:
    return Feature(
        name=f"rsi_{span}",
        family="Momentum",
        unit="0 all falls to 1 all rises",
        look_back=span + 1,
        formula=f"Rises / (rises + falls) of {span} closes, summed; 0.5 where nothing moved.",
        source="Wilder's relative strength index with simple sums (Cutler's), as a share",
        compute=lambda bars: rsi(bars, span),
        mql=f"MfRsi(rates, at, {span})",
    )


def _rate_of_change(span: int) -> Feature:
    return Feature(
        name=f"change_atr_{span}",
        family="Momentum",
        unit="average true ranges of 14 bars",
        look_back=max(span + 1, ATR_LOOK_BACK),
        formula=f"(close - close {span} bars before) / ATR 14; 0 where nothing moved.",
        source="rate of change, measured in ranges so that it means the same in calm and wild times",
        compute=lambda bars: ratio(change(bars, span), atr(bars)),
        mql=f"MfRatio(MfChange(rates, at, {span}), MfAtr(rates, at, 14), 0.0)",
    )


FEATURES: Final = (
    *(_rsi(span) for span in (7, 14)),
    *(_rate_of_change(span) for span in (5, 10, 40)),
    Feature(
        name="macd_12_26",
        family="Momentum",
        unit="average true ranges of 14 bars",
        look_back=26,
        formula="(WMA 12 - WMA 26) / ATR 14, WMA being the linearly weighted mean of closes; 0 where nothing "
        "moved.",
        source="Appel's MACD with linear weights, which end, in place of exponential ones",
        compute=lambda bars: ratio(_macd(bars), atr(bars)),
        mql="MfRatio(MfMacd(rates, at), MfAtr(rates, at, 14), 0.0)",
    ),
    Feature(
        name="macd_histogram_12_26_9",
        family="Momentum",
        unit="average true ranges of 14 bars",
        look_back=34,
        formula="(macd - its mean over 9 bars) / ATR 14, macd = WMA 12 - WMA 26; 0 where nothing moved.",
        source="Appel's MACD and Aspray's histogram with linear weights",
        compute=lambda bars: ratio(_macd(bars) - means(_macd(bars), 9), atr(bars)),
        mql="MfRatio(MfMacd(rates, at) - MfMacdMean(rates, at, 9), MfAtr(rates, at, 14), 0.0)",
    ),
)

MQL: Final = """
// Rises as a share of rises and falls over 'span' bars.
double MfRsi(const MqlRates &rates[], const int at, const int span)
  {
   double rises[];
   double falls[];
   ArrayResize(rises, span);
   ArrayResize(falls, span);
   for(int i = 0; i < span; i++)
     {
      double step = MfChange(rates, at - span + 1 + i, 1);
      rises[i] = 0.0;
      falls[i] = 0.0;
      if(step > 0.0)
         rises[i] = step;
      if(step < 0.0)
         falls[i] = -step;
     }
   double up = MfSum(rises);
   return MfRatio(up, up + MfSum(falls), 0.5);
  }

// The mean of 'span' closes with weights 1 for the oldest, 2, 3 and so on.
double MfWeightedMean(const MqlRates &rates[], const int at, const int span)
  {
   double closes[];
   MfCloses(rates, at, span, closes);
   double mean = 0.0;
   double squares = 0.0;
   double products = 0.0;
   MfLine(closes, mean, squares, products);
   double share = 2.0 / (double)(span * (span + 1));
   return mean + products * share;
  }

// The weighted mean of 12 closes, less that of 26.
double MfMacd(const MqlRates &rates[], const int at)
  {
   return MfWeightedMean(rates, at, 12) - MfWeightedMean(rates, at, 26);
  }

// The mean of that over 'span' bars.
double MfMacdMean(const MqlRates &rates[], const int at, const int span)
  {
   double values[];
   ArrayResize(values, span);
   for(int i = 0; i < span; i++)
      values[i] = MfMacd(rates, at - span + 1 + i);
   return MfSum(values) / (double)span;
  }
"""
