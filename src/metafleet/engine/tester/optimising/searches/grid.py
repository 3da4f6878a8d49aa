"""Every combination, in order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from metafleet.engine.tester.optimising.searches.asking import Scored
from metafleet.engine.tester.optimising.space import Point, Space

_ROUND: Final = 512
"""Points of a round; at its end the cores wait for its last job, so it is long."""


class GridSearch:
    """All points of the space that the EA allows."""

    def __init__(self, space: Space) -> None:
        self.most = space.count().allowed
        self._points = (point for point in space.points() if space.is_allowed(point))

    def ask(self) -> list[Point]:
        """Return the next points in order, the last dimension fastest."""
        return list(islice(self._points, _ROUND))

    def tell(self, scored: Sequence[Scored]) -> None:
        """Nothing is learnt: everything is tried anyway."""
