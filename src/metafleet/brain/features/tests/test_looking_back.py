"""No feature sees the future, and none sees further back than it says."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from metafleet.brain import features
from metafleet.brain.features.tests.markets import SPEC, beside, calendar, walk
from metafleet.engine.market.arrays import RATES
from metafleet.engine.market.symbols import SYMBOLS

BARS: Final = Path(__file__).resolve().parents[5] / ".." / "shared" / "data" / "bars"
ALL: Final = features.names()
DEPTH: Final = features.look_back(ALL)


def _matrix(rates: NDArray[Any], others: Any = None, events: Any = None) -> NDArray[np.float32]:
    return features.matrix(ALL, rates, spec=SPEC, beside=others, calendar=events)


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.tobytes() == other.tobytes()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), at=st.integers(0, 2 * DEPTH))
def test_what_comes_later_changes_no_bit(seed: int, at: int) -> None:
    count = 2 * DEPTH + 2
    rates, other = walk(seed, count), walk(seed + 99, count, price=1.7)
    others, events = beside(seed, count), calendar(seed, rates)
    before = _matrix(rates, others, events)
    for name in ("open", "high", "low", "close", "spread", "tick_volume", "real_volume"):
        rates[name][at + 1 :] = other[name][at + 1 :]
    rates["time"][at + 1 :] += 86_400
    for bars in others.values():
        later = bars["time"] > rates["time"][at]
        bars["close"][later] *= 1.3
        bars["time"][later] += 900
    after = _matrix(rates, others, events)
    for place, name in enumerate(ALL):
        assert _same(before[: at + 1, place], after[: at + 1, place]), name


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 3 * DEPTH))
def test_the_newest_row_is_that_of_the_matrix(seed: int, count: int) -> None:
    rates = walk(seed, count)
    others, events = beside(seed, count), calendar(seed, rates)
    newest = features.newest(ALL, rates, spec=SPEC, beside=others, calendar=events)
    assert _same(newest, _matrix(rates, others, events)[-1])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), counts=st.lists(st.integers(1, 2 * DEPTH), max_size=6))
def test_the_newest_rows_of_many_are_those_of_each(seed: int, counts: list[int]) -> None:
    rates = [walk(seed + place, count) for place, count in enumerate(counts)]
    specs = [list(SYMBOLS.values())[place % len(SYMBOLS)] for place in range(len(rates))]
    besides = [beside(seed, count) for count in counts]
    events = calendar(seed, walk(seed, DEPTH))
    many = features.newest_of(ALL, rates, specs=specs, besides=besides, calendar=events)
    assert many.shape == (len(rates), len(ALL))
    for row, own, spec, others in zip(many, rates, specs, besides, strict=True):
        assert _same(row, features.newest(ALL, own, spec=spec, beside=others, calendar=events))
    without = [name for name in ALL if not features.about(name).needs]
    for row, own, spec in zip(features.newest_of(without, rates, specs=specs), rates, specs, strict=True):
        assert _same(row, features.newest(without, own, spec=spec))


@pytest.mark.parametrize("name", ALL)
def test_a_feature_looks_exactly_as_far_back_as_it_says(name: str) -> None:
    """Of its look-back alone it says the same; with one bar less it says nothing."""
    rates = walk(5, DEPTH + 200)
    others, events = beside(5, len(rates)), calendar(5, rates)
    depth = features.about(name).look_back
    whole = features.matrix([name], rates, spec=SPEC, beside=others, calendar=events)
    assert np.isnan(whole[: depth - 1]).all()
    assert np.isfinite(whole[depth - 1 :]).all()
    for end in range(depth, len(rates), 37):
        alone = features.matrix([name], rates[end - depth : end], spec=SPEC, beside=others, calendar=events)
        assert _same(alone[-1], whole[end - 1])


@pytest.mark.parametrize("name", [name for name in ALL if features.about(name).look_back > 1])
def test_the_oldest_bar_of_the_look_back_counts(name: str) -> None:
    depth = features.about(name).look_back
    counted = False
    for seed in range(60):
        rates = walk(seed, depth)
        before = features.matrix([name], rates, spec=SPEC)[-1]
        for field in ("open", "high", "low", "close"):
            rates[field][0] *= 1.04 if seed % 2 else 0.96
        rates["high"][0] *= 1.001
        rates["spread"][0] += 3
        counted |= not _same(before, features.matrix([name], rates, spec=SPEC)[-1])
    assert counted


@pytest.mark.skipif(not BARS.exists(), reason="the developers' market data are not here")
def test_real_bars_say_the_same_whatever_came_before() -> None:
    with gzip.open(BARS / "EURUSD_H1_oanda.csv.gz", "rt") as file:
        table = np.genfromtxt(file, delimiter=",", names=True, max_rows=6_000)
    rates = np.zeros(len(table), RATES)
    for name in ("time", "open", "high", "low", "close", "spread"):
        rates[name] = table[name]
    whole = _matrix(rates)
    assert np.isfinite(whole[DEPTH - 1 :]).all()
    for end in range(DEPTH, len(rates), 97):
        assert _same(features.newest(ALL, rates[end - DEPTH : end], spec=SPEC), whole[end - 1])
