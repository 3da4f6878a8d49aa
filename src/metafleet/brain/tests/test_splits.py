from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metafleet.brain import splits

HOUR = 3_600


def spans(count: int, longest: int, seed: int) -> tuple[splits.Times, splits.Times]:
    """Return when samples open and their labels end: of a few symbols, in the order of the symbols."""
    random = np.random.default_rng(seed)
    times = np.sort(random.integers(0, 60 * 24, count)) * HOUR
    ends = times + random.integers(1, longest + 1, count) * HOUR
    order = random.permutation(count)
    return times[order], ends[order]


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    longest=st.integers(1, 80),
    folds=st.integers(2, 6),
    embargo=st.integers(0, 48),
)
def test_no_label_that_is_trained_on_overlaps_with_a_test(
    seed: int, longest: int, folds: int, embargo: int
) -> None:
    times, ends = spans(1_500, longest, seed)
    for window in splits.walk_forward(times, folds):
        cut = splits.before(window, times, ends, embargo * HOUR)
        tests = window.tests(times)
        assert tests.any()
        assert not (cut.train & tests).any()
        # No bar that a label of training looks at is the test's, or within the embargo before it.
        assert (ends[cut.train] < window.begin_s - embargo * HOUR).all()
        left_out = (times < window.begin_s) & ~cut.train
        assert cut.purged + cut.embargoed == left_out.sum()
        # And nothing else is left out: what was over in time is trained on.
        assert (ends[left_out] >= window.begin_s - embargo * HOUR).all()


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    longest=st.integers(1, 80),
    count=st.integers(2, 5),
    embargo=st.integers(0, 48),
)
def test_no_label_of_a_block_overlaps_with_what_it_is_scored_by(
    seed: int, longest: int, count: int, embargo: int
) -> None:
    times, ends = spans(600, longest, seed)
    tested = np.zeros(len(times), int)
    for train, test in splits.blocks(times, ends, count, embargo * HOUR):
        tested += test
        assume(train.any())
        first, last = times[test].min(), ends[test].max()
        before, after = train & (times < first), train & (times >= first)
        assert (ends[before] < first).all()
        assert (times[after] > last + embargo * HOUR).all()
    assert (tested == 1).all()


def test_tests_follow_each_other_without_a_gap_to_the_end() -> None:
    times, _ = spans(3_000, 10, 1)
    windows = splits.walk_forward(times, 5)
    assert [window.number for window in windows] == [1, 2, 3, 4, 5]
    assert all(one.end_s == other.begin_s for one, other in itertools.pairwise(windows))
    assert windows[-1].end_s == times.max() + 1
    assert all(window.begin_s % 86_400 == 0 for window in windows)
    counts = [int(window.tests(times).sum()) for window in windows]
    assert sum(counts) == pytest.approx(0.65 * 3_000, rel=0.03)
    assert max(counts) < 1.3 * min(counts)


def test_too_little_to_split_is_refused() -> None:
    with pytest.raises(splits.SplitRefused, match="too few for 5 folds"):
        splits.walk_forward(np.arange(400) * HOUR, 5)
    with pytest.raises(splits.SplitRefused, match="of too few days"):
        splits.walk_forward(np.arange(700) * 60, 5)
    with pytest.raises(splits.SplitRefused, match="at least 2"):
        splits.walk_forward(np.arange(700) * HOUR, 1)
