"""A bar's ticks: a path within the bar, the same each time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.market.records import Bar
from metafleet.engine.market.symbols import EURUSD
from metafleet.engine.market.ticks import bar_ticks, four_ticks, ticks_for_period

points = st.integers(100_000, 130_000)


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low, first, second, high = sorted(draw(st.tuples(points, points, points, points)))
    open_, close = draw(st.permutations((first, second)))
    spread = draw(st.none() | st.integers(0, 50))
    time_s = 60 * draw(st.integers(0, 40_000_000))
    return Bar(time_s, open_ / 1e5, high / 1e5, low / 1e5, close / 1e5, None, spread)


@given(bars(), st.sampled_from([60, 300, 3_600]))
def test_four_ticks_are_the_path_of_four(bar: Bar, period_s: int) -> None:
    assert four_ticks(EURUSD, bar, period_s) == bar_ticks(EURUSD, bar, period_s, 4)


@given(bars(), st.integers(1, 60), st.integers(0, 5), st.sampled_from([60, 300, 3_600]))
def test_the_path_stays_within_its_bar(bar: Bar, count: int, seed: int, period_s: int) -> None:
    ticks = bar_ticks(EURUSD, bar, period_s, count, seed)
    bids = [tick.bid for tick in ticks]
    times = [tick.time_msc for tick in ticks]
    assert len(ticks) == count
    assert times == sorted(times)
    assert bar.time_s * 1000 == times[0]
    assert times[-1] < (bar.time_s + period_s) * 1000
    assert all(bar.low <= bid <= bar.high for bid in bids)
    assert bids[-1] == bar.close
    assert all(tick.ask >= tick.bid and round(tick.ask, 5) == tick.ask for tick in ticks)
    if count >= 2:
        assert bids[0] == bar.open
    if count >= 4:
        assert (min(bids), max(bids)) == (bar.low, bar.high)


@given(bars(), st.integers(5, 40))
def test_the_same_bar_gives_the_same_ticks(bar: Bar, count: int) -> None:
    assert bar_ticks(EURUSD, bar, 60, count, 7) == bar_ticks(EURUSD, bar, 60, count, 7)


def test_another_seed_takes_another_path() -> None:
    bar = Bar(60_000_000, 1.1, 1.2, 1.0, 1.15)
    assert bar_ticks(EURUSD, bar, 60, 30, 1) != bar_ticks(EURUSD, bar, 60, 30, 2)


@pytest.mark.parametrize(("close", "path"), [(1.15, [1.1, 1.0, 1.2, 1.15]), (1.05, [1.1, 1.2, 1.0, 1.05])])
def test_four_ticks_pass_the_nearer_extreme_first(close: float, path: list[float]) -> None:
    ticks = bar_ticks(EURUSD, Bar(0, 1.1, 1.2, 1.0, close, None, 10), 60, 4)
    assert [tick.bid for tick in ticks] == path
    assert [tick.time_msc for tick in ticks] == [0, 15_000, 30_000, 45_000]
    assert ticks[0].ask == 1.1001


def test_a_live_market_moves_about_every_two_seconds() -> None:
    times = [tick.time_msc for tick in bar_ticks(EURUSD, Bar(0, 1.1, 1.2, 1.0, 1.15), 60, 30)]
    assert max(b - a for a, b in itertools.pairwise(times)) < 4_000


@pytest.mark.parametrize(
    ("per_bar", "period_s", "count"),
    [(4, 60, 4), (30, 300, 150), (4, 3_600, 240), (30, 86_400, 5_000), (1, 60, 1)],
)
def test_longer_bars_have_more_ticks(per_bar: int, period_s: int, count: int) -> None:
    assert ticks_for_period(per_bar, period_s) == count
