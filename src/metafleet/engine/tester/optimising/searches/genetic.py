"""A genetic search, as MetaTrader's fast optimisation is: generations bred from those that did well.

Source: Goldberg, Genetic Algorithms in Search, Optimization and Machine Learning, 1989 (tournament, elitism);
Syswerda 1989 (uniform crossover).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from metafleet.engine.tester.optimising.searches.asking import Scored
from metafleet.engine.tester.optimising.searches.sampling import Unseen
from metafleet.engine.tester.optimising.space import Point, Space

ELITE: Final = 2
"""So many of the best live on unchanged."""

TOURNAMENT: Final = 3
"""So many are drawn, the best of which becomes a parent: more, and a lucky one soon is everybody's parent."""

_LARGEST: Final = 64
_SMALLEST: Final = 8
_GENERATIONS: Final = 12
"""What the tries are enough for; fewer generations learn little, more of them have few members."""

_FAR_JUMP: Final = 0.3
"""So often a mutated number goes anywhere; else a step or two, because good values lie together."""


_BREEDINGS: Final = 20
"""Attempts for one member that nobody has seen yet."""


class GeneticSearch:
    """Tournament, uniform crossover, mutation, elitism. What was tried is never asked for again."""

    def __init__(self, space: Space, tries: int, seed: int) -> None:
        self.most = min(tries, space.count().allowed)
        self.generation = 0
        self._space = space
        self._chance = random.Random(seed)
        self._unseen = Unseen(space, self._chance)
        self._size = max(_SMALLEST, min(_LARGEST, self.most // _GENERATIONS))
        self._left = self.most
        self._population: list[Scored] = []

    def ask(self) -> list[Point]:
        """Return the new members of the next generation."""
        wanted = min(self._size, self._left)
        bred = self._bred(wanted) if self._population else []
        members = bred + self._unseen.some(wanted - len(bred))
        self._left = self._left - len(members) if members else 0
        self.generation += bool(members)
        return members

    def tell(self, scored: Sequence[Scored]) -> None:
        """Let the generation live beside the best there were; who cannot be said is out."""
        elite = self._population[:ELITE]
        grown = [one for one in scored if one.score is not None]
        # Where nearly all fail, those of before stay: there is no other line to breed from.
        kept = elite if len(grown) >= ELITE else self._population
        self._population = sorted(kept + grown, key=_worth, reverse=True)

    def _bred(self, wanted: int) -> list[Point]:
        found: list[Point] = []
        for _ in range(wanted * _BREEDINGS):
            child = self._mutated(self._crossed(self._parent(), self._parent()))
            if self._space.is_allowed(child) and self._unseen.note(child):
                found.append(child)
            if len(found) == wanted:
                break
        return found

    def _parent(self) -> Point:
        drawn = [self._chance.choice(self._population) for _ in range(TOURNAMENT)]
        return max(drawn, key=_worth).point

    def _crossed(self, one: Point, other: Point) -> Point:
        return tuple(a if self._chance.random() < 0.5 else b for a, b in zip(one, other, strict=True))

    def _mutated(self, point: Point) -> Point:
        dimensions = self._space.dimensions
        rate = max(0.1, 1 / len(dimensions))
        values = list(point)
        for place, dimension in enumerate(dimensions):
            if self._chance.random() >= rate:
                continue
            if dimension.is_number and self._chance.random() >= _FAR_JUMP:
                moved = values[place] + self._chance.choice((-2, -1, 1, 2))
                values[place] = min(max(moved, 0), len(dimension.values) - 1)
            else:
                values[place] = self._chance.randrange(len(dimension.values))
        return tuple(values)


def _worth(one: Scored) -> float:
    return -float("inf") if one.score is None else one.score
