"""What an EA declares, at those bars alone at which it says something."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.prices import HIGHEST_PRICE
from metafleet.engine.experts.declaring import Declaration
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.tester.contract import TestRefused
from metafleet.engine.tester.declared.reel import Reel

NO_LEVEL: Final = 1 << 40
REFUSED: Final = -1
"""In place of a level in points: there is none, and the broker would not take it."""

_HALF: Final = 1e-4
"""So near to half a point, Python's own rounding has to say on which side a price is."""


class Acts(msgspec.Struct, frozen=True):
    """bars: of the reel, at whose first tick it is done. The others: as the kernel's act_*; shape (n,)."""

    bars: NDArray[np.int64]
    entries: NDArray[np.int64]
    exits: NDArray[np.int64]
    stops: NDArray[np.int64]
    targets: NDArray[np.int64]


def acts_of(declared: Declaration, reel: Reel, spec: SymbolSpec, closes: Any, first: int) -> Acts:
    """Return what is to be done. closes: of all bars of the own chart; first: the first lived through.

    Raises TestRefused for arrays that are not of its bars.
    """
    count = len(reel.begins)
    entries = _of_bars(declared.entries, "entries", closes)[first : first + count - 1]
    says = entries != 0
    exits = None
    if declared.exits is not None:
        exits = _of_bars(declared.exits, "exits", closes)[first : first + count - 1].astype(bool, copy=False)
        says = says | exits
    places = np.flatnonzero(says)
    sides = entries[places].astype(np.float64)
    wanted = (sides > 0).astype(np.int64) - (sides < 0)
    bars = reel.begins[places + 1]
    stops = np.full(len(places), NO_LEVEL, np.int64)
    targets = stops.copy()
    for levels, distances, name, way in (
        (stops, declared.stop, "stop", -1),
        (targets, declared.target, "target", 1),
    ):
        if distances is not None:
            away = _of_bars(distances, name, closes)[first + places].astype(np.float64)
            if declared.levels_from == "fill":
                base = np.where(wanted > 0, reel.opens[bars] + reel.spreads[bars], reel.opens[bars])
                base = base / 10.0**spec.digits
            else:
                base = closes[first + places]
            _levels(levels, base, wanted * way, away, _looked_at(reel, bars, wanted), spec)
    return Acts(
        bars=bars,
        entries=wanted,
        exits=np.zeros(len(places), np.int64) if exits is None else exits[places].astype(np.int64),
        stops=np.where(targets == REFUSED, REFUSED, stops),
        targets=targets,
    )


def _looked_at(reel: Reel, bars: NDArray[np.int64], sides: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the price at which levels look when they are set: a buy's at the bid, a sell's at the ask."""
    bids = reel.opens[bars].astype(np.int64)
    return np.where(sides > 0, bids, bids + reel.spreads[bars])


def _levels(
    levels: NDArray[np.int64],
    base: NDArray[np.float64],
    ways: NDArray[np.int64],
    away: NDArray[np.float64],
    market: NDArray[np.int64],
    spec: SymbolSpec,
) -> None:
    """Put levels where `prices.levels_fit` takes them. ways: 1 for levels above the price, -1 under it."""
    raw = base + ways * away
    points = _rounded(raw, spec.digits)
    fits = (points > 0) & ((points - market) * ways >= max(spec.stops_level_points, 1))
    levels[:] = np.where(fits & (raw < HIGHEST_PRICE), points, REFUSED)
    levels[(away == 0) | (points == 0)] = NO_LEVEL
    levels[~(away >= 0)] = REFUSED


def _rounded(prices: NDArray[np.float64], digits: int) -> NDArray[np.int64]:
    """Return prices as points, rounded as Python rounds them."""
    scaled = np.nan_to_num(prices * 10.0**digits, nan=-1.0, posinf=-1.0, neginf=-1.0)
    scaled = np.clip(scaled, -1e15, 1e15)
    points = np.rint(scaled).astype(np.int64)
    for place in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < _HALF).tolist():
        points[place] = round(round(prices.item(place), digits) * 10**digits)
    return points


def _of_bars(array: Any, name: str, closes: Any) -> NDArray[Any]:
    values: NDArray[Any] = np.asarray(array)
    if values.shape != closes.shape:
        raise TestRefused(
            f"declare() gives {name} of shape {values.shape}; it must be {closes.shape}, a value for each bar"
        )
    return values
