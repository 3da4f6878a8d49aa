"""Whether the best inputs stand on a plateau or on a needle: what their neighbours on the grid are worth.

A rule that is about the market gives nearly as much when a number of it is moved a step; one that was fitted
to the past does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Final

import msgspec

from metafleet.engine.tester.optimising.space import Point, Space

PLATEAU: Final = 0.8
"""Of the best's value, kept by half of its neighbours. A judgement, as every such line."""

SLOPE: Final = 0.5


class Plateau(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The best's neighbours: points a step away in one or more numbers that were tried.

    median, worst: their scores, one that failed or had too few trades being the worst there is (None).
    *_kept: those as a share of the best's score, 1 being all of it; None where the best is worth nothing.
    """

    neighbours: int
    without_value: int
    median: float | None
    worst: float | None
    median_kept: float | None
    worst_kept: float | None
    verdict: str


def plateau_of(
    best: Point, scores: Mapping[Point, float | None], space: Space, *, is_less_better: bool = False
) -> Plateau:
    """Return what surrounds the best. scores: of all that was tried, more being better.

    is_less_better: the scores are values that are to be small, negated; a neighbour with twice the best's
    drawdown keeps half.
    """
    top = scores[best]
    near = [score for point, score in scores.items() if space.are_near(best, point)]
    known = sorted(score for score in near if score is not None)
    without = len(near) - len(known)
    if not near or top is None:
        return Plateau(
            neighbours=len(near),
            without_value=without,
            median=None,
            worst=None,
            median_kept=None,
            worst_kept=None,
            verdict="No neighbour of the best was tried, so nothing is known of what surrounds it.",
        )
    # Those without a value are worth less than any that has one.
    middle = median([-float("inf")] * without + known)
    held = None if middle == -float("inf") else middle
    lowest = None if without else known[0]
    made = Plateau(
        neighbours=len(near),
        without_value=without,
        median=held,
        worst=lowest,
        median_kept=_share(held, top, is_less_better),
        worst_kept=_share(lowest, top, is_less_better),
        verdict="",
    )
    return msgspec.structs.replace(made, verdict=_verdict(made))


def _share(score: float | None, top: float, is_less_better: bool) -> float | None:
    if score is None or (top >= 0 if is_less_better else top <= 0):
        return None
    return top / score if is_less_better else score / top


def _verdict(made: Plateau) -> str:
    count = f"its {made.neighbours} neighbours" if made.neighbours > 1 else "its one neighbour"
    if made.median is None:
        return f"A needle: most of {count} have no value at all (failed, or too few trades)."
    if made.median_kept is None:
        return "No share can be said: the best is worth nothing itself."
    keep = "keep" if made.neighbours > 1 else "keeps"
    share = f"{count} {keep} {100 * made.median_kept:.0f} % of the best's value in the middle"
    worst = f"{made.without_value} of them have none"
    if made.worst_kept is not None:
        worst = f"{100 * made.worst_kept:.0f} % at worst"
    if made.median_kept >= PLATEAU:
        return f"A plateau: {share}, {worst}."
    if made.median_kept >= SLOPE:
        return f"A slope: {share}, {worst}."
    return f"A needle: {share}, {worst}. A small change of the market is enough to lose it."
