"""How straight the way was: directional movement, efficiency, the slope beside its error."""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.brain.features.arithmetic import ratio
from metafleet.brain.features.contract import Bars, Column, Feature
from metafleet.brain.features.returns import change
from metafleet.brain.features.volatility import summed_ranges
from metafleet.brain.features.windows import Lines, Sums, lagged, means, sums

SLOPE_T_MAX: Final = 100.0
"""A straight line without any error has this t-value."""


def _moves(bars: Bars) -> tuple[Column, Column]:
    """Return the directional movements up and down; price units. Source: Wilder 1978."""
    up, down = bars.high - lagged(bars.high, 1), lagged(bars.low, 1) - bars.low
    return (
        np.where((up > down) & (up > 0.0), up, 0.0),
        np.where((down > up) & (down > 0.0), down, 0.0),
    )


def _summed_moves(bars: Bars, span: int) -> tuple[Column, Column]:
    def make() -> tuple[Column, Column]:
        up, down = bars.once("moves", lambda: _moves(bars))
        return sums(up, span), sums(down, span)

    return bars.once(("summed_moves", span), make)


def direction(bars: Bars, span: int) -> Column:
    """Return what directional movement up is ahead of that down, as a share of the true ranges: -1 to 1."""
    up, down = _summed_moves(bars, span)
    return ratio(up - down, summed_ranges(bars).of(span))


def adx(bars: Bars, span: int) -> Column:
    """Return the mean of `span` directional indices, each of `span` bars: 0 to 1."""
    up, down = _summed_moves(bars, span)
    return means(ratio(np.abs(up - down), up + down), span)


def efficiency(bars: Bars, span: int) -> Column:
    """Return the change of `span` bars as a share of the way that was gone: 0 to 1."""
    way = bars.once("steps_gone", lambda: Sums(np.abs(change(bars, 1)))).of(span)
    return np.minimum(ratio(np.abs(change(bars, span)), way), 1.0)


def close_lines(bars: Bars) -> Lines:
    """Return straight lines through the closes."""
    return bars.once("close_lines", lambda: Lines(bars.close))


def slope_t(bars: Bars, span: int) -> Column:
    """Return the t-value of the slope of a straight line through `span` closes."""
    line = close_lines(bars).of(span)
    times = span * (span * span - 1) / 12.0
    both = times * line.squares
    square = ratio(line.products * line.products, both)
    left = 1.0 - square
    size = np.sqrt(ratio(square * (span - 2), left, SLOPE_T_MAX * SLOPE_T_MAX))
    size = np.minimum(size, SLOPE_T_MAX)
    size = np.where(both > 0.0, size, 0.0)
    return np.where(line.products < 0.0, -size, size)


def _efficiency(span: int) -> Feature:
    return Feature(
        name=f"efficiency_{span}",
        family="Trend",
        unit="0 to 1",
        look_back=span + 1,
        formula=f"|close - close {span} bars before| / sum of |close - close before|; 0 where nothing moved.",
        source="Kaufman 1995, Smarter Trading: the efficiency ratio",
        compute=lambda bars: efficiency(bars, span),
        mql=f"MfEfficiency(rates, at, {span})",
    )


def _slope(span: int) -> Feature:
    return Feature(
        name=f"slope_t_{span}",
        family="Trend",
        unit="standard errors, -100 to 100",
        look_back=span,
        formula=f"Slope of the least squares line through {span} closes over its standard error: "
        "r sqrt((n - 2) / (1 - r^2)); 0 for a flat line, 100 at most.",
        source="ordinary least squares; as a trend's label in López de Prado 2020, Machine Learning for "
        "Asset Managers",
        compute=lambda bars: slope_t(bars, span),
        mql=f"MfSlopeT(rates, at, {span})",
    )


