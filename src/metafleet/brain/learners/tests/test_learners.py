from __future__ import annotations

import numpy as np
import pytest

from metafleet.brain.learners import line, trees
from metafleet.brain.learners.calibrating import calibrate
from metafleet.brain.model.model import logistic


def made(count: int, seed: int = 1) -> trees.Samples:
    """Return samples of four features, of which the second says something."""
    random = np.random.default_rng(seed)
    rows = random.standard_normal((count, 4)).astype(np.float32)
    rose = random.uniform(size=count) < logistic(0.8 * rows[:, 1].astype(np.float64))
    return trees.Samples(rows, rose, np.ones(count))


def test_calibration_finds_the_logistic_that_made_the_outcomes() -> None:
    random = np.random.default_rng(2)
    scores = random.standard_normal(20_000) * 3
    rose = random.uniform(size=20_000) < logistic(0.4 * scores - 0.2)
    found = calibrate(scores, rose, np.ones(20_000))
    assert (found.slope, found.intercept) == pytest.approx((0.4, -0.2), abs=0.03)


def test_scores_that_point_the_wrong_way_or_nowhere_say_nothing() -> None:
    random = np.random.default_rng(3)
    scores = random.standard_normal(5_000)
    rose = random.uniform(size=5_000) < logistic(-scores)
    weights = np.ones(5_000)
    for useless in (scores, np.full(5_000, 0.7)):
        found = calibrate(useless, rose, weights)
        assert found.slope == 0
        assert logistic(np.array([found.intercept]))[0] == pytest.approx(rose.mean())


def test_weights_count_as_so_many_samples() -> None:
    scores = np.array([-1.0, 0.5, 1.0, -0.5, 0.2, 1.5])
    rose = np.array([0, 1, 1, 1, 0, 0])
    times = np.array([3, 1, 2, 1, 1, 2])
    one = calibrate(scores, rose, times.astype(float))
    many = calibrate(np.repeat(scores, times), np.repeat(rose, times), np.ones(times.sum()))
    assert (one.slope, one.intercept) == pytest.approx((many.slope, many.intercept), rel=1e-6)


def test_a_line_is_standardised_clipped_and_penalised() -> None:
    samples = made(8_000)
    rows = samples.rows.copy()
    rows[:, 0] = 7.0  # one that never moves
    rows[:, 1] = 1_000 * rows[:, 1] + 50
    rows[5, 2] = 1e9  # one wild value
    found = line.fit(rows, samples.rose, samples.weights)
    assert found.clip == line.CLIP
    assert found.scales[0] == 1.0
    assert found.weights[0] == pytest.approx(0.0, abs=1e-6)
    assert 0.6 < found.weights[1] < 0.8  # less than the 0.8 that it was made by
    assert (line.fit(rows, samples.rose, samples.weights)) == found
    assert line.fit(rows, samples.rose, 9 * samples.weights).weights == pytest.approx(found.weights, rel=1e-6)


def test_trees_are_the_same_bytes_again_and_use_no_gaps() -> None:
    samples, settings = made(3_000), trees.TreeSettings(rounds=20)
    first = trees.fit(samples, 20, settings, 5)
    assert first.text == trees.fit(samples, 20, settings, 5).text
    assert first.text != trees.fit(samples, 20, settings, 6).text
    assert "[use_missing: 0]" in first.text
    assert first.width == 4


def test_the_best_number_of_trees_is_found_on_unseen_samples() -> None:
    booster, rounds = trees.search_rounds(made(4_000), made(4_000, 2), trees.TreeSettings(), 1)
    assert 5 < rounds <= 160
    scores = trees.scores(booster, made(4_000, 2).rows, rounds)
    assert np.corrcoef(scores, made(4_000, 2).rows[:, 1])[0, 1] > 0.8
    random = np.random.default_rng(1)
    noise = trees.Samples(made(4_000).rows, random.uniform(size=4_000) < 0.5, np.ones(4_000))
    other = trees.Samples(made(4_000, 2).rows, random.uniform(size=4_000) < 0.5, np.ones(4_000))
    assert trees.search_rounds(noise, other, trees.TreeSettings(), 1)[1] < rounds
