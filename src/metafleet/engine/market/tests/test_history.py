"""Bars of all timeframes out of a past and ticks, and ticks as they are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.market.arrays import (
    COPY_TICKS_ALL,
    COPY_TICKS_INFO,
    COPY_TICKS_TRADE,
    RATES,
    Array,
    count_before,
    counts_before,
)
from metafleet.engine.market.history import History, NoHistory, aggregated
from metafleet.engine.market.symbols import EURUSD
from metafleet.engine.market.timeframes import BY_NAME, D1, H1, M1, NAMES, open_s

BEGIN_S = 1_704_067_200
"""Monday 2024-01-01 00:00, where every timeframe but W1 has a border."""

Quote = tuple[int, float, float]
Row = tuple[Any, ...]


def _bars(count: int, period_s: int = 60, begin_s: int = BEGIN_S) -> Array:
    rows = [
        (begin_s + place * period_s, 1.1, 1.1 + place * 1e-5, 1.09, 1.1, 10 + place, 8 - place % 3, 0)
        for place in range(count)
    ]
    return np.array(rows, RATES)


def _expected(quotes: list[Quote], timeframe: int) -> list[Row]:
    """Group ticks by hand."""
    groups: dict[int, list[Quote]] = {}
    for quote in quotes:
        groups.setdefault(open_s(timeframe, quote[0] // 1000), []).append(quote)
    rows = []
    for time_s, group in groups.items():
        bids = [bid for _, bid, _ in group]
        spread = min(round((ask - bid) / EURUSD.point) for _, bid, ask in group)
        rows.append((time_s, bids[0], max(bids), min(bids), bids[-1], len(bids), spread, 0))
    return rows


_steps = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=40 * 86_400_000),
        st.integers(min_value=-50, max_value=50),
        st.integers(min_value=0, max_value=30),
    ),
    min_size=1,
    max_size=60,
)


@given(_steps, st.sampled_from(list(NAMES)), st.integers(min_value=0, max_value=59))
def test_bars_of_any_timeframe_are_their_ticks(
    steps: list[tuple[int, int, int]], timeframe: int, asked_at: int
) -> None:
    """Whenever a timeframe is first asked for, before, amid or after the ticks, its bars are the same."""
    history, quotes, time_msc = History(EURUSD), list[Quote](), BEGIN_S * 1000
    for place, (gap_msc, move, spread) in enumerate(steps):
        time_msc += gap_msc if place % 2 else gap_msc % 90_000
        bid = round(1.1 + move * 1e-5, 5)
        quotes.append((time_msc, bid, round(bid + spread * 1e-5, 5)))
        history.add(*quotes[-1])
        if place == asked_at:
            history.rates_from_pos(timeframe, 0, 1)
    assert history.rates_from_pos(timeframe, 0, 1_000).tolist() == _expected(quotes, timeframe)


@pytest.mark.parametrize("timeframe", [M1, 5, H1, D1, BY_NAME["W1"], BY_NAME["MN1"]])
def test_the_past_and_the_ticks_after_it_are_one(timeframe: int) -> None:
    """The first tick falls into the past's last minute, and goes on with it."""
    past = _bars(3_000)
    history = History(EURUSD, past)
    last_s = BEGIN_S + 2_999 * 60
    for place in range(200):
        history.add(last_s * 1000 + 30_000 + place * 7_000, 1.2, 1.20003)
    own = past.tolist()
    own[-1] = (last_s, 1.1, 1.2, 1.09, 1.2, own[-1][5] + 5, 3, 0)
    minutes = own + _expected([(last_s * 1000 + 30_000 + i * 7_000, 1.2, 1.20003) for i in range(5, 200)], M1)
    expected = aggregated(np.array(minutes, RATES), timeframe)
    assert history.rates_from_pos(timeframe, 0, 5_000).tolist() == expected.tolist()


@given(
    st.lists(st.integers(min_value=0, max_value=1 << 40), max_size=300),
    st.integers(min_value=-5, max_value=(1 << 40) + 5),
)
def test_a_place_is_found_however_times_are_spread(times: list[int], value: int) -> None:
    ascending = np.array(sorted(times), np.int64)
    for sought in {value, *times[:20]}:
        assert count_before(ascending, sought) == sum(time < sought for time in times)