FEATURES: Final = (
    Feature(
        name="adx_14",
        family="Trend",
        unit="0 to 1",
        look_back=28,
        formula="Mean of 14 directional indices |up - down| / (up + down), up and down being sums of "
        "directional movements over 14 bars; 0 where nothing moved.",
        source="Wilder 1978, with simple sums in place of his smoothing, so that it has an end",
        compute=lambda bars: adx(bars, 14),
        mql="MfAdx(rates, at, 14)",
    ),
    Feature(
        name="direction_14",
        family="Trend",
        unit="-1 to 1",
        look_back=15,
        formula="(directional movement up - down) / true ranges, each summed over 14 bars: +DI - -DI as a "
        "share.",
        source="Wilder 1978, with simple sums",
        compute=lambda bars: direction(bars, 14),
        mql="MfDirection(rates, at, 14)",
    ),
    *(_efficiency(span) for span in (10, 20, 50)),
    *(_slope(span) for span in (20, 60)),
)

MQL: Final = f"""
// The directional movements of 'span' bars, summed.
void MfMoves(const MqlRates &rates[], const int at, const int span, double &up, double &down)
  {{
   double ups[];
   double downs[];
   ArrayResize(ups, span);
   ArrayResize(downs, span);
   for(int i = 0; i < span; i++)
     {{
      int bar = at - span + 1 + i;
      double above = rates[bar].high - rates[bar - 1].high;
      double below = rates[bar - 1].low - rates[bar].low;
      ups[i] = 0.0;
      downs[i] = 0.0;
      if(above > below && above > 0.0)
         ups[i] = above;
      if(below > above && below > 0.0)
         downs[i] = below;
     }}
   up = MfSum(ups);
   down = MfSum(downs);
  }}

// Movement up ahead of that down, as a share of the true ranges.
double MfDirection(const MqlRates &rates[], const int at, const int span)
  {{
   double up = 0.0;
   double down = 0.0;
   MfMoves(rates, at, span, up, down);
   double ranges[];
   ArrayResize(ranges, span);
   for(int i = 0; i < span; i++)
      ranges[i] = MfTrueRange(rates, at - span + 1 + i);
   return MfRatio(up - down, MfSum(ranges), 0.0);
  }}

// The mean of 'span' directional indices.
double MfAdx(const MqlRates &rates[], const int at, const int span)
  {{
   double indices[];
   ArrayResize(indices, span);
   for(int i = 0; i < span; i++)
     {{
      double up = 0.0;
      double down = 0.0;
      MfMoves(rates, at - span + 1 + i, span, up, down);
      indices[i] = MfRatio(MathAbs(up - down), up + down, 0.0);
     }}
   return MfSum(indices) / (double)span;
  }}

// The change of 'span' bars as a share of the way that was gone.
double MfEfficiency(const MqlRates &rates[], const int at, const int span)
  {{
   double steps[];
   ArrayResize(steps, span);
   for(int i = 0; i < span; i++)
      steps[i] = MathAbs(MfChange(rates, at - span + 1 + i, 1));
   return MathMin(MfRatio(MathAbs(MfChange(rates, at, span)), MfSum(steps), 0.0), 1.0);
  }}

// The t-value of the slope of a straight line through 'span' closes.
double MfSlopeT(const MqlRates &rates[], const int at, const int span)
  {{
   double closes[];
   MfCloses(rates, at, span, closes);
   double mean = 0.0;
   double squares = 0.0;
   double products = 0.0;
   MfLine(closes, mean, squares, products);
   double times = (double)(span * (span * span - 1)) / 12.0;
   double both = times * squares;
   if(!(both > 0.0))
      return 0.0;
   double square = MfRatio(products * products, both, 0.0);
   double left = 1.0 - square;
   double size = MathSqrt(MfRatio(square * (double)(span - 2), left, {SLOPE_T_MAX * SLOPE_T_MAX!r}));
   size = MathMin(size, {SLOPE_T_MAX!r});
   if(products < 0.0)
      return -size;
   return size;
  }}
"""
