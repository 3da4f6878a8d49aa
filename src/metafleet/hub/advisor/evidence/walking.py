"""Walk-forward: inputs are chosen on one stretch, by what was known at its end, and judged on the next.

What is recommended are the inputs that the same rule chooses at the end of all bars; the evidence for them
is what the rule's earlier choices did afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.tester.optimising.windows import Window, WindowsRefused, windows_of
from metafleet.hub.advisor.evidence.outcomes import Outcome, joined, nothing

WINDOWS: Final = 9
RATIO: Final = 4
"""A year is nine stretches of four weeks, each chosen for on the sixteen weeks before it."""

FEWEST: Final = 8
"""Closed trades in-sample: of fewer nothing is chosen."""


class Step(msgspec.Struct, frozen=True, eq=False):
    """One stretch. chosen: the place of the set; None where none had earned anything. after: its trades."""

    window: Window
    chosen: int | None
    after: Outcome


class Walk(msgspec.Struct, frozen=True, eq=False):
    """after: all trades out of sample. chosen: what the rule chooses now; None: nothing. tried: sets."""

    steps: Sequence[Step]
    after: Outcome
    chosen: int | None
    tried: int


def walk(outcomes: Sequence[Outcome], begin_s: int, end_s: int) -> Walk:
    """Walk over the time from one second to before the other.

    outcomes: of each set of inputs over it. Only what had ended before `end_s` is looked at. Where the time
    is too short to be divided there is no step, and nothing chosen.
    """
    known = [one.known_at(end_s) for one in outcomes]
    try:
        windows = windows_of(begin_s, end_s, WINDOWS, ratio=RATIO)
    except WindowsRefused:
        return Walk([], nothing(), None, len(outcomes))
    steps = [_step(known, window) for window in windows]
    last = windows[-1]
    span_s = last.out_s - last.begin_s
    return Walk(
        steps, joined([one.after for one in steps]), best(known, end_s - span_s, end_s), len(outcomes)
    )


def _step(outcomes: Sequence[Outcome], window: Window) -> Step:
    place = best(outcomes, window.begin_s, window.out_s)
    after = nothing() if place is None else outcomes[place].between(window.out_s, window.end_s)
    return Step(window, place, after)


def best(outcomes: Sequence[Outcome], begin_s: int, out_s: int) -> int | None:
    """Return the place of the set with the highest t statistic of its net per trade; None: none is above 0.

    Only trades that were entered and over within the stretch count.
    """
    scores = [_score(one.between(begin_s, out_s).known_at(out_s).net) for one in outcomes]
    place = max(range(len(scores)), key=scores.__getitem__, default=None)
    return place if place is not None and scores[place] > 0 else None


def _score(net: NDArray[np.float64]) -> float:
    if len(net) < FEWEST:
        return -math.inf
    spread = float(net.std(ddof=1))
    return float(net.mean()) / spread * math.sqrt(len(net)) if spread > 0 else -math.inf
