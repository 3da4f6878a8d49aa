"""How far prices move: true ranges and their average, realised and Parkinson volatility, and their ranks."""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.brain.features.arithmetic import ln, ratio
from metafleet.brain.features.contract import Bars, Column, Feature
from metafleet.brain.features.windows import Sums, lagged, ranks, sums

ATR_SPAN: Final = 14
"""The span of the average true range that distances are measured in. Source: Wilder 1978."""

ATR_LOOK_BACK: Final = ATR_SPAN + 1

_FOUR_LN_2: Final = 4.0 * 0.6931471805599453


def true_ranges(bars: Bars) -> Column:
    """Return each bar's range, stretched to the close before it; price units. Source: Wilder 1978."""

    def make() -> Column:
        before = lagged(bars.close, 1)
        made: Column = np.maximum(bars.high, before) - np.minimum(bars.low, before)
        return made

    return bars.once("true_ranges", make)


def summed_ranges(bars: Bars) -> Sums:
    """Return sums of true ranges."""
    return bars.once("summed_ranges", lambda: Sums(true_ranges(bars)))


def atr(bars: Bars, span: int = ATR_SPAN) -> Column:
    """Return the simple mean of the last `span` true ranges; price units."""
    return bars.once(("atr", span), lambda: summed_ranges(bars).of(span) / span)


def atr_ratio(bars: Bars, span: int) -> Column:
    """Return the average true range as a share of the close."""
    return bars.once(("atr_ratio", span), lambda: ratio(atr(bars, span), bars.close))


def realised(bars: Bars, span: int) -> Column:
    """Return the root of the mean squared logarithmic return of `span` bars."""

    def make() -> Column:
        return np.sqrt(bars.once("squared_steps", lambda: Sums(_squared_steps(bars))).of(span) / span)

    return bars.once(("realised", span), make)


def _squared_steps(bars: Bars) -> Column:
    steps = ln(ratio(bars.close, lagged(bars.close, 1), 1.0))
    return steps * steps


def parkinson(bars: Bars, span: int) -> Column:
    """Return Parkinson's volatility a bar, of the ranges of `span` bars."""

    def make() -> Column:
        widths = ln(ratio(bars.high, bars.low, 1.0))
        return np.sqrt(sums(widths * widths, span) / (_FOUR_LN_2 * span))

    return bars.once(("parkinson", span), make)


def _atr(span: int) -> Feature:
    return Feature(
        name=f"atr_{span}",
        family="Volatility",
        unit="share of the close",
        look_back=span + 1,
        formula=f"Simple mean of {span} true ranges, over the close; a true range is "
        "max(high, close before) - min(low, close before).",
        source="Wilder 1978, New Concepts in Technical Trading Systems, with a simple mean as MetaTrader's "
        "iATR",
        compute=lambda bars: atr_ratio(bars, span),
        mql=f"MfAtrRatio(rates, at, {span})",
    )


def _realised(span: int) -> Feature:
    return Feature(
        name=f"realised_{span}",
        family="Volatility",
        unit="logarithmic return a bar",
        look_back=span + 1,
        formula=f"sqrt(mean of ln(close / close before)^2 over {span} bars); the mean is not taken off.",
        source="Andersen and Bollerslev 1998, Answering the Skeptics",
        compute=lambda bars: realised(bars, span),
        mql=f"MfRealised(rates, at, {span})",
    )


def _parkinson(span: int) -> Feature:
    return Feature(
        name=f"parkinson_{span}",
        family="Volatility",
        unit="logarithmic return a bar",
        look_back=span,
        formula=f"sqrt(sum of ln(high / low)^2 over {span} bars / (4 ln 2 x {span})).",
        source="Parkinson 1980, The Extreme Value Method for Estimating the Variance of the Rate of Return",
        compute=lambda bars: parkinson(bars, span),
        mql=f"MfParkinson(rates, at, {span})",
    )


