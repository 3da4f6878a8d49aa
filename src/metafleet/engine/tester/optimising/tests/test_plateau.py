"""Plateau, slope and needle are told apart by what the best's neighbours are worth."""

from __future__ import annotations

import pytest

from metafleet.engine.tester.optimising.plateau import plateau_of
from metafleet.engine.tester.optimising.space import Point, space_of
from metafleet.engine.tester.optimising.tests.examples import Sample

SPACE = space_of(Sample, ["fast=5:15:5", "slow=20:40:10", "mode=a,b"])


def around(values: list[float | None]) -> dict[Point, float | None]:
    """The best, 100, at the corner (0, 0); its three neighbours; and what is no neighbour of it."""
    places: list[Point] = [(0, 1, 0), (1, 0, 0), (1, 1, 0)]
    near = dict(zip(places, values, strict=False))
    return {(0, 0, 0): 100.0, (2, 0, 0): -900.0, (0, 0, 1): -900.0, (0, 1, 1): -900.0, **near}


@pytest.mark.parametrize(
    ("values", "median", "worst", "verdict"),
    [
        (
            [90.0, 95.0, 80.0],
            0.9,
            0.8,
            "A plateau: its 3 neighbours keep 90 % of the best's value in the middle",
        ),
        ([60.0, 95.0, -20.0], 0.6, -0.2, "A slope: "),
        ([10.0, 95.0, -20.0], 0.1, -0.2, "A needle: "),
        ([None, 95.0, 90.0], 0.9, None, "A plateau: "),
        ([None, None, 90.0], None, None, "A needle: most of its 3 neighbours have no value at all"),
        ([70.0], 0.7, 0.7, "A slope: its one neighbour"),
        ([], None, None, "No neighbour of the best was tried"),
    ],
)
def test_the_neighbours_say_what_the_best_stands_on(
    values: list[float | None], median: float | None, worst: float | None, verdict: str
) -> None:
    made = plateau_of((0, 0, 0), around(values), SPACE)
    assert made.median_kept == pytest.approx(median)
    assert made.worst_kept == pytest.approx(worst)
    assert made.verdict.startswith(verdict)
    assert made.neighbours == len(values)


def test_no_share_is_said_of_a_best_that_loses() -> None:
    made = plateau_of((0, 0, 0), {(0, 0, 0): -5.0, (0, 1, 0): -6.0}, SPACE)
    assert (made.median, made.median_kept) == (-6.0, None)


def test_of_what_is_to_be_small_twice_as_much_keeps_half() -> None:
    made = plateau_of((0, 0, 0), {(0, 0, 0): -100.0, (0, 1, 0): -200.0}, SPACE, is_less_better=True)
    assert (made.median_kept, made.worst_kept) == (0.5, 0.5)
