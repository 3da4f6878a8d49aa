"""What a person types becomes a space, or a sentence."""

from __future__ import annotations

import random

import pytest

from metafleet.engine.experts import InputRefused
from metafleet.engine.tester.optimising.space import SpaceRefused, space_of
from metafleet.engine.tester.optimising.tests.examples import Sample


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("fast=5:20:5", (5, 10, 15, 20)),
        ("fast=5:19:5", (5, 10, 15)),
        ("fast=5:15", (5, 10, 15)),
        ("fast", tuple(range(5, 51, 5))),
        ("fast=20,5,10", (5, 10, 20)),
        ("slow=28:30", (28, 29, 30)),
        ("risk=0.1:0.7:0.1", (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)),
        ("risk = 1 : 2 : 0.5", (1.0, 1.5, 2.0)),
        ("mode=b,a", ("b", "a")),
        ("mode", ("a", "b", "c")),
        ("is_loud", (False, True)),
        ("is_loud=true", (True,)),
    ],
)
def test_a_dimension_has_the_values_that_were_typed(text: str, values: tuple[object, ...]) -> None:
    (dimension,) = space_of(Sample, [text]).dimensions
    assert dimension.values == values
    assert {type(value) for value in dimension.values} == {type(values[0])}


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (["fats=5:20:5"], "fats: no such input; did you mean fast?"),
        (["fast=20:5:5"], "fast: the range goes from 20 down to 5; the lower end comes first"),
        (["fast=5:20:0"], "fast: the step must be more than 0; found 0"),
        (["fast=5:20:-5"], "fast: the step must be more than 0; found -5"),
        (["fast=5:20:0.5"], "fast: must be a whole number; found 5.5"),
        (["fast=5:60:5"], "fast: must be at most 50 bars; found 55"),
        (["fast=5:x:5"], "fast: x is no number; a range is FROM:TO:STEP"),
        (["fast=5:nan:5"], "fast: nan is no number; a range is FROM:TO:STEP"),
        (["fast=1:2:3:4"], "fast: a range is FROM:TO:STEP; found 1:2:3:4"),
        (["fast="], "fast: nothing is no number; a range is FROM:TO:STEP"),
        (["fast=5,5"], "fast: a value is there twice"),
        (["risk=0.1:1"], "risk has no step of its own; give one, as risk=1:10:1"),
        (["risk"], "risk has no range of its own; give one, as risk=1:10:1"),
        (["risk=0.1:1:0.00001"], "risk: 90001 values are too many (at most 10000); take a larger step"),
        (["mode=d"], "mode: must be one of a, b, c; found 'd'"),
        (["is_loud=maybe"], "is_loud: must be true or false; found 'maybe'"),
        (["fast", "fast=5:10:5"], "fast is asked for twice; give all of its values in one place"),
        ([], "there is nothing to search over; name an input and its range, as period=5:50:5"),
        (["fast=50", "slow=10:50:10"], "the EA refuses every one of the 5 combinations"),
    ],
)
def test_what_makes_no_space_is_refused_in_a_sentence(wanted: list[str], refusal: str) -> None:
    with pytest.raises((SpaceRefused, InputRefused)) as refused:
        space_of(Sample, wanted)
    assert str(refused.value) == refusal


def test_an_input_is_fixed_or_searched_over_and_not_both() -> None:
    assert space_of(Sample, ["fast"], {"slow": 80}).inputs_at((1,)) == {
        "fast": 10,
        "slow": 80,
        "risk": 0.5,
        "mode": "a",
        "is_loud": False,
    }
    with pytest.raises(SpaceRefused, match="fast cannot be both fixed and searched over"):
        space_of(Sample, ["fast"], {"fast": 10})


def test_combinations_that_the_ea_refuses_are_counted_and_left_out() -> None:
    space = space_of(Sample, ["fast=10:30:10", "slow=10:40:10"])
    assert (space.count().combinations, space.count().refused, space.count().is_exact) == (12, 6, True)
    allowed = [space.varied_at(point) for point in space.points() if space.is_allowed(point)]
    assert len(allowed) == space.count().allowed == 6
    assert all(int(one["fast"]) < int(one["slow"]) for one in allowed)


def test_a_large_space_is_counted_by_a_share_of_it() -> None:
    space = space_of(Sample, ["fast", "slow=10:100:1", "risk=0.01:5:0.01"])
    count = space.count()
    assert count.combinations == 10 * 91 * 500
    assert not count.is_exact
    exact = sum(fast >= slow for fast in range(5, 51, 5) for slow in range(10, 101)) / 910
    assert count.refused / count.combinations == pytest.approx(exact, abs=0.02)


def test_neighbours_lie_a_step_of_one_number_away_and_are_allowed() -> None:
    space = space_of(Sample, ["fast=10:30:10", "slow=20:40:10", "mode"])
    assert {tuple(space.varied_at(one).values()) for one in space.steps_from((0, 0, 1))} == {(10, 30, "b")}
    assert space.are_near((0, 0, 1), (1, 1, 1))
    assert not space.are_near((0, 0, 1), (2, 0, 1))
    assert not space.are_near((0, 0, 1), (0, 1, 2))
    assert not space.are_near((0, 0, 1), (0, 0, 1))


def test_random_points_reach_the_whole_space() -> None:
    space, chance = space_of(Sample, ["fast=5:15:5", "is_loud"]), random.Random(1)
    assert {space.random_point(chance) for _ in range(200)} == set(space.points())
