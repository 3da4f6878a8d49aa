"""The methods by name."""

from __future__ import annotations

from typing import Final, Literal, get_args

from metafleet.engine.tester.optimising.searches.asking import Search
from metafleet.engine.tester.optimising.searches.bayes import BayesSearch
from metafleet.engine.tester.optimising.searches.genetic import GeneticSearch
from metafleet.engine.tester.optimising.searches.grid import GridSearch
from metafleet.engine.tester.optimising.searches.sampling import RandomSearch
from metafleet.engine.tester.optimising.space import Space, SpaceRefused

Method = Literal["grid", "random", "genetic", "bayes"]

METHODS: Final[tuple[Method, ...]] = get_args(Method)

USUAL_TRIES: Final = 400
"""Of every method but the grid, which tries all."""

LARGEST_GRID: Final = 100_000
"""More combinations than anybody waits for by accident."""


def search_of(method: Method, space: Space, *, tries: int | None = None, seed: int = 0) -> Search:
    """Return a new search. tries: at most so many points; None for the usual. Raises SpaceRefused."""
    if tries is not None and tries < 1:
        raise SpaceRefused(f"the number of tries must be at least 1; found {tries}")
    match method:
        case "grid":
            return _grid(space, tries)
        case "random":
            return RandomSearch(space, tries or USUAL_TRIES, seed)
        case "genetic":
            return GeneticSearch(space, tries or USUAL_TRIES, seed)
        case "bayes":
            return BayesSearch(space, tries or USUAL_TRIES, seed)


def _grid(space: Space, tries: int | None) -> GridSearch:
    most = LARGEST_GRID if tries is None else tries
    allowed = space.count().allowed
    if allowed > most:
        raise SpaceRefused(
            f"the grid has {allowed} combinations, more than {most}: take larger steps, "
            "the method genetic, or allow as many tries"
        )
    return GridSearch(space)
