"""Regimes: found where they were planted, by what was known then, and never by what came after."""

from __future__ import annotations

import numpy as np
import pytest

from metafleet.hub.advisor.analysis import NAMES, UNKNOWN, filtered, regimes, states
from metafleet.hub.advisor.tests.walks import bars, noise, planted


def test_planted_regimes_are_found_far_more_often_than_by_chance() -> None:
    rates, planned = planted()
    found = regimes(rates)
    known = found != UNKNOWN
    # A stretch is seen once the look-back is full of it.
    inside = np.array([len(set(planned[max(0, i - 24) : i + 1])) == 1 for i in range(len(planned))])
    assert np.mean(found[known & inside] == planned[known & inside]) > 0.75
    for name in NAMES:
        of_it = known & inside & (planned == name)
        assert np.mean(found[of_it] == name) > 0.5, name


def test_no_bar_hangs_on_a_later_one() -> None:
    rates, _ = planted()
    whole = filtered(rates)
    for place in (1_500, 2_100, 3_333):
        other = rates.copy()
        other[place:] = bars(noise(len(rates) - place, 5e-3, seed=9))
        other["time"] = rates["time"]
        shifted, cut = filtered(other), filtered(rates[:place])
        np.testing.assert_array_equal(shifted.probabilities[:place], whole.probabilities[:place])
        np.testing.assert_array_equal(cut.probabilities, whole.probabilities[:place])
        np.testing.assert_array_equal(cut.fitted_at, whole.fitted_at[:place])


def test_history_before_what_a_fit_sees_changes_nothing() -> None:
    rates = bars(noise(6_000), period_s=900)
    whole = filtered(rates)
    late = filtered(rates[2_000:])
    place = int(np.flatnonzero(late.trained_on == states.TRAINED_ON)[0])
    assert place < 3_000
    np.testing.assert_array_equal(late.probabilities[place:], whole.probabilities[2_000 + place :])


def test_a_fit_serves_from_its_boundary_on_and_probabilities_add_up() -> None:
    rates = bars(noise(3_000))
    found = filtered(rates)
    known = found.fitted_at > 0
    assert np.all(found.fitted_at[known] <= rates["time"][known])
    assert 1 < len(np.unique(found.fitted_at[known])) <= 9
    np.testing.assert_allclose(found.probabilities[known].sum(axis=1), 1.0, atol=1e-9)
    assert np.all(np.isnan(found.probabilities[~known]))
    assert set(found.labels) <= {*NAMES, UNKNOWN}


@pytest.mark.parametrize("count", [0, 1, 20, 21, 230])
def test_of_too_few_bars_nothing_is_said(count: int) -> None:
    assert set(regimes(bars(noise(count)))) <= {UNKNOWN}


def test_a_market_that_stands_still_is_no_error() -> None:
    assert UNKNOWN in set(regimes(bars(np.zeros(1_000))))


@pytest.mark.parametrize(
    ("efficiency", "log_volatility", "name"),
    [
        (0.0, 0.0, "ranging"),
        (0.3, 0.1, "trending up"),
        (-0.3, 0.1, "trending down"),
        (0.3, 0.5, "turbulent"),
        (0.1, -0.3, "calm"),
        (0.3, -0.3, "trending up"),
    ],
)
def test_a_state_is_called_after_where_it_lies(efficiency: float, log_volatility: float, name: str) -> None:
    assert states.name_of(efficiency, log_volatility) == name
