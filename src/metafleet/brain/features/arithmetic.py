"""Quotients, logarithms and sines that are the same bits wherever they are computed.

They are made of additions, multiplications, divisions and square roots alone, which IEEE 754 rounds in one
way. A library's logarithm and sine differ in their last bits between NumPy, C and MetaTrader, and between
processors.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.features.contract import Column

LN_2: Final = 0.6931471805599453
SQRT_HALF: Final = 0.7071067811865476
_STEP: Final = 2.0 * math.pi / 86_400
"""Radians that the sun moves in a second: 2 pi / 86400."""

_SINE: Final = tuple((-1) ** term / math.factorial(2 * term + 1) for term in reversed(range(11)))
"""The Taylor series of the sine up to x^21, good to the last bit or two up to pi / 2; highest power first."""

_DAY_S: Final = 86_400


def ratio(above: Column, below: Column, otherwise: float = 0.0) -> Column:
    """Return above / below where that is more than 0, `otherwise` elsewhere.

    Whoever calls must ignore what NumPy says of quotients by 0, as `matrix` does.
    """
    return np.where(below > 0.0, above / below, otherwise)


def ln(values: Column) -> Column:
    """Return the natural logarithm; 0 of what is not more than 0.

    Source: x = m 2^e with m from 0.71 to 1.41, ln x = e ln 2 + 2 (z + z^3/3 + z^5/5 + ...), z = (m-1)/(m+1);
    up to z^21, within 2e-16.
    """
    fits = values > 0.0
    part, power = np.frexp(np.where(fits, values, 1.0))
    small = part < SQRT_HALF
    part = np.where(small, part * 2.0, part)
    exponent = power.astype(np.float64) - small
    z = (part - 1.0) / (part + 1.0)
    square = z * z
    total = np.full_like(z, 1.0 / 21.0)
    for odd in range(19, 0, -2):
        total = total * square + 1.0 / odd
    return np.where(fits, exponent * LN_2 + 2.0 * z * total, 0.0)


def sine_of_day(seconds: NDArray[Any]) -> Column:
    """Return the sine of the sun's way since midnight. seconds: whole, of any day."""
    seconds = seconds % _DAY_S
    second_half = seconds >= _DAY_S // 2
    seconds = np.where(second_half, seconds - _DAY_S // 2, seconds)
    seconds = np.where(seconds > _DAY_S // 4, _DAY_S // 2 - seconds, seconds)
    x = seconds * _STEP
    square = x * x
    total = np.full_like(x, _SINE[0])
    for factor in _SINE[1:]:
        total = total * square + factor
    return np.where(second_half, -(total * x), total * x)


def _mql_sine() -> str:
    return "\n".join(f"   total = total * square + ({factor!r});" for factor in _SINE[1:])


MQL: Final = f"""
// above / below where that is more than 0, 'otherwise' elsewhere.
double MfRatio(const double above, const double below, const double otherwise)
  {{
   if(below > 0.0)
      return above / below;
   return otherwise;
  }}

// The natural logarithm by arithmetic alone: MathLog may differ in its last bit. 0 of what is not above 0.
double MfLn(const double value)
  {{
   if(!(value > 0.0))
      return 0.0;
   double part = value;
   double power = 0.0;
   // Halving and doubling are exact.
   while(part >= 1.0)
     {{
      part = part * 0.5;
      power = power + 1.0;
     }}
   while(part < {SQRT_HALF!r})
     {{
      part = part * 2.0;
      power = power - 1.0;
     }}
   double z = (part - 1.0) / (part + 1.0);
   double square = z * z;
   double total = 1.0 / 21.0;
   for(int odd = 19; odd > 0; odd -= 2)
      total = total * square + 1.0 / (double)odd;
   return power * {LN_2!r} + 2.0 * z * total;
  }}

// The sine of the sun's way since midnight, by arithmetic alone.
double MfSineOfDay(const long seconds)
  {{
   long left = seconds % 86400;
   bool secondHalf = left >= 43200;
   if(secondHalf)
      left = left - 43200;
   if(left > 21600)
      left = 43200 - left;
   double x = (double)left * {_STEP!r};
   double square = x * x;
   double total = {_SINE[0]!r};
{_mql_sine()}
   if(secondHalf)
      return -(total * x);
   return total * x;
  }}
"""
"""The same in MQL5."""
