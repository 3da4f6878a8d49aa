"""Indicators: declared series for an EA, and what an EA feeds by itself.

A declared indicator, such as SMA(20) or Bollinger(20, 2.0), is computed at once over a history in the
tester and bar by bar when live, with the same values to the last bit. docs/reference/indicators.md lists
all; `contract` says what each promises.
"""

from metafleet.engine.experts.indicators.averages import EMA, SMA, SMMA, WMA
from metafleet.engine.experts.indicators.bands import Bollinger, Donchian, Keltner, StandardDeviation
from metafleet.engine.experts.indicators.contract import Columns, Indicator, IndicatorMisdeclared, Stepper
from metafleet.engine.experts.indicators.custom import Custom, FunctionRefused
from metafleet.engine.experts.indicators.direction import ADX, WilderADX
from metafleet.engine.experts.indicators.oscillators import MACD, RSI, Momentum, RateOfChange, Stochastic
from metafleet.engine.experts.indicators.ranges import ATR, Highest, Lowest, WilderATR
from metafleet.engine.experts.indicators.running import Atr, BarBuilder, Candle, Ema, RollingMean
from metafleet.engine.experts.indicators.sources import Source

__all__ = [
    "ADX",
    "ATR",
    "EMA",
    "MACD",
    "RSI",
    "SMA",
    "SMMA",
    "WMA",
    "Atr",
    "BarBuilder",
    "Bollinger",
    "Candle",
    "Columns",
    "Custom",
    "Donchian",
    "Ema",
    "FunctionRefused",
    "Highest",
    "Indicator",
    "IndicatorMisdeclared",
    "Keltner",
    "Lowest",
    "Momentum",
    "RateOfChange",
    "RollingMean",
    "Source",
    "StandardDeviation",
    "Stepper",
    "Stochastic",
    "WilderADX",
    "WilderATR",
]
