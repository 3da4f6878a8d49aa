"""Indicators by a function of one's own: held to what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from metafleet.engine.experts.indicators import ATR, Columns, Custom, FunctionRefused, IndicatorMisdeclared
from metafleet.engine.experts.indicators.contract import PIECE

Array = NDArray[np.float64]


def bars(length: int, seed: int = 3) -> Columns:
    chance = np.random.default_rng(seed)
    closes = 1.1 + np.cumsum(chance.integers(-9, 10, length)) / 1e5
    return Columns(closes - 1e-5, closes + 3e-5, closes - 4e-5, closes, np.full(length, 7.0))


def body(columns: Columns) -> Array:
    return np.abs(columns.close - columns.open) / (columns.high - columns.low)


def weighted_change(columns: Columns) -> Array:
    """Needs three bars."""
    made = np.zeros(len(columns.close))
    made[2:] = (columns.close[2:] - columns.close[:-2]) * columns.volume[1:-1]
    return made


def envelope(columns: Columns) -> tuple[Array, Array]:
    made = np.zeros((2, len(columns.close)))
    made[:, 1:] = (
        np.maximum(columns.high[1:], columns.high[:-1]),
        np.minimum(columns.low[1:], columns.low[:-1]),
    )
    return made[0], made[1]


def from_tomorrow(columns: Columns) -> Array:
    return np.append(columns.close[1:], columns.close[-1])


def share_of_all(columns: Columns) -> Array:
    """The whole history's highest is a future, too."""
    highest: float = columns.close.max()
    return columns.close / highest


def running_mean(columns: Columns) -> Array:
    sums = np.cumsum(columns.close)
    made = np.zeros(len(sums))
    made[5:] = (sums[5:] - sums[:-5]) / 5
    return made


@settings(max_examples=30, deadline=None)
@given(length=st.integers(0, 40), seed=st.integers(0, 99))
@pytest.mark.parametrize(
    "indicator",
    [
        Custom(body, 1),
        Custom(weighted_change, 3),
        Custom(weighted_change, 8),
        Custom(envelope, 2, ("up", "down")),
    ],
    ids=["body", "change", "change 8", "envelope"],
)
def test_live_it_gives_what_the_whole_history_gives(indicator: Custom, length: int, seed: int) -> None:
    columns = bars(length, seed)
    step = indicator.begin().step
    steps = [step(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    lines = np.array(steps, dtype=np.float64).reshape(length, len(indicator.lines)).T
    over = np.array(indicator.over(columns))
    assert over.tobytes() == np.ascontiguousarray(lines).tobytes()
    are_hidden = [any(map(math.isnan, row)) for row in over.T.tolist()]
    assert are_hidden == [place < indicator.warm_up for place in range(length)]


@pytest.mark.parametrize(
    ("indicator", "words"),
    [
        (Custom(weighted_change, 2), "weighted_change depends on an older past: its value at bar"),
        (Custom(running_mean, 6), "running_mean depends on an older past"),
        (Custom(from_tomorrow, 5), "from_tomorrow depends on the future"),
        (Custom(share_of_all, 30), "share_of_all depends on the future"),
    ],
    ids=["too short", "running sum", "tomorrow", "whole history"],
)
def test_what_sees_beyond_its_bars_is_refused(indicator: Custom, words: str) -> None:
    with pytest.raises(FunctionRefused, match=words):
        indicator.over(bars(500))


def test_what_is_no_series_is_refused() -> None:
    with pytest.raises(FunctionRefused, match=r"shape \(9,\) for value; expected \(10,\)"):
        Custom(lambda columns: columns.close[1:], 2).over(bars(10))
    with pytest.raises(FunctionRefused, match="returned 2 arrays; its lines are value"):
        Custom(envelope, 2).over(bars(10))
    with pytest.raises(IndicatorMisdeclared, match="Custom: look_back is 0"):
        Custom(body, 0)
    with pytest.raises(IndicatorMisdeclared, match="it must be a function"):
        Custom(3, 5)  # type: ignore[arg-type]


def test_the_columns_stay_as_they_are() -> None:
    columns = bars(10)
    Custom(lambda given: given.close, 4).over(columns)
    assert not np.isnan(columns.close).any()


def test_the_same_function_is_the_same_series() -> None:
    assert len({Custom(body, 3), Custom(body, 3), Custom(body, 4), Custom(weighted_change, 3)}) == 3


def reaches(columns: Columns) -> tuple[Array, Array]:
    """The highest and the lowest of 50 bars; it looks a bar back at the closes."""
    before = np.concatenate((columns.close[:1], columns.close[:-1]))
    made = []
    for values, most in (
        (np.maximum(columns.high, before), np.max),
        (np.minimum(columns.low, before), np.min),
    ):
        line = np.zeros(len(values))
        line[48:] = most(np.lib.stride_tricks.sliding_window_view(values, 49), axis=1)
        made.append(line)
    return made[0], made[1]


@pytest.mark.parametrize("length", [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 60])
def test_a_history_in_pieces_has_the_values_of_the_whole(length: int) -> None:
    history = bars(length)
    for line, whole in zip(Custom(reaches, 50, ("high", "low")).over(history), reaches(history), strict=True):
        assert np.isnan(line[:49]).all()
        np.testing.assert_array_equal(line[49:], whole[49:])
    later = ATR(14).over(history.cut(length - 100, length))[0]
    np.testing.assert_array_equal(ATR(14).over(history)[0][-80:], later[-80:])


def running(columns: Columns) -> Array:
    summed: Array = np.cumsum(columns.close)
    return summed


def test_a_sum_that_runs_on_is_refused_behind_the_first_piece_too() -> None:
    with pytest.raises(FunctionRefused, match="depends on an older past"):
        Custom(running, 5).over(bars(3 * PIECE))
