"""Deflated Sharpe ratios are those of the paper, and verdicts say what follows."""

from __future__ import annotations

import math
import random

import pytest

from metafleet.engine.tester.optimising.luck import (
    Moments,
    expected_maximum,
    luck_of,
    moments_of,
    probabilistic_sharpe,
)

PAPER = Moments(count=1250, mean=2.5 / math.sqrt(250), deviation=1.0, skewness=-3.0, kurtosis=10.0)
"""Bailey and López de Prado 2014, "A Numerical Example": 5 years of days, a Sharpe ratio of 2.5 a year."""

PAPER_VARIANCE = 1 / 2 / 250
"""Of the trials' Sharpe ratios: 1/2 a year, 250 days."""


def deflated(trials: int) -> float:
    return probabilistic_sharpe(
        PAPER.sharpe,
        periods=PAPER.count,
        skewness=PAPER.skewness,
        kurtosis=PAPER.kurtosis,
        benchmark=expected_maximum(trials, PAPER_VARIANCE),
    )


def test_the_papers_example_comes_out_as_in_the_paper() -> None:
    assert expected_maximum(100, PAPER_VARIANCE) == pytest.approx(0.1132, abs=5e-5)
    assert deflated(100) == pytest.approx(0.9004, abs=5e-5)
    assert deflated(46) == pytest.approx(0.9505, abs=5e-5)


def test_the_expected_maximum_is_that_of_noise() -> None:
    chance = random.Random(5)
    drawn = [max(chance.gauss(0, 2) for _ in range(200)) for _ in range(3000)]
    assert expected_maximum(200, 4.0) == pytest.approx(sum(drawn) / len(drawn), rel=0.02)


def test_one_try_is_not_deflated() -> None:
    assert expected_maximum(1, 1.0) == 0.0
    # By hand: SR 0.1, 101 days, normal: 0.1 * 10 / sqrt(1 + 0.1^2 / 2) = 0.99751; Z of it 0.84074.
    made = probabilistic_sharpe(0.1, periods=101, skewness=0.0, kurtosis=3.0)
    assert made == pytest.approx(0.84074, abs=1e-5)


def test_moments_are_those_worked_out_by_hand() -> None:
    # Mean 2; apart -1, -1, 2: squares 6, cubes 6, fourths 18; n = 3.
    made = moments_of([1.0, 1.0, 4.0])
    assert made is not None
    assert made.mean == 2.0
    assert made.deviation == pytest.approx(math.sqrt(3))
    assert made.skewness == pytest.approx(2 / 2**1.5)
    assert made.kurtosis == pytest.approx(6 / 4)
    assert moments_of([1.0]) is None


def test_the_best_of_noise_is_called_luck() -> None:
    chance = random.Random(11)
    tries = [moments_of([chance.gauss(0, 0.01) for _ in range(250)]) for _ in range(400)]
    known = [one for one in tries if one is not None]
    best = max(known, key=lambda one: one.sharpe)
    luck = luck_of(best, [one.sharpe for one in known])
    assert luck.psr is not None
    assert luck.dsr is not None
    assert luck.psr > 0.95
    assert luck.dsr < 0.95
    assert "of 400 tries the best of pure noise would have a Sharpe ratio of" in luck.verdict
    assert luck.verdict.split(":")[0] in {"Likely luck", "May be luck"}


def test_what_is_far_above_noise_is_hardly_luck() -> None:
    chance = random.Random(11)
    tries = [moments_of([chance.gauss(0, 0.01) for _ in range(250)]) for _ in range(30)]
    best = moments_of([chance.gauss(0.004, 0.01) for _ in range(250)])
    assert best is not None
    luck = luck_of(best, [one.sharpe for one in tries if one is not None] + [best.sharpe])
    assert luck.dsr is not None
    assert luck.dsr > 0.95
    assert luck.verdict.startswith("Hardly luck alone: of 31 tries")


def test_tries_without_a_ratio_are_chances_too() -> None:
    best = Moments(250, 0.1, 1.0, 0.0, 3.0)
    some = [0.1, 0.05, 0.0, -0.05, -0.1]
    few, many = luck_of(best, some), luck_of(best, some, tried=500)
    assert (few.trials, many.trials) == (5, 500)
    assert few.noise_sharpe is not None
    assert many.noise_sharpe is not None
    assert many.noise_sharpe > few.noise_sharpe


def test_little_is_said_of_few_days() -> None:
    luck = luck_of(Moments(7, 0.1, 1.0, 0.0, 3.0), [0.1, 0.2])
    assert (luck.dsr, luck.psr, luck.sharpe) == (None, None, None)
    assert (
        luck.verdict == "Whether this is luck cannot be said: there are 7 days, and at least 20 are needed."
    )
    assert "never changed" in luck_of(Moments(50, 0.0, 0.0, 0.0, 3.0), [0.0, 0.0]).verdict
