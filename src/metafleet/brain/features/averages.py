"""How far the price is from its averages."""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.brain.features.arithmetic import ratio
from metafleet.brain.features.contract import Bars, Column, Feature
from metafleet.brain.features.trend import close_lines
from metafleet.brain.features.volatility import ATR_LOOK_BACK, atr


def mean(bars: Bars, span: int) -> Column:
    """Return the simple mean of `span` closes, exactly the close where they are all alike; price units."""
    return close_lines(bars).of(span).mean


def zscore(bars: Bars, span: int) -> Column:
    """Return how many standard deviations the close is from the mean of `span`."""
    line = close_lines(bars).of(span)
    return ratio(bars.close - line.mean, np.sqrt(line.squares / span))


def _distance(span: int) -> Feature:
    return Feature(
        name=f"distance_{span}",
        family="Averages",
        unit="average true ranges of 14 bars",
        look_back=max(span, ATR_LOOK_BACK),
        formula=f"(close - mean of {span} closes) / ATR 14; 0 where nothing moved.",
        source="definition",
        compute=lambda bars: ratio(bars.close - mean(bars, span), atr(bars)),
        mql=f"MfRatio(rates[at].close - MfMean(rates, at, {span}), MfAtr(rates, at, 14), 0.0)",
    )


def _zscore(span: int) -> Feature:
    return Feature(
        name=f"zscore_{span}",
        family="Averages",
        unit="standard deviations",
        look_back=span,
        formula=f"(close - mean of {span} closes) / their standard deviation (of a population); "
        "0 where it is 0.",
        source="Bollinger 2001, Bollinger on Bollinger Bands: where the price is in its bands",
        compute=lambda bars: zscore(bars, span),
        mql=f"MfZscore(rates, at, {span})",
    )


def _gap(short: int, long: int) -> Feature:
    return Feature(
        name=f"average_gap_{short}_{long}",
        family="Averages",
        unit="average true ranges of 14 bars",
        look_back=long,
        formula=f"(mean of {short} closes - mean of {long}) / ATR 14; 0 where nothing moved.",
        source="definition",
        compute=lambda bars: ratio(mean(bars, short) - mean(bars, long), atr(bars)),
        mql=f"MfRatio(MfMean(rates, at, {short}) - MfMean(rates, at, {long}), MfAtr(rates, at, 14), 0.0)",
    )


FEATURES: Final = (
    *(_distance(span) for span in (10, 20, 50, 200)),
    *(_zscore(span) for span in (20, 50)),
    _gap(20, 50),
)

MQL: Final = """
// The simple mean of 'span' closes.
double MfMean(const MqlRates &rates[], const int at, const int span)
  {
   double closes[];
   MfCloses(rates, at, span, closes);
   double mean = 0.0;
   double squares = 0.0;
   double products = 0.0;
   MfLine(closes, mean, squares, products);
   return mean;
  }

// How many standard deviations the close is from the mean of 'span'.
double MfZscore(const MqlRates &rates[], const int at, const int span)
  {
   double closes[];
   MfCloses(rates, at, span, closes);
   double mean = 0.0;
   double squares = 0.0;
   double products = 0.0;
   MfLine(closes, mean, squares, products);
   return MfRatio(rates[at].close - mean, MathSqrt(squares / (double)span), 0.0);
  }
"""
