"""How strong a symbol's two currencies are, by all pairs that are looked at."""

from __future__ import annotations

from typing import Final

import numpy as np

from metafleet.brain.features.arithmetic import ratio
from metafleet.brain.features.contract import Bars, Column, Feature
from metafleet.brain.features.returns import returned


def currencies(name: str) -> tuple[str, str]:
    """Return the base and profit currency of a symbol by its name: EURUSD, XAUUSD.m."""
    return name[:3].upper(), name[3:6].upper()


def _beside(bars: Bars, name: str, span: int) -> tuple[Column, Column]:
    """Return another symbol's return over the times of our bars, and 1 where it has bars of both times."""
    rates = bars.beside[name]
    if not len(rates):
        return np.zeros(len(bars)), np.zeros(len(bars))

    def make() -> tuple[Column, Column]:
        places = np.minimum(np.searchsorted(rates["time"], bars.time), len(rates) - 1)
        found = rates["time"][places] == bars.time
        return np.where(found, rates["close"][places], 0.0), found.astype(np.float64)

    close, found = bars.once(("beside", name), make)
    made, both = np.zeros(len(bars)), np.zeros(len(bars))
    first = close[:-span]
    made[span:] = ratio(close[span:] - first, first)
    both[span:] = found[span:] * found[:-span]
    return made, both


def strength(bars: Bars, currency: str, span: int) -> Column:
    """Return the mean return of a currency over `span` bars, over our pair and the pairs beside with it."""

    def make() -> Column:
        base, _ = own = (bars.spec.currency_base, bars.spec.currency_profit)
        total = _signed(returned(bars, span), currency == base) if currency in own else np.zeros(len(bars))
        count = np.full(len(bars), 1.0 if currency in own else 0.0)
        for name in sorted(bars.beside):
            pair = currencies(name)
            if currency in pair and name != bars.spec.name:
                moved, both = _beside(bars, name, span)
                # Where it has no bar nothing is added: adding 0 would make 0 of -0, and MQL5 does not.
                total = np.where(both > 0.0, total + _signed(moved, currency == pair[0]), total)
                count = count + both
        return ratio(total, count)

    return bars.once(("strength", currency, span), make)


def _signed(values: Column, positive: bool) -> Column:
    return values if positive else -values


def _formula(which: str, span: int) -> str:
    return (
        f"Mean return of the {which} currency over {span} bars, over the symbol and all pairs beside it that "
        f"have this currency and bars of exactly the times of the newest bar and of {span} bars before; "
        "signed so that more is stronger. Without pairs beside it is the symbol's own return."
    )


def _base(span: int) -> Feature:
    return Feature(
        name=f"strength_base_{span}",
        family="Strength",
        unit="ratio",
        look_back=span + 1,
        formula=_formula("base", span),
        source="ours: currency strength as an average over its pairs",
        compute=lambda bars: strength(bars, bars.spec.currency_base, span),
        mql=f"MfStrength(rates, at, {span}, symbol, base, profit, base, beside)",
        needs=("beside",),
    )


def _profit(span: int) -> Feature:
    return Feature(
        name=f"strength_profit_{span}",
        family="Strength",
        unit="ratio",
        look_back=span + 1,
        formula=_formula("profit", span),
        source="ours: currency strength as an average over its pairs",
        compute=lambda bars: strength(bars, bars.spec.currency_profit, span),
        mql=f"MfStrength(rates, at, {span}, symbol, base, profit, profit, beside)",
        needs=("beside",),
    )


FEATURES: Final = tuple(make(span) for span in (5, 20, 60) for make in (_base, _profit))

MQL: Final = """
// The place of the bar of this time, -1 where there is none.
int MfPlace(const MqlRates &rates[], const datetime time)
  {
   int low = 0;
   int high = ArraySize(rates);
   while(low < high)
     {
      int middle = (low + high) / 2;
      if(rates[middle].time < time)
         low = middle + 1;
      else
         high = middle;
     }
   if(low < ArraySize(rates) && rates[low].time == time)
      return low;
   return -1;
  }

// The mean return of a currency over 'span' bars: of our pair and of those beside, ordered by name.
double MfStrength(const MqlRates &rates[], const int at, const int span, const string symbol,
                  const string base, const string profit, const string currency, const MfPair &beside[])
  {
   double total = 0.0;
   double count = 0.0;
   if(currency == base || currency == profit)
     {
      total = MfReturn(rates, at, span);
      if(currency != base)
         total = -total;
      count = 1.0;
     }
   for(int i = 0; i < ArraySize(beside); i++)
     {
      if(beside[i].name == symbol || (beside[i].base != currency && beside[i].profit != currency))
         continue;
      int last = MfPlace(beside[i].rates, rates[at].time);
      int first = MfPlace(beside[i].rates, rates[at - span].time);
      if(last < 0 || first < 0)
         continue;
      double before = beside[i].rates[first].close;
      double moved = MfRatio(beside[i].rates[last].close - before, before, 0.0);
      if(beside[i].base != currency)
         moved = -moved;
      total = total + moved;
      count = count + 1.0;
     }
   return MfRatio(total, count, 0.0);
  }
"""
