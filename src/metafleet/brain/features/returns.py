"""By how much the price changed."""

from __future__ import annotations

from typing import Final

from metafleet.brain.features.arithmetic import ratio
from metafleet.brain.features.contract import Bars, Column, Feature
from metafleet.brain.features.windows import lagged


def change(bars: Bars, span: int) -> Column:
    """Return close - close `span` bars before; price units."""
    return bars.once(("change", span), lambda: bars.close - lagged(bars.close, span))


def returned(bars: Bars, span: int) -> Column:
    """Return the change as a share of the price that it began at."""
    return ratio(change(bars, span), lagged(bars.close, span))


def _return(span: int) -> Feature:
    return Feature(
        name=f"return_{span}",
        family="Returns",
        unit="ratio",
        look_back=span + 1,
        formula=f"(close - c) / c, c being the close {'' if span == 1 else f'{span} bars '}before.",
        source="definition",
        compute=lambda bars: returned(bars, span),
        mql=f"MfReturn(rates, at, {span})",
    )


FEATURES: Final = tuple(_return(span) for span in (1, 2, 3, 5, 10, 20, 60, 120))

MQL: Final = """
// By how much the close changed over 'span' bars, in price units.
double MfChange(const MqlRates &rates[], const int at, const int span)
  {
   return rates[at].close - rates[at - span].close;
  }

// The same as a share of the price that it began at.
double MfReturn(const MqlRates &rates[], const int at, const int span)
  {
   return MfRatio(MfChange(rates, at, span), rates[at - span].close, 0.0);
  }
"""
