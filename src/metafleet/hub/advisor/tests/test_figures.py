"""Pure figures of markets: persistence with its interval, correlation, sessions."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from metafleet.hub.advisor.analysis.hours import sessions
from metafleet.hub.advisor.analysis.persistence import hurst
from metafleet.hub.advisor.analysis.relations import correlations
from metafleet.hub.advisor.tests.walks import bars, noise


def walk(changes: np.ndarray) -> np.ndarray:
    prices: np.ndarray = np.exp(np.cumsum(changes))
    return prices


def test_of_a_random_walk_the_interval_holds_a_half_as_often_as_it_says() -> None:
    found = [hurst(walk(noise(1_000, seed=seed))) for seed in range(200)]
    held = np.mean([one is not None and one.low <= 0.5 <= one.high for one in found])
    assert 0.90 <= held <= 0.99


@pytest.mark.parametrize(("persistence", "sign"), [(0.4, 1), (-0.4, -1)])
def test_changes_that_go_on_or_turn_back_are_told_apart(persistence: float, sign: int) -> None:
    told = 0
    for seed in range(20):
        changes = noise(1_000, seed=seed)
        for place in range(1, len(changes)):
            changes[place] += persistence * changes[place - 1]
        found = hurst(walk(changes))
        assert found is not None
        told += found.low > 0.5 if sign > 0 else found.high < 0.5
    assert told >= 18


def test_of_too_few_changes_or_none_nothing_is_said() -> None:
    assert hurst(walk(noise(150))) is None
    assert hurst(np.ones(500)) is None


def test_correlations_are_numpys_over_bars_in_common_with_an_interval() -> None:
    common, own, other = noise(500), noise(500, seed=2), noise(500, seed=3)
    one, two = bars(common + own), bars(-common + 0.2 * other)
    found = correlations({"A": one, "B": two[np.arange(500) % 7 != 0]}, 300)
    times = np.intersect1d(one["time"], two["time"][np.arange(500) % 7 != 0])[-301:]
    closes = [np.log(rates["close"][np.isin(rates["time"], times)]) for rates in (one, two)]
    wanted = np.corrcoef(np.diff(closes[0]), np.diff(closes[1]))[0, 1]
    assert found.values[0, 1] == pytest.approx(wanted)
    assert found.low[0, 1] < wanted < found.high[0, 1] < -0.4
    assert found.values[0, 0] == pytest.approx(1.0)
    assert found.changes == 300


def test_of_too_few_bars_in_common_there_are_no_correlations() -> None:
    late = bars(noise(100), begin_s=1_800_000_000)
    found = correlations({"A": bars(noise(100)), "B": late}, 300)
    assert np.isnan(found.values).all()
    assert correlations({}, 300).names == ()


@pytest.mark.parametrize(
    ("at", "are_open"),
    [
        (datetime(2024, 1, 10, 14, tzinfo=UTC), ["London", "New York"]),
        # In July London opens at seven and New York at twelve, UTC.
        (datetime(2024, 7, 10, 7, 30, tzinfo=UTC), ["Tokyo", "London"]),
        (datetime(2024, 1, 10, 23, tzinfo=UTC), ["Sydney"]),
        (datetime(2024, 1, 13, 14, tzinfo=UTC), []),
    ],
)
def test_sessions_follow_their_places_clocks(at: datetime, are_open: list[str]) -> None:
    found = sessions(at)
    assert [one.name for one in found if one.is_open] == are_open
    for one in found:
        assert one.opens_at < one.closes_at
        assert one.is_open == (one.opens_at <= at < one.closes_at)
        assert at < one.closes_at
