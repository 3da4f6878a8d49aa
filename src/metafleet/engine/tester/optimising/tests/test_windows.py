"""Windows of a walk-forward never overlap out-of-sample and never look ahead."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.tester.optimising.windows import (
    DAY_S,
    MANNERS,
    Manner,
    Window,
    WindowsRefused,
    windows_of,
)


@given(
    begin=st.integers(0, 2_000_000_000),
    days=st.integers(1, 4_000),
    odd_s=st.integers(0, DAY_S - 1),
    count=st.integers(1, 20),
    ratio=st.integers(1, 8),
    manner=st.sampled_from(MANNERS),
)
def test_no_window_looks_ahead_or_overlaps(
    begin: int, days: int, odd_s: int, count: int, ratio: int, manner: Manner
) -> None:
    end = begin + days * DAY_S + odd_s
    try:
        windows = windows_of(begin, end, count, manner=manner, ratio=ratio)
    except WindowsRefused:
        assert days < count + ratio + 2
        return
    assert len(windows) == count
    for one in windows:
        assert begin <= one.begin_s < one.out_s < one.end_s <= end
        assert one.out_s - one.begin_s >= ratio * ((one.end_s - one.out_s) // DAY_S) * DAY_S
    for one, after in pairwise(windows):
        assert after.out_s == one.end_s
        assert (after.begin_s == one.begin_s) == (manner == "anchored")
    assert windows[-1].end_s == end


def test_rolling_windows_are_as_long_as_each_other() -> None:
    made = windows_of(0, 100 * DAY_S, 6, ratio=4)
    assert made[0] == Window(0, 40 * DAY_S, 50 * DAY_S)
    assert made[-1] == Window(50 * DAY_S, 90 * DAY_S, 100 * DAY_S)


def test_what_is_left_over_is_the_first_in_sample_stretch() -> None:
    made = windows_of(0, 105 * DAY_S, 6, ratio=4)
    assert made[0] == Window(0, 45 * DAY_S, 55 * DAY_S)


def test_too_short_a_time_is_refused() -> None:
    with pytest.raises(WindowsRefused, match="5 days are too few for 6 windows"):
        windows_of(0, 5 * DAY_S, 6)
    with pytest.raises(WindowsRefused, match="from 1 to 100; found 0"):
        windows_of(0, 500 * DAY_S, 0)
