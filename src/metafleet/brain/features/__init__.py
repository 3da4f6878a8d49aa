"""Features: named functions of closed bars, the same bits in training, in serving and inside MetaTrader.

Each looks at a finite number of bars and puts them together in an order that is its own, so that a longer
history changes no bit (docs/decisions/065-features.md). All are in docs/reference/features.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.features import (
    averages,
    clock,
    costs,
    events,
    momentum,
    ranges,
    returns,
    strength,
    trend,
    volatility,
)
from metafleet.brain.features.contract import CALENDAR, Bars, Beside, Feature, UnknownFeature
from metafleet.engine.market.symbols import SymbolSpec

__all__ = [
    "CALENDAR",
    "Beside",
    "Feature",
    "UnknownFeature",
    "about",
    "look_back",
    "matrix",
    "names",
    "newest",
]

FAMILIES: Final = (*(returns, volatility, ranges, trend, momentum, averages, clock, strength, costs, events),)

_ALL: Final[dict[str, Feature]] = {
    feature.name: feature for family in FAMILIES for feature in family.FEATURES
}


def names() -> tuple[str, ...]:
    """Return the names of all features."""
    return tuple(_ALL)


def about(name: str) -> Feature:
    """Return what a feature is. Raises UnknownFeature."""
    if name not in _ALL:
        raise UnknownFeature(_unknown(name))
    return _ALL[name]


def look_back(names: Iterable[str]) -> int:
    """Return how many closed bars these features look at, the newest included. Raises UnknownFeature."""
    return max((about(name).look_back for name in names), default=1)


def matrix(
    names: Sequence[str],
    rates: NDArray[Any],
    *,
    spec: SymbolSpec,
    beside: Beside | None = None,
    calendar: NDArray[Any] | None = None,
) -> NDArray[np.float32]:
    """Return the features of every bar: float32, shape (bars, features).

    rates: RATES, closed bars, oldest first. beside: RATES of other symbols, same timeframe, by name.
    calendar: CALENDAR.
    A feature is nan until there are look_back bars, and always finite after that. Raises UnknownFeature.
    """
    wanted = [about(name) for name in names]
    made = np.full((len(rates), len(wanted)), np.nan, np.float32, order="F")
    bars = Bars(rates, spec, beside, calendar)
    with np.errstate(all="ignore"):
        for place, feature in enumerate(wanted):
            first = feature.look_back - 1
            if first < len(rates):
                made[first:, place] = feature.compute(bars)[first:]
    return np.ascontiguousarray(made)


def newest(
    names: Sequence[str],
    rates: NDArray[Any],
    *,
    spec: SymbolSpec,
    beside: Beside | None = None,
    calendar: NDArray[Any] | None = None,
) -> NDArray[np.float32]:
    """Return the features of the newest bar, float32, shape (features,): to the bit `matrix(...)[-1]`.

    Only the last look_back(names) bars are looked at. Of no bars, all are nan. Raises UnknownFeature.
    """
    if not len(rates):
        return np.full(len(names), np.nan, np.float32)
    used = rates[-look_back(names) :]
    made: NDArray[np.float32] = matrix(names, used, spec=spec, beside=beside, calendar=calendar)[-1]
    return made


def _unknown(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, _ALL, 1)
    return f"there is no feature {name!r}" + (f"; did you mean {near[0]}?" if near else "")
