"""What a bar of an indicator costs, over a history and bar by bar, beside a bare Python call and pandas.

Prices are made up: a walk on a grid of points. A step is called with a bar's five values, as is the bare
call. Processor time, the least of a few: what other programs take of the machine is none of the indicator's.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from metafleet.engine.experts.indicators import (
    ADX,
    ATR,
    EMA,
    MACD,
    RSI,
    SMA,
    SMMA,
    WMA,
    Bollinger,
    Columns,
    Custom,
    Donchian,
    Highest,
    Indicator,
    Keltner,
    Momentum,
    StandardDeviation,
    Stochastic,
    WilderADX,
    WilderATR,
)

BARS, STEPS, TIMES = 1_000_000, 50_000, 3
AIM_WINDOWED_MS, AIM_CARRIED_MS = 60, 100
"""For a million bars."""


def main() -> None:
    columns = _made_up()
    rows = list(zip(*(column[:STEPS].tolist() for column in columns), strict=True))
    print(f"{BARS:,} bars; aims {AIM_WINDOWED_MS} ns a bar where windowed, {AIM_CARRIED_MS} where carried on")
    unit = _step_ns(_nothing, rows)
    print(f"  {'a bare Python call':<34} {'':>8} {unit:8.0f} ns a step")
    closes = pd.Series(columns.close)
    for period in (20, 200):
        spent = _over_ns(lambda: closes.rolling(period).mean())  # noqa: B023 - called at once
        print(f"  {f'pandas rolling({period}).mean()':<34} {spent:8.1f} ns a bar")
    for indicator in INDICATORS:
        over = _over_ns(lambda: indicator.over(columns))  # noqa: B023 - called at once
        step = _step_ns(indicator.begin().step, rows)
        line = f"  {_name(indicator):<34} {over:8.1f} ns a bar {step:8.0f} ns a step"
        print(f"{line}, {step / unit:4.1f} bare calls")


def _typical(columns: Columns) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return (columns.high + columns.low + columns.close) / 3.0


INDICATORS: Final[tuple[Indicator, ...]] = (
    *(SMA(20), SMA(200), WMA(20), ATR(14), StandardDeviation(20), Bollinger(), Highest(20), Donchian()),
    *(Stochastic(), Momentum(14), EMA(20), SMMA(14), WilderATR(14), RSI(), MACD(), Keltner()),
    *(ADX(), WilderADX(), Custom(_typical, 20)),
)


def _made_up() -> Columns:
    chance = np.random.default_rng(1)
    closes = 110_000 + np.cumsum(chance.integers(-3, 4, BARS))
    opens = np.concatenate((closes[:1], closes[:-1]))
    highs = np.maximum(opens, closes) + chance.integers(0, 3, BARS)
    lows = np.minimum(opens, closes) - chance.integers(0, 3, BARS)
    points = (opens, highs, lows, closes, np.full(BARS, 5_000_000))
    return Columns(*(np.round(column / 1e5, 5) for column in points))


def _over_ns(call: Callable[[], object]) -> float:
    """Return the quickest call, in nanoseconds a bar: as many as milliseconds for a million bars."""
    spent = []
    for _ in range(TIMES):
        began_ns = time.process_time_ns()
        call()
        spent.append(time.process_time_ns() - began_ns)
    return min(spent) / BARS


def _step_ns(
    step: Callable[[float, float, float, float, float], object],
    rows: list[tuple[float, ...]],
) -> float:
    """Return the quickest round's mean step, in nanoseconds."""
    spent = []
    for _ in range(TIMES):
        began_ns = time.process_time_ns()
        for open_, high, low, close, volume in rows:
            step(open_, high, low, close, volume)
        spent.append(time.process_time_ns() - began_ns)
    return min(spent) / len(rows)


def _nothing(_open: float, _high: float, _low: float, _close: float, _volume: float) -> None:
    return None


def _name(indicator: Indicator) -> str:
    if isinstance(indicator, Custom):
        return f"Custom, look_back {indicator.look_back}"
    values = (getattr(indicator, field.name) for field in dataclasses.fields(indicator))  # type: ignore[arg-type]
    return f"{type(indicator).__name__}({', '.join(str(value) for value in values)})"


if __name__ == "__main__":
    main()
