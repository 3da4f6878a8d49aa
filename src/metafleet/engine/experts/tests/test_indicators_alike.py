"""Over a history and bar by bar, indicators give the same values to the last bit."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

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
    Donchian,
    Highest,
    Indicator,
    Keltner,
    Lowest,
    Momentum,
    RateOfChange,
    StandardDeviation,
    Stochastic,
    WilderADX,
    WilderATR,
)
from metafleet.engine.experts.indicators.sources import SOURCES, Source

BARS: Final = Path(__file__).resolve().parents[5] / ".." / "shared" / "data" / "bars"

WINDOWED: Final[tuple[Indicator, ...]] = (
    *(SMA(1), SMA(2), SMA(20), SMA(63), SMA(200, "typical")),
    *(WMA(1), WMA(7), WMA(20, "median"), WMA(64)),
    *(ATR(1), ATR(14)),
    *(Highest(1), Highest(5), Highest(16, "close"), Lowest(1), Lowest(21), Lowest(8, "open")),
    *(Donchian(1), Donchian(20)),
    *(StandardDeviation(1), StandardDeviation(10), StandardDeviation(31, "weighted")),
    *(Bollinger(), Bollinger(7, 1.5, "high")),
    *(Stochastic(), Stochastic(14, 1, 1), Stochastic(3, 5, 4)),
    *(Momentum(1), Momentum(14), RateOfChange(3, "low")),
)
CARRIED: Final[tuple[Indicator, ...]] = (
    *(EMA(1), EMA(12), EMA(50, "weighted"), SMMA(1), SMMA(14)),
    *(RSI(1), RSI(2), RSI(), MACD(), MACD(1, 2, 1), MACD(3, 10, 16, "typical")),
    *(WilderATR(1), WilderATR(14), ADX(1), ADX(), WilderADX(1), WilderADX()),
    *(Keltner(), Keltner(5, 1.0, 20, "median"), Keltner(30, 2.0, 1)),
)
ALL: Final = (*WINDOWED, *CARRIED)


def columns_of(rows: list[tuple[float, float, float, float, float]]) -> Columns:
    return Columns(*np.array(rows, dtype=np.float64).reshape(len(rows), 5).T.copy())


def stepped(indicator: Indicator, columns: Columns) -> list[bytes]:
    """Each line's values, bar by bar."""
    step = indicator.begin().step
    found = [step(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    lines = np.array(found, dtype=np.float64).reshape(len(found), len(indicator.lines))
    return bits(lines.T)


def bits(lines: Iterable[NDArray[np.float64]]) -> list[bytes]:
    """What is compared: a nan is a nan, whatever its sign."""
    return [np.where(np.isnan(line), np.nan, line).tobytes() for line in lines]


def assert_alike(indicator: Indicator, columns: Columns) -> None:
    lines = indicator.over(columns)
    assert [line.shape for line in lines] == [columns.close.shape] * len(indicator.lines)
    assert bits(lines) == stepped(indicator, columns), indicator
    rows = zip(*(line.tolist() for line in lines), strict=True)
    are_warm = [not any(map(math.isnan, row)) for row in rows]
    assert are_warm == [place >= indicator.warm_up for place in range(len(are_warm))], indicator


@st.composite
def histories(draw: st.DrawFn) -> Columns:
    """Random walks on a grid of prices: flat stretches, ties, gaps between bars, and both kinds of steps."""
    digits = draw(st.sampled_from((0, 2, 3, 5)))
    length = draw(st.integers(0, 300))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    width = draw(st.sampled_from((0, 1, 3, 400)))
    gaps = np.where(chance.random(length) < draw(st.sampled_from((0.0, 0.1))), 900, 0)
    moves = chance.integers(-width, width + 1, length) * chance.integers(0, 2, length) + gaps
    closes = 100_000 + np.cumsum(moves) - gaps // 2
    opens = closes - chance.integers(-width, width + 1, length)
    highs = np.maximum(opens, closes) + chance.integers(0, width + 1, length)
    lows = np.minimum(opens, closes) - chance.integers(0, width + 1, length)
    volumes = chance.integers(0, 50, length) * 10**digits
    points = (opens, highs, lows, closes, volumes)
    return Columns(*(np.round(column / 10**digits, digits) for column in points))


@settings(max_examples=100, deadline=None)
@given(columns=histories())
def test_a_step_gives_what_the_whole_history_gives(columns: Columns) -> None:
    for indicator in ALL:
        assert_alike(indicator, columns)


@pytest.mark.parametrize("indicator", ALL, ids=str)
def test_long_histories_are_alike_in_all_their_stretches(indicator: Indicator) -> None:
    """Longer than what is worked on at a time."""
    chance = np.random.default_rng(7)
    closes = 1.1 + np.cumsum(chance.integers(-3, 4, 17_000)) / 1e5
    columns = Columns(closes, closes + 2e-5, closes - 1e-5, closes + 1e-5, closes)
    assert bits(indicator.over(columns)) == stepped(indicator, columns)


def test_what_is_windowed_says_so() -> None:
    assert all(indicator.is_windowed for indicator in WINDOWED)
    assert not any(indicator.is_windowed for indicator in CARRIED)


@settings(max_examples=40, deadline=None)
@given(columns=histories(), start=st.integers(0, 120))
def test_a_window_knows_nothing_of_what_was_before_it(columns: Columns, start: int) -> None:
    late = Columns(*(column[start:] for column in columns))
    for indicator in WINDOWED:
        first = indicator.warm_up
        whole = [line[start + first :] for line in indicator.over(columns)]
        assert bits(whole) == bits(line[first:] for line in indicator.over(late)), indicator


@settings(max_examples=40, deadline=None)
@given(columns=histories(), count=st.integers(0, 300))
def test_a_value_knows_nothing_of_the_future(columns: Columns, count: int) -> None:
    known = min(count, len(columns.close))
    other = Columns(*(np.concatenate((column[:known], column[known:] * 1.5 + 3.0)) for column in columns))
    for indicator in ALL:
        one, another = indicator.over(columns), indicator.over(other)
        assert bits(line[:known] for line in one) == bits(line[:known] for line in another), indicator


@pytest.mark.parametrize("price", [1.1, 0.7, 1234.56, 3.3e-5])
def test_a_flat_market_has_flat_figures(price: float) -> None:
    flat = columns_of([(price,) * 5] * 150)
    for average in (SMA(14), WMA(15), EMA(9), SMMA(7), Highest(5), Lowest(5)):
        assert set(average.over(flat)[0][average.warm_up :].tolist()) == {price}, average
    for nothing in (StandardDeviation(31), ATR(14), WilderATR(14), ADX(), WilderADX(), RateOfChange(3)):
        assert set(nothing.over(flat)[0][nothing.warm_up :].tolist()) == {0.0}, nothing
    assert [line[-1] for line in Bollinger(15).over(flat)] == [price] * 3
    assert RSI().over(flat)[0][-1] == 50.0


@pytest.mark.parametrize("source", SOURCES)
def test_every_price_of_a_bar_can_be_the_source(source: Source) -> None:
    bars = columns_of([(1.0, 8.0, 0.5, 4.0, 9.0), (2.0, 6.0, 1.5, 3.0, 9.0)])
    expected = {
        "open": 2.0, "high": 6.0, "low": 1.5, "close": 3.0, "median": 3.75, "typical": 3.5, "weighted": 3.375
    }  # fmt: skip
    assert SMA(1, source).over(bars)[0][1] == expected[source]
    assert_alike(EMA(2, source), bars)


@pytest.mark.skipif(
    not BARS.exists(), reason="the developer data set ../shared/data is not beside the repository"
)
@pytest.mark.parametrize("name", ["EURUSD_M1_2018-2019", "XAUUSD_H1_ejtrader", "USDJPY_D1_ejtrader"])
def test_real_bars_are_alike(name: str) -> None:
    with gzip.open(BARS / f"{name}.csv.gz", "rt") as file:
        rows = [next(csv.reader([line])) for _, line in zip(range(4_000), file, strict=False)][1:]
    columns = columns_of([tuple(float(field or 0) for field in row[1:6]) for row in rows])  # type: ignore[misc]
    assert len(columns.close) > 1_000
    for indicator in ALL:
        assert_alike(indicator, columns)
    means = SMA(20).over(columns)[0]
    for place in range(19, len(means), 97):
        exact = math.fsum(columns.close[place - 19 : place + 1]) / 20
        assert means[place] == pytest.approx(exact, rel=4e-16)
