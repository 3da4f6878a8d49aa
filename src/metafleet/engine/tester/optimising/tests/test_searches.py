"""Searches find the top of a known hill, ask for nothing twice and nothing that is refused."""

from __future__ import annotations

import math
import sys

import pytest

from metafleet.engine.tester.optimising.searches import METHODS, Method, Scored, search_of
from metafleet.engine.tester.optimising.space import Point, Space, SpaceRefused, space_of
from metafleet.engine.tester.optimising.tests.examples import Sample

WIDE = ["fast=5:50:1", "slow=10:100:1", "risk=0.1:5:0.1"]
"""209,300 combinations; the top of the hill is at 18, 63, 1.7."""


BRED_AND_DRAWN: tuple[Method, Method] = ("genetic", "random")


def hill(space: Space, point: Point) -> float:
    """One smooth top, and ripples that climbing alone would stay on."""
    at = space.inputs_at(point)
    fast, slow, risk = (float(at[name]) for name in ("fast", "slow", "risk"))
    away = ((fast - 18) / 45) ** 2 + ((slow - 63) / 90) ** 2 + ((risk - 1.7) / 5) ** 2
    return -away + 0.01 * math.cos(fast) * math.cos(slow)


def walked(method: Method, space: Space, tries: int | None, seed: int = 3) -> list[Scored]:
    search = search_of(method, space, tries=tries, seed=seed)
    seen: list[Scored] = []
    while points := search.ask():
        scored = [Scored(point, hill(space, point)) for point in points]
        search.tell(scored)
        seen += scored
    assert len(seen) <= search.most
    return seen


def best_of(seen: list[Scored]) -> float:
    return max(one.score for one in seen if one.score is not None)


@pytest.mark.parametrize("method", METHODS)
def test_a_search_asks_for_no_point_twice_and_for_none_that_is_refused(method: Method) -> None:
    if method == "bayes":
        pytest.importorskip("optuna")
    space = space_of(Sample, ["fast=5:25:5", "slow=10:30:5", "mode"])
    seen = walked(method, space, None)
    points = [one.point for one in seen]
    assert len(set(points)) == len(points)
    # 15 of 25 pairs are in order, and each goes with three modes: all methods end with all of them.
    assert set(points) == {point for point in space.points() if space.is_allowed(point)}
    assert len(points) == space.count().allowed == 45


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_goes_the_same_way(method: Method) -> None:
    if method == "bayes":
        pytest.importorskip("optuna")
    space = space_of(Sample, ["fast=5:30:1", "slow=10:40:1"])
    tries = None if method == "grid" else 60
    assert walked(method, space, tries) == walked(method, space, tries)
    if method != "grid":
        assert walked(method, space, tries) != walked(method, space, tries, seed=4)


def test_the_genetic_search_finds_the_top_of_a_hill() -> None:
    space = space_of(Sample, WIDE)
    bred, drawn = (
        [best_of(walked(method, space, 400, seed)) for seed in range(6)] for method in BRED_AND_DRAWN
    )
    # The top is at 0.0093; chance alone rarely comes above 0.
    assert min(bred) > 0.004
    assert sum(bred) > sum(drawn) + 6 * 0.004


def test_the_bayesian_search_finds_the_top_of_a_hill_in_fewer_tries() -> None:
    pytest.importorskip("optuna")
    space = space_of(Sample, WIDE)
    assert best_of(walked("bayes", space, 120)) > -0.01


def test_a_genetic_search_lives_with_tries_that_fail() -> None:
    space = space_of(Sample, ["fast=5:30:1", "slow=10:60:1"])
    search = search_of("genetic", space, tries=200, seed=1)
    best, asked = -math.inf, 0
    while points := search.ask():
        asked += len(points)
        # Only where fast is above 20 is there a value at all.
        scored = [
            Scored(one, hill(space, one) if int(space.varied_at(one)["fast"]) > 20 else None)
            for one in points
        ]
        search.tell(scored)
        best = max([best, *(one.score for one in scored if one.score is not None)])
    assert asked == 200
    top = max(
        hill(space, one)
        for one in space.points()
        if space.is_allowed(one) and int(space.varied_at(one)["fast"]) > 20
    )
    assert best == pytest.approx(top, abs=0.003)


def test_a_grid_that_is_too_large_is_refused_with_what_else_there_is() -> None:
    with pytest.raises(SpaceRefused, match="more than 100000: take larger steps, the method genetic"):
        search_of("grid", space_of(Sample, WIDE))
    with pytest.raises(SpaceRefused, match="more than 10:"):
        search_of("grid", space_of(Sample, ["slow=20:100:1"]), tries=10)


def test_random_tries_are_spread_over_the_whole_space() -> None:
    space = space_of(Sample, ["slow=11:100:1"])
    places = sorted(one.point[0] for one in walked("random", space, 30))
    assert len(places) == 30
    assert places[0] < 15
    assert places[-1] > 75


def test_without_optuna_the_method_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(
        SpaceRefused, match=r"pip install 'metafleet\[optimize\]', or take the method genetic"
    ):
        search_of("bayes", space_of(Sample, ["fast"]))
