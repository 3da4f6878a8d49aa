from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.brain.labels import in_words, outcomes, uniqueness, volatility
from metafleet.brain.model import LabelSpec
from metafleet.engine.market.arrays import RATES, Array

LABEL = LabelSpec(horizon_bars=3, volatility_bars=2, upper=1.0, lower=1.0)


def bars_of(rows: list[tuple[float, float, float, float]]) -> Array:
    """Return bars of (open, high, low, close), an hour each."""
    rates = np.zeros(len(rows), RATES)
    rates["time"] = np.arange(len(rows)) * 3_600
    for name, values in zip(("open", "high", "low", "close"), zip(*rows, strict=True), strict=True):
        rates[name] = values
    return rates


def scene(*after: tuple[float, float, float, float]) -> tuple[Array, float]:
    """Return bars that move 1 % up and down before these, and the distance of a barrier from 100."""
    still = [(100.0, 101.0, 99.0, close) for close in (100.0, 101.0, 100.0)]
    flat = [(100.0, 100.0, 100.0, 100.0)] * 3
    rates = bars_of([*still, *after, *flat])
    width = float(volatility(rates["close"], 2)[2]) * 3**0.5
    return rates, width


STILL = (100.0, 100.2, 99.8, 100.0)


UP, DOWN = float(np.log(1.004)), float(np.log(0.996))


@pytest.mark.parametrize(
    ("after", "barrier", "rose", "exit_", "buys", "sells"),
    [
        ([STILL, (100, 103, 99.9, 102)], 1, True, 4, "width", "-width"),  # the upper barrier, on the way
        ([STILL, (100, 100.1, 97, 98)], -1, False, 4, "-width", "width"),  # the lower one
        ([STILL, STILL, (100, 100.5, 99.9, 100.4)], 0, True, 5, UP, -UP),  # neither, and up
        ([STILL, STILL, (100, 100.5, 99.5, 99.6)], 0, False, 5, DOWN, -DOWN),  # neither, and down
        ([STILL, (100, 103, 97, 101)], 2, True, 4, "-width", "-width"),  # both in one bar: both lose
    ],
)
def test_what_became_of_a_bar(
    after: list[Any], barrier: int, rose: bool, exit_: int, buys: str | float, sells: str | float
) -> None:
    rates, width = scene(*after)
    found = outcomes(rates, LABEL)
    assert found.known[2]
    assert (found.barriers[2], found.rose[2], found.exits[2]) == (barrier, rose, exit_)
    meant = {"width": width, "-width": -width}
    expected = [meant[side] if isinstance(side, str) else side for side in (buys, sells)]
    assert [found.buys[2], found.sells[2]] == pytest.approx([1e4 * side for side in expected], rel=1e-9)


def test_a_bar_that_opens_beyond_a_barrier_is_left_at_its_open() -> None:
    rates, width = scene(STILL, (104.0, 104.5, 103.0, 104.0))
    found = outcomes(rates, LABEL)
    assert found.barriers[2] == 1
    assert found.buys[2] == pytest.approx(1e4 * np.log(1.04))
    assert found.buys[2] > 1e4 * width
    down, _ = scene(STILL, (96.0, 104.5, 95.0, 104.0))  # it opens below, and rises over the upper one
    assert outcomes(down, LABEL).barriers[2] == -1
    assert outcomes(down, LABEL).buys[2] == pytest.approx(1e4 * np.log(0.96))


def test_a_forward_return_looks_at_the_end_only() -> None:
    rates, _ = scene(STILL, (100, 110, 90, 100), (100, 100.5, 99.9, 100.4))
    found = outcomes(rates, LabelSpec(kind="forward_return", horizon_bars=3, volatility_bars=2))
    assert (found.barriers[2], found.rose[2], found.exits[2]) == (0, True, 5)
    assert found.buys[2] == -found.sells[2] == pytest.approx(1e4 * np.log(1.004))


def test_bars_without_a_past_or_a_whole_future_have_no_outcome() -> None:
    rates, _ = scene(STILL, STILL, STILL)
    found = outcomes(rates, LABEL)
    # Two bars before there is a volatility, three behind whose horizon the bars end; prices that stand still
    # (from the fifth bar on) have no barriers.
    assert found.known.tolist() == [False] * 2 + [True] * 2 + [False] * 5
    assert np.isnan(found.buys[~found.known]).all()
    assert not outcomes(rates[:3], LABEL).known.any()