@pytest.mark.parametrize("count", [0, 1, 99_999, 100_000, 131_072])
def test_places_are_found_together_as_one_by_one(count: int) -> None:
    rates = np.zeros(count, RATES)
    rates["time"] = np.cumsum(np.random.default_rng(count).integers(0, 3, count))
    values = np.arange(-2, 2 * count + 2, max(1, count // 300))
    expected = np.searchsorted(rates["time"], values)
    assert (counts_before(rates["time"], values) == expected).all()


def test_positions_count_back_from_the_forming_bar() -> None:
    history = History(EURUSD, _bars(100))
    history.add((BEGIN_S + 100 * 60) * 1000, 1.3, 1.30008)
    assert history.rates_from_pos(M1, 0, 1)["close"].tolist() == [1.3]
    times = history.rates_from_pos(M1, 1, 3)["time"] - BEGIN_S
    assert times.tolist() == [97 * 60, 98 * 60, 99 * 60]
    assert len(history.rates_from_pos(M1, 99, 50)) == 2
    with pytest.raises(NoHistory):
        history.rates_from_pos(M1, 101, 1)


def test_a_date_means_the_bar_that_holds_it() -> None:
    history = History(EURUSD, _bars(100))
    assert (history.rates_from(M1, BEGIN_S + 125, 2)["time"] - BEGIN_S).tolist() == [60, 120]
    assert (history.rates_from(M1, BEGIN_S + 120, 1)["time"] - BEGIN_S).tolist() == [120]
    assert (history.rates_from(M1, BEGIN_S + 10**7, 1)["time"] - BEGIN_S).tolist() == [99 * 60]
    with pytest.raises(NoHistory):
        history.rates_from(M1, BEGIN_S - 1, 1)


def test_a_span_includes_both_ends() -> None:
    history = History(EURUSD, _bars(100))
    history.add((BEGIN_S + 100 * 60) * 1000, 1.3, 1.30008)
    for begin, end, first, last in ((0, 120, 0, 2), (1, 119, 1, 1), (5_880, 99_999, 98, 100)):
        times = history.rates_range(M1, BEGIN_S + begin, BEGIN_S + end)["time"] - BEGIN_S
        assert times.tolist() == [60 * place for place in range(first, last + 1)]
    nothing = history.rates_range(M1, BEGIN_S - 600, BEGIN_S - 60)
    assert nothing.dtype == RATES
    assert len(nothing) == 0
    with pytest.raises(NoHistory):
        History(EURUSD).rates_range(M1, 0, BEGIN_S)


def test_a_terminal_looks_back_only_so_far() -> None:
    history = History(EURUSD, _bars(100), max_bars=10)
    assert len(history.rates_from_pos(M1, 0, 50)) == 10
    assert len(history.rates_range(M1, 0, BEGIN_S + 10**6)) == 10
    with pytest.raises(NoHistory):
        history.rates_from_pos(M1, 10, 1)
    with pytest.raises(NoHistory):
        history.rates_from(M1, BEGIN_S + 60, 1)


def test_what_is_returned_is_the_callers_own_and_cannot_be_written_to() -> None:
    past = _bars(10)
    history = History(EURUSD, past)
    rates = history.rates_from_pos(M1, 0, 5)
    assert rates.dtype == RATES
    assert rates.dtype.itemsize == 60
    assert rates.flags.owndata
    assert not rates.flags.writeable
    before = rates.tolist()
    history.add((BEGIN_S + 9 * 60) * 1000 + 1, 5.0, 5.1)
    past["open"] = 0
    assert rates.tolist() == before


def test_bars_of_an_hour_make_days_and_no_minutes() -> None:
    history = History(EURUSD, _bars(48, 3_600), timeframe=H1)
    assert (history.rates_from_pos(D1, 0, 9)["time"] - BEGIN_S).tolist() == [0, 86_400]
    with pytest.raises(NoHistory):
        history.rates_from_pos(M1, 0, 1)
    history.add((BEGIN_S + 47 * 3_600 + 600) * 1000, 1.5, 1.50001)
    assert len(history.rates_from_pos(M1, 0, 9)) == 1
    hour = history.rates_from_pos(H1, 0, 1)[0]
    assert (hour["time"], hour["high"], hour["tick_volume"], hour["spread"]) == (
        BEGIN_S + 47 * 3_600, 1.5, 58, 1,
    )  # fmt: skip


def test_ticks_say_which_side_changed() -> None:
    history = History(EURUSD)
    for place, (bid, ask) in enumerate(((1.1, 1.2), (1.1, 1.3), (1.15, 1.3), (1.15, 1.3))):
        history.add(1_000 * place + 1, bid, ask)
    ticks = history.ticks_from(0, 10, COPY_TICKS_ALL)
    assert ticks["flags"].tolist() == [6, 4, 2, 0]
    assert ticks["time"].tolist() == [0, 1, 2, 3]
    assert history.ticks_from(0, 10, COPY_TICKS_INFO)["time_msc"].tolist() == [1, 1_001, 2_001]
    assert len(history.ticks_from(0, 10, COPY_TICKS_TRADE)) == 0


def test_ticks_are_found_by_time_in_the_past_and_since() -> None:
    earlier = History(EURUSD)
    for place in range(10):
        earlier.add(place * 100, 1.1 + place, 1.2 + place)
    history = History(EURUSD, past_ticks=earlier.ticks_from(0, 10))
    for place in range(10, 20):
        history.add(place * 100, 1.1 + place, 1.2 + place)
    assert history.ticks_from(750, 4)["time_msc"].tolist() == [800, 900, 1_000, 1_100]
    assert history.ticks_range(900, 1_000, COPY_TICKS_INFO)["time_msc"].tolist() == [900, 1_000]
    assert len(history.ticks_from(5_000, 4)) == 0
    with pytest.raises(NoHistory):
        History(EURUSD).ticks_from(0, 1)


def test_old_ticks_go_and_the_newest_stay() -> None:
    history = History(EURUSD, kept_ticks=5_000)
    for place in range(60_000):
        history.add(place, 1.0 + place % 7, 2.0)
    ticks = history.ticks_from(0, 10**9)
    assert ticks["time_msc"][-1] == 59_999
    assert 5_000 <= len(ticks) <= 15_000
    assert np.all(np.diff(ticks["time_msc"]) == 1)
