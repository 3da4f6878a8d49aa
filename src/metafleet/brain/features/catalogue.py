"""All features by their names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

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
from metafleet.brain.features.contract import Feature, UnknownFeature

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


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, _ALL, 1)
    return f"there is no feature {name!r}" + (f"; did you mean {near[0]}?" if near else "")