def walk(seed: int, count: int = 400) -> Array:
    random = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(random.standard_normal(count)) * 0.002)
    opens = np.concatenate(([100.0], closes[:-1])) * np.exp(random.standard_normal(count) * 2e-4)
    reach = np.abs(random.standard_normal((2, count))) * 0.2
    rates = np.zeros(count, RATES)
    rates["time"] = np.arange(count) * 3_600
    rates["open"], rates["close"] = opens, closes
    rates["high"], rates["low"] = np.maximum(opens, closes) + reach[0], np.minimum(opens, closes) - reach[1]
    return rates


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), place=st.integers(60, 340), horizon=st.integers(1, 30), data=st.data())
def test_a_label_looks_no_further_than_its_horizon(
    seed: int, place: int, horizon: int, data: st.DataObject
) -> None:
    """The look-ahead proof of labels: what lies behind the bar of the exit changes nothing."""
    label = LabelSpec(
        kind=data.draw(st.sampled_from(["triple_barrier", "forward_return"])),
        horizon_bars=horizon,
        volatility_bars=20,
        upper=data.draw(st.floats(0.2, 3)),
        lower=data.draw(st.floats(0.2, 3)),
    )
    rates, other = walk(seed), walk(seed + 1)
    found = outcomes(rates, label)
    assert found.known[place]
    end = int(found.exits[place])
    assert place < end <= place + horizon
    changed = rates.copy()
    changed[end + 1 :] = other[end + 1 :]
    again = outcomes(changed, label)
    assert again.exits[place] == end
    assert again.rose[place] == found.rose[place]
    assert (again.buys[place], again.sells[place]) == (found.buys[place], found.sells[place])
    # And the bars before: the volatility looks at closed ones only.
    earlier = rates.copy()
    earlier[: place - 20] = other[: place - 20]
    earlier["time"] = rates["time"]
    assert outcomes(earlier, label).buys[place] == pytest.approx(found.buys[place])


def slow(rates: Array, place: int, label: LabelSpec, width: float) -> tuple[int, int]:
    """The same, bar by bar, as somebody would who watches."""
    entry = rates["open"][place + 1]
    upper, lower = entry * np.exp(label.upper * width), entry * np.exp(-label.lower * width)
    for at in range(place + 1, place + label.horizon_bars + 1):
        opened, high, low = (float(rates[name][at]) for name in ("open", "high", "low"))
        if opened >= upper:
            return 1, at
        if opened <= lower:
            return -1, at
        if high >= upper and low <= lower:
            return 2, at
        if high >= upper:
            return 1, at
        if low <= lower:
            return -1, at
    return 0, place + label.horizon_bars


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), upper=st.floats(0.1, 2), lower=st.floats(0.1, 2))
def test_all_bars_at_once_are_as_bar_by_bar(seed: int, upper: float, lower: float) -> None:
    label = LabelSpec(horizon_bars=12, volatility_bars=20, upper=upper, lower=lower)
    rates = walk(seed)
    found, width = outcomes(rates, label), volatility(rates["close"], 20) * 12**0.5
    for place in np.flatnonzero(found.known)[::7].tolist():
        assert (found.barriers[place], found.exits[place]) == slow(rates, place, label, width[place])


def test_volatility_is_the_deviation_of_log_returns() -> None:
    closes = walk(1)["close"]
    made = volatility(closes, 20)
    assert np.isnan(made[:20]).all()
    assert made[20] == pytest.approx(np.std(np.diff(np.log(closes[:21]))))
    assert made[-1] == pytest.approx(np.std(np.diff(np.log(closes[-21:]))))


def test_uniqueness_is_the_mean_of_one_over_the_labels_alive() -> None:
    made = uniqueness(np.array([0, 1, 9]), np.array([3, 2, 9]))
    assert made == pytest.approx([(1 + 0.5 + 0.5 + 1) / 4, 0.5, 1.0])
    assert uniqueness(np.empty(0, int), np.empty(0, int)).shape == (0,)


@given(
    spans=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 15)), min_size=1, max_size=40),
    base=st.integers(0, 10_000),
)
def test_uniqueness_adds_up_to_the_bars_that_have_a_label(spans: list[tuple[int, int]], base: int) -> None:
    entries = np.array([begin for begin, _ in spans]) + base
    exits = entries + np.array([length for _, length in spans])
    made = uniqueness(entries, exits)
    assert ((made > 0) & (made <= 1 + 1e-12)).all()
    covered = {bar for begin, end in zip(entries, exits, strict=True) for bar in range(begin, end + 1)}
    assert float((made * (exits - entries + 1)).sum()) == pytest.approx(len(covered))


def test_a_label_can_be_said_in_words() -> None:
    assert in_words(LabelSpec(horizon_bars=24)) == (
        "which comes first from the next open within 24 bars: 1 × volatility up or 1 × down "
        "(the standard deviation of 100 bars, times √24)"
    )
    assert "24 bars after" in in_words(LabelSpec(kind="forward_return", horizon_bars=24))


@pytest.mark.parametrize("changes", [{"horizon_bars": 0}, {"volatility_bars": 1}, {"upper": 0.0}])
def test_a_label_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not from"):
        LabelSpec(**changes)
