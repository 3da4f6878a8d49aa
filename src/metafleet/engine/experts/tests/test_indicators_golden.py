"""Indicators by values worked out by hand from their formulas."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import FrozenInstanceError
from math import nan, sqrt

import numpy as np
import pytest

from metafleet.engine.experts.indicators import (
    ADX,
    ATR,
    EMA,
    MACD,
    RSI,
    SMA,
    SMMA,
    WMA,
    Atr,
    Bollinger,
    Columns,
    Donchian,
    Ema,
    Highest,
    Indicator,
    IndicatorMisdeclared,
    Keltner,
    Lowest,
    Momentum,
    RateOfChange,
    StandardDeviation,
    Stochastic,
    WilderADX,
    WilderATR,
)

BARS = Columns(
    open=np.array([10.0, 11.0, 13.0, 12.0, 12.0, 15.0]),
    high=np.array([11.0, 13.0, 14.0, 13.0, 16.0, 15.0]),
    low=np.array([9.0, 10.0, 12.0, 11.0, 12.0, 12.0]),
    close=np.array([10.0, 12.0, 13.0, 11.0, 15.0, 12.0]),
    volume=np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
)


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (SMA(3), {"value": [nan, nan, 35 / 3, 12, 13, 38 / 3]}),
        (SMA(3, "high"), {"value": [nan, nan, 38 / 3, 40 / 3, 43 / 3, 44 / 3]}),
        (EMA(3), {"value": [nan, nan, 12, 11.5, 13.25, 12.625]}),
        (SMMA(2), {"value": [nan, 11, 12, 11.5, 13.25, 12.625]}),
        # Weights 1, 2, 3: (10 + 24 + 39) / 6 and so on.
        (WMA(3), {"value": [nan, nan, 73 / 6, 71 / 6, 80 / 6, 77 / 6]}),
        # True ranges 3, 2, 2, 5, 3 from the second bar on.
        (ATR(2), {"value": [nan, nan, 2.5, 2, 3.5, 4]}),
        (WilderATR(2), {"value": [nan, 2.5, 2.25, 2.125, 3.5625, 3.28125]}),
        # Changes +2 +1 -2 +4 -3; of the first two the averages are 1.5 and 0.
        (
            RSI(2),
            {"value": [nan, nan, 100, 100 * 0.75 / 1.75, 100 * 2.375 / 2.875, 100 * 1.1875 / 2.9375]},
        ),
        (
            MACD(1, 3, 2),
            {
                "macd": [nan, nan, 1, -0.5, 1.75, -0.625],
                "signal": [nan, nan, nan, 0.25, 0.625, 0.5625],
                "histogram": [nan, nan, nan, -0.75, 1.125, -1.1875],
            },
        ),
        (StandardDeviation(2), {"value": [nan, 1, 0.5, 1, 2, 1.5]}),
        (
            Bollinger(3, 1.5),
            {
                "upper": [nan, nan, 35 / 3 + 1.5 * sqrt(14 / 9), 12 + 1.5 * sqrt(2 / 3),
                          13 + 1.5 * sqrt(8 / 3), 38 / 3 + 1.5 * sqrt(26 / 9)],
                "middle": [nan, nan, 35 / 3, 12, 13, 38 / 3],
                "lower": [nan, nan, 35 / 3 - 1.5 * sqrt(14 / 9), 12 - 1.5 * sqrt(2 / 3),
                          13 - 1.5 * sqrt(8 / 3), 38 / 3 - 1.5 * sqrt(26 / 9)],
            },
        ),
        (
            Donchian(3),
            {
                "upper": [nan, nan, 14, 14, 16, 16],
                "middle": [nan, nan, 11.5, 12, 13.5, 13.5],
                "lower": [nan, nan, 9, 10, 11, 11],
            },
        ),
        # Lowest 9 10 11 11 12, highest 13 14 14 16 16 from the second bar on: (3+3)/(4+4), (3+0)/(4+3), …
        (
            Stochastic(2, 2, 2),
            {
                "k": [nan, nan, 75, 300 / 7, 50, 400 / 9],
                "d": [nan, nan, nan, (75 + 300 / 7) / 2, (300 / 7 + 50) / 2, (50 + 400 / 9) / 2],
            },
        ),
        (
            Keltner(3, 2.0, 2),
            {
                "upper": [nan, nan, 17, 15.5, 20.25, 20.625],
                "middle": [nan, nan, 12, 11.5, 13.25, 12.625],
                "lower": [nan, nan, 7, 7.5, 6.25, 4.625],
            },
        ),
        (Momentum(2), {"value": [nan, nan, 130, 1100 / 12, 1500 / 13, 1200 / 11]}),
        (RateOfChange(2), {"value": [nan, nan, 30, -100 / 12, 200 / 13, 100 / 11]}),
        (Highest(2), {"value": [nan, 13, 14, 14, 16, 16]}),
        (Lowest(3, "close"), {"value": [nan, nan, 10, 11, 11, 11]}),
        # +DM 2 1 0 3 0, -DM 0 0 1 0 0; period 1 averages nothing.
        (
            ADX(1),
            {
                "adx": [nan, nan, 100, 100, 100, 0],
                "plus_di": [nan, 200 / 3, 50, 0, 60, 0],
                "minus_di": [nan, 0, 0, 50, 0, 0],
            },
        ),
        # Weight 1/2 from 0: 100/3, 125/3, 125/6, (125/6 + 60)/2, half of that; 0, 0, 25, 12.5, 6.25.
        (
            ADX(3),
            {
                "adx": [nan] * 6,
                "plus_di": [nan, nan, nan, 125 / 6, 485 / 12, 485 / 24],
                "minus_di": [nan, nan, nan, 25, 12.5, 6.25],
            },
        ),
        # Averages of 2: ranges 2.5 2.25 3.625 3.3125, +DM 1.5 0.75 1.875 0.9375, -DM 0 0.5 0.25 0.125.
        (
            WilderADX(2),
            {
                "adx": [nan, nan, nan, 60, (60 + 1.625 / 2.125 * 100) / 2,
                        ((60 + 1.625 / 2.125 * 100) / 2 + 0.8125 / 1.0625 * 100) / 2],
                "plus_di": [nan, nan, 60, 75 / 2.25, 187.5 / 3.625, 93.75 / 3.3125],
                "minus_di": [nan, nan, 0, 50 / 2.25, 25 / 3.625, 12.5 / 3.3125],
            },
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, Indicator) else "",
)  # fmt: skip
def test_values_are_those_of_the_formula(indicator: Indicator, expected: dict[str, list[float]]) -> None:
    assert list(expected) == list(indicator.lines)
    for line, values in zip(indicator.over(BARS), expected.values(), strict=True):
        assert line.tolist() == pytest.approx(values, rel=1e-14, abs=1e-13, nan_ok=True)


def walk(length: int) -> Columns:
    chance = np.random.default_rng(11)
    closes = 1.1 + np.cumsum(chance.integers(-9, 10, length)) / 1e5
    opens = np.append(1.1, closes[:-1])
    highs = np.maximum(opens, closes) + chance.integers(0, 9, length) / 1e5
    lows = np.minimum(opens, closes) - chance.integers(0, 9, length) / 1e5
    return Columns(opens, highs, lows, closes, np.ones(length))


def test_carried_on_they_are_what_the_running_ones_give() -> None:
    """To EAs that feed `Ema` and `Atr` themselves; whatever bits they end in. Over many bars."""
    bars, ema, atr = walk(1_000), Ema(50), Atr(50)
    fed = [
        (ema.update(close), atr.update(high, low, close))
        for high, low, close in zip(bars.high, bars.low, bars.close, strict=True)
    ]
    series = list(zip(EMA(50).over(bars)[0], WilderATR(50).over(bars)[0], strict=True))
    assert series[49:] == [pytest.approx(values, rel=1e-12) for values in fed[49:]]


def test_wilders_average_gains_are_those_of_his_worksheet() -> None:
    """Over many bars, column by column: (before × 13 + now) / 14."""
    bars = walk(1_000)
    changes = np.diff(bars.close).tolist()
    gain = sum(max(change, 0.0) for change in changes[:14]) / 14
    loss = sum(max(-change, 0.0) for change in changes[:14]) / 14
    expected = [100 - 100 / (1 + gain / loss)]
    for change in changes[14:]:
        gain, loss = (gain * 13 + max(change, 0.0)) / 14, (loss * 13 + max(-change, 0.0)) / 14
        expected.append(100 - 100 / (1 + gain / loss))
    assert RSI(14).over(bars)[0][14:].tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("period", [1, 2, 3, 14, 63, 64, 200])
def test_windows_of_any_length_keep_to_their_formula(period: int) -> None:
    bars = walk(500)
    windows = np.lib.stride_tricks.sliding_window_view(bars.close, period)
    weights = np.arange(1, period + 1)
    for indicator, expected in (
        (SMA(period), windows.mean(axis=1)),
        (WMA(period), windows @ weights / weights.sum()),
        (StandardDeviation(period), windows.std(axis=1)),
        (Highest(period, "close"), windows.max(axis=1)),
        (Lowest(period, "close"), windows.min(axis=1)),
    ):
        assert indicator.over(bars)[0][period - 1 :] == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SMA(0), "SMA: period is 0; it must be a whole number of bars, 1 or more"),
        (lambda: EMA(2.5), "EMA: period is 2.5; it must be a whole number of bars, 1 or more"),  # type: ignore[arg-type]
        (lambda: RSI(True), "RSI: period is True"),
        (lambda: MACD(26, 12), "MACD: fast is 26 and slow 12; fast must be less than slow"),
        (lambda: MACD(12, 12), "fast must be less than slow"),
        (lambda: Bollinger(20, -1.0), "Bollinger: deviations is -1.0; it must be a number, 0 or more"),
        (lambda: Keltner(20, math.inf), "Keltner: ranges is inf"),
        (lambda: Stochastic(5, 3, 0), "Stochastic: slowing is 0"),
        (lambda: SMA(20, "middle"), "SMA: source is 'middle'; there are close, open, high, low, median"),  # type: ignore[arg-type]
    ],
)
def test_a_parameter_without_sense_is_refused(make: type[Indicator], words: str) -> None:
    with pytest.raises(
        IndicatorMisdeclared, match="^" + words.replace(".", r"\.") if ":" in words else words
    ):
        make()


def test_an_indicator_is_a_value() -> None:
    assert {SMA(20): 1}[SMA(20, "close")] == 1
    assert len({SMA(20), EMA(20), WMA(20), SMA(21), SMA(20, "open"), Highest(20), Lowest(20)}) == 7
    with pytest.raises(FrozenInstanceError):
        SMA(20).period = 3  # type: ignore[misc]


def test_a_runner_steps_without_numpy() -> None:
    program = (
        "import sys\n"
        "sys.modules['numpy'] = None\n"  # as where it is not installed
        "from metafleet.engine.experts import indicators\n"
        "for make in (indicators.RSI, indicators.MACD, indicators.Bollinger, indicators.WilderADX):\n"
        "    make().begin().step(1.0, 2.0, 0.5, 1.5, 9.0)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - this Python