FEATURES: Final = (
    *(_atr(span) for span in (14, 50)),
    *(_realised(span) for span in (20, 60)),
    _parkinson(20),
    Feature(
        name="atr_change_14_100",
        family="Volatility",
        unit="ratio",
        look_back=101,
        formula="Average true range of 14 bars over that of 100; 1 where nothing moved.",
        source="ours: short volatility beside long",
        compute=lambda bars: ratio(atr(bars, 14), atr(bars, 100), 1.0),
        mql="MfRatio(MfAtr(rates, at, 14), MfAtr(rates, at, 100), 1.0)",
    ),
    Feature(
        name="atr_rank_100",
        family="Volatility",
        unit="0 lowest to 1 highest",
        look_back=114,
        formula="Share of the 99 values of atr_14 before the newest that are below it; equal ones count "
        "half.",
        source="percentile rank by mid-ranks, Hazen 1914",
        compute=lambda bars: ranks(atr_ratio(bars, 14), 100, bars.rows),
        mql="MfAtrRank(rates, at, 14, 100)",
    ),
    Feature(
        name="realised_rank_250",
        family="Volatility",
        unit="0 lowest to 1 highest",
        look_back=270,
        formula="Share of the 249 values of realised_20 before the newest that are below it; equal ones "
        "count half.",
        source="percentile rank by mid-ranks, Hazen 1914",
        compute=lambda bars: ranks(realised(bars, 20), 250, bars.rows),
        mql="MfRealisedRank(rates, at, 20, 250)",
    ),
)

MQL: Final = f"""
// A bar's range, stretched to the close before it.
double MfTrueRange(const MqlRates &rates[], const int at)
  {{
   double above = rates[at].high;
   double below = rates[at].low;
   double before = rates[at - 1].close;
   if(before > above)
      above = before;
   if(before < below)
      below = before;
   return above - below;
  }}

// The simple mean of 'span' true ranges, in price units.
double MfAtr(const MqlRates &rates[], const int at, const int span)
  {{
   double ranges[];
   ArrayResize(ranges, span);
   for(int i = 0; i < span; i++)
      ranges[i] = MfTrueRange(rates, at - span + 1 + i);
   return MfSum(ranges) / (double)span;
  }}

// The same as a share of the close.
double MfAtrRatio(const MqlRates &rates[], const int at, const int span)
  {{
   return MfRatio(MfAtr(rates, at, span), rates[at].close, 0.0);
  }}

// The rank of the newest average true range among 'count'.
double MfAtrRank(const MqlRates &rates[], const int at, const int span, const int count)
  {{
   double values[];
   ArrayResize(values, count);
   for(int i = 0; i < count; i++)
      values[i] = MfAtrRatio(rates, at - count + 1 + i, span);
   return MfRank(values);
  }}

// The root of the mean squared logarithmic return of 'span' bars.
double MfRealised(const MqlRates &rates[], const int at, const int span)
  {{
   double squares[];
   ArrayResize(squares, span);
   for(int i = 0; i < span; i++)
     {{
      int bar = at - span + 1 + i;
      double step = MfLn(MfRatio(rates[bar].close, rates[bar - 1].close, 1.0));
      squares[i] = step * step;
     }}
   return MathSqrt(MfSum(squares) / (double)span);
  }}

// The rank of the newest realised volatility among 'count'.
double MfRealisedRank(const MqlRates &rates[], const int at, const int span, const int count)
  {{
   double values[];
   ArrayResize(values, count);
   for(int i = 0; i < count; i++)
      values[i] = MfRealised(rates, at - count + 1 + i, span);
   return MfRank(values);
  }}

// Parkinson's volatility a bar, of the ranges of 'span' bars.
double MfParkinson(const MqlRates &rates[], const int at, const int span)
  {{
   double squares[];
   ArrayResize(squares, span);
   for(int i = 0; i < span; i++)
     {{
      int bar = at - span + 1 + i;
      double width = MfLn(MfRatio(rates[bar].high, rates[bar].low, 1.0));
      squares[i] = width * width;
     }}
   return MathSqrt(MfSum(squares) / ({_FOUR_LN_2!r} * (double)span));
  }}
"""
