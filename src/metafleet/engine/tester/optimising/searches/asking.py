"""What a search is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from metafleet.engine.tester.optimising.space import Point


class Scored(NamedTuple):
    """What a point was worth: more is better; None: it cannot be said (failed, or too few trades)."""

    point: Point
    score: float | None


class Search(Protocol):
    """A way through a space. Deterministic: the same answers lead to the same questions.

    most: at most so many points are asked for; what a run is announced with.
    """

    most: int

    def ask(self) -> list[Point]:
        """Return the next round, of points that the EA allows and that were not asked for before.

        Empty when the search is over. The round before must have been told.
        """

    def tell(self, scored: Sequence[Scored]) -> None:
        """Take what a round was worth, in the order in which it was asked for."""
