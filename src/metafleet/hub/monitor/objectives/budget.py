"""What is left of an objective's budget, and how fast it burns: pure.

Source: Google's SRE Workbook, chapter 5; docs/concepts/slos.md has the windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, Literal

from metafleet.hub.kernel.objectives.counts import Tally
from metafleet.hub.kernel.objectives.definitions import (
    BURNS,
    FEWEST_IN,
    Burn,
    Measure,
    Objective,
)

State = Literal["no data", "fine", "burning", "spent"]
NOTHING: Final = Tally(0, 0)
WINDOWS: Final = tuple(sorted({window for burn in BURNS for window in (burn.long, burn.short)}))


def good_ratio(tally: Tally) -> float | None:
    """Return the share of good events; None where there were none."""
    return None if tally.total == 0 else 1 - tally.bad / tally.total


def left_ratio(objective: Objective[Measure], of_period: Tally) -> float | None:
    """Return what is left of the budget: 1 for all, 0 for nothing, negative where more was bad than may be.

    None where there were no events.
    """
    if of_period.total == 0:
        return None
    return 1 - of_period.bad / (of_period.total * objective.budget)


def burn_rate(objective: Objective[Measure], tally: Tally) -> float | None:
    """Return how many times as fast as it may the budget burns; None where there were no events."""
    return None if tally.total == 0 else tally.bad / tally.total / objective.budget


def alarm(objective: Objective[Measure], windows: Mapping[timedelta, Tally]) -> Burn | None:
    """Return the worst alarm that sounds, as the rules of Prometheus would sound it. windows: all WINDOWS."""
    if windows[FEWEST_IN].total < objective.fewest:
        return None
    return next((burn for burn in BURNS if _sounds(objective, burn, windows)), None)


def state(objective: Objective[Measure], of_period: Tally, windows: Mapping[timedelta, Tally]) -> State:
    """Return how the objective stands, in a word."""
    left = left_ratio(objective, of_period)
    if left is None:
        return "no data"
    if alarm(objective, windows) is not None:
        return "burning"
    return "fine" if left > 0 else "spent"


def curve(objective: Objective[Measure], parts: Iterable[Tally]) -> list[float]:
    """Return what was left of the budget after each part of the period, oldest first; all of it before.

    The budget is that of all parts together, so the last point is `left_ratio` of the period.
    """
    found = list(parts)
    budget = sum(part.total for part in found) * objective.budget
    left, points = 1.0, []
    for part in found:
        left -= part.bad / budget if part.bad else 0.0
        points.append(left)
    return points


def _sounds(objective: Objective[Measure], burn: Burn, windows: Mapping[timedelta, Tally]) -> bool:
    rates = (burn_rate(objective, windows[window]) for window in (burn.long, burn.short))
    return all(rate is not None and rate > burn.rate for rate in rates)
