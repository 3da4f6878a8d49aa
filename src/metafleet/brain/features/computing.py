"""Features of every bar, of the newest one, and of the newest ones of many questions at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.features.catalogue import about, look_back
from metafleet.brain.features.contract import Bars, Beside, Feature
from metafleet.engine.market.symbols import SymbolSpec

_NEAR: Final = 64
"""Bars that most features look back over."""


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
    return _computed([about(name) for name in names], Bars(rates, spec, beside, calendar))


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
    newest_bar = slice(len(used) - 1, None)
    bars = Bars(used, spec, beside, calendar, rows=newest_bar)
    row: NDArray[np.float32] = _computed([about(name) for name in names], bars)[0]
    return row


def newest_of(
    names: Sequence[str],
    rates: Sequence[NDArray[Any]],
    *,
    specs: Sequence[SymbolSpec],
    besides: Sequence[Beside] | None = None,
    calendar: NDArray[Any] | None = None,
) -> NDArray[np.float32]:
    """Return the features of the newest bars of many markets: float32, shape (markets, features).

    rates, specs, besides: of each market, as `newest` takes them, and each row is to the bit what it gives.
    Markets are reckoned together, which costs each a fraction of what it costs alone. Raises UnknownFeature.
    """
    made = np.full((len(rates), len(names)), np.nan, np.float32)
    depth = look_back(names)
    if len(rates) == 1:
        # Of one alone, putting together costs more than it saves.
        beside = besides[0] if besides else None
        made[0] = newest(names, rates[0], spec=specs[0], beside=beside, calendar=calendar)
        return made
    full = [market for market, bars in enumerate(rates) if len(bars) >= depth]
    together = [place for place, name in enumerate(names) if not about(name).needs]
    # Most look back over few bars; reckoned over as many as the others need, they would cost several times.
    near = [place for place in together if about(names[place]).look_back <= _NEAR]
    for places in (near, [place for place in together if place not in near]):
        if full and places:
            made[np.ix_(full, places)] = _side_by_side(
                [names[place] for place in places], [rates[market] for market in full],
                [specs[market] for market in full],
            )  # fmt: skip
    alone = [place for place in range(len(names)) if place not in together]
    for market, own in enumerate(rates):
        places = alone if len(own) >= depth else list(range(len(names)))
        if places:
            some = [names[place] for place in places]
            beside = besides[market] if besides else None
            made[market, places] = newest(some, own, spec=specs[market], beside=beside, calendar=calendar)
    return made


def _side_by_side(
    names: Sequence[str], rates: Sequence[NDArray[Any]], specs: Sequence[SymbolSpec]
) -> NDArray[np.float32]:
    """Return the newest rows of these bars, put one after the other, each with as many as are looked back
    over: the row of each one's newest bar is of its own bars alone, whatever stands before them."""
    depth = look_back(names)
    bars = Bars(
        np.concatenate([own[-depth:] for own in rates]),
        specs[0],
        points=np.repeat([spec.point for spec in specs], depth),
        rows=slice(depth - 1, None, depth),
    )
    return _computed([about(name) for name in names], bars)


def _computed(wanted: Sequence[Feature], bars: Bars) -> NDArray[np.float32]:
    """Return the features of the bars that are asked about."""
    asked = np.arange(len(bars))[bars.rows]
    made = np.full((len(asked), len(wanted)), np.nan, np.float32, order="F")
    with np.errstate(all="ignore"):
        for place, feature in enumerate(wanted):
            if feature.look_back <= len(bars):
                made[:, place] = feature.compute(bars)[bars.rows]
                made[asked < feature.look_back - 1, place] = np.nan
    return np.ascontiguousarray(made)
