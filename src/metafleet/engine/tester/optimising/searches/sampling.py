"""Points by chance, none of them twice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from metafleet.engine.tester.optimising.searches.asking import Scored
from metafleet.engine.tester.optimising.space import COUNTED_AT_MOST, Point, Space

_ROUND: Final = 512

_DRAWS: Final = 200
"""Draws for one point in a space so large that nearly every one is new, before it counts as exhausted."""


class RandomSearch:
    """So many different points, each as likely as any other."""

    def __init__(self, space: Space, tries: int, seed: int) -> None:
        self.most = min(tries, space.count().allowed)
        self._draw = Unseen(space, random.Random(seed))
        self._left = self.most

    def ask(self) -> list[Point]:
        """Return the next points."""
        found = self._draw.some(min(self._left, _ROUND))
        self._left = self._left - len(found) if found else 0
        return found

    def tell(self, scored: Sequence[Scored]) -> None:
        """Nothing is learnt: each point is chosen whatever the others were worth."""


class Unseen:
    """Draws allowed points that nobody has seen yet."""

    def __init__(self, space: Space, chance: random.Random) -> None:
        self._space = space
        self._chance = chance
        self._seen: set[Point] = set()
        # A small space is shuffled: drawing from it would meet the same points over and over.
        self._shuffled: list[Point] | None = None
        if space.size <= COUNTED_AT_MOST:
            self._shuffled = [point for point in space.points() if space.is_allowed(point)]
            chance.shuffle(self._shuffled)

    def note(self, point: Point) -> bool:
        """Count a point as seen; say whether it was new."""
        is_new = point not in self._seen
        self._seen.add(point)
        return is_new

    def one(self) -> Point | None:
        """Return a new point and count it as seen; None where there seems to be none left."""
        if self._shuffled is not None:
            while self._shuffled:
                point = self._shuffled.pop()
                if self.note(point):
                    return point
            return None
        for _ in range(_DRAWS):
            point = self._space.random_point(self._chance)
            if point not in self._seen and self._space.is_allowed(point):
                self._seen.add(point)
                return point
        return None

    def some(self, count: int) -> list[Point]:
        """Return so many new points, fewer where no more are left."""
        found: list[Point] = []
        while len(found) < count and (point := self.one()) is not None:
            found.append(point)
        return found
