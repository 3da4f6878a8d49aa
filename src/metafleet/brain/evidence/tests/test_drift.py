from __future__ import annotations

import numpy as np
import pytest

from metafleet.brain.evidence import (
    calibration_decay,
    hit_ratio,
    population_stability,
    reference_of,
    stability_word,
)
from metafleet.brain.model.card import Distribution


def test_the_index_is_reckoned_as_its_formula_says() -> None:
    reference = Distribution(name="x", edges=(0.0,), shares=(0.5, 0.5))
    values = np.array([-1.0, 1.0, 2.0, 3.0, np.nan])  # a quarter below, three above
    assert population_stability(reference, values) == pytest.approx(
        (0.25 - 0.5) * np.log(0.25 / 0.5) + (0.75 - 0.5) * np.log(0.75 / 0.5)
    )


def test_the_same_values_are_stable_and_moved_ones_are_not() -> None:
    random = np.random.default_rng(3)
    reference = reference_of("x", random.standard_normal(20_000))
    assert len(reference.edges) == 9
    assert reference.shares == pytest.approx([0.1] * 10)
    words = [
        stability_word(population_stability(reference, random.standard_normal(5_000) + shift))
        for shift in (0.0, 0.4, 1.5)
    ]
    assert words == ["stable", "moved", "moved_much"]


def test_a_feature_of_few_values_has_as_many_bins() -> None:
    reference = reference_of("weekday", np.repeat([0.0, 1.0, 2.0], [50, 30, 20]))
    assert reference.edges == (1.0, 2.0)
    assert reference.shares == pytest.approx((0.5, 0.3, 0.2))
    assert population_stability(reference, np.full(10, 7.0)) > 1
    assert reference_of("one", np.ones(9)).shares == (1.0,)


def test_nothing_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="no value is finite"):
        reference_of("x", np.array([np.nan, np.inf]))
    with pytest.raises(ValueError, match="no value is finite"):
        population_stability(reference_of("x", np.arange(9.0)), np.array([np.nan]))


def test_the_interval_of_a_hit_ratio_is_wilsons() -> None:
    found = hit_ratio(10, 20)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.2993, 0.7007), abs=1e-4)
    assert hit_ratio(0, 0).value is None
    none = hit_ratio(0, 10)
    assert none.low == pytest.approx(0.0)
    assert none.high == pytest.approx(0.2775, abs=1e-4)


def test_outcomes_that_overlap_tell_less() -> None:
    alone, many = hit_ratio(60, 100), hit_ratio(60, 100, overlap=10)
    assert alone.low is not None
    assert many.low is not None
    assert many.low < 0.35 < alone.low
    assert many.value == alone.value == 0.6


def test_right_probabilities_have_not_decayed_and_too_sure_ones_have() -> None:
    random = np.random.default_rng(11)
    truth = random.uniform(0.3, 0.7, 4_000)
    rose = random.uniform(size=4_000) < truth
    right = calibration_decay(truth, rose)
    assert not right.is_decayed
    assert right.log_loss == pytest.approx(right.expected_log_loss, abs=0.01)
    sure = calibration_decay(np.clip(0.5 + 2.2 * (truth - 0.5), 0.01, 0.99), rose)
    assert sure.is_decayed
    assert sure.z > 3
    assert sure.log_loss > sure.expected_log_loss


def test_decay_is_seldom_seen_where_there_is_none() -> None:
    random = np.random.default_rng(12)
    seen = 0
    for _ in range(300):
        p = random.uniform(0.35, 0.65, 200)
        seen += calibration_decay(p, random.uniform(size=200) < p).is_decayed
    assert seen <= 27  # 5 % of 300 is 15, and three deviations of that 11


def test_probabilities_that_are_none_are_refused() -> None:
    for p, y in (([0.5], [1, 0]), ([], []), ([1.0], [1])):
        with pytest.raises(ValueError, match="expected"):
            calibration_decay(np.array(p), np.array(y))
