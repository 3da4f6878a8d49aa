"""What an EA declares, at those bars alone at which it says something."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.prices import HIGHEST_PRICE
from metafleet.engine.experts.declaring import Declaration, Risk
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.tester.contract import TestRefused
from metafleet.engine.tester.declared.reel import Reel, Unfit

NO_LEVEL: Final = 1 << 40
REFUSED: Final = -1
"""In place of a level in points: there is none, and the broker would not take it."""

_HALF: Final = 1e-4
"""So near to half a point, Python's own rounding has to say on which side a price is."""


class Acts(msgspec.Struct, frozen=True):
    """table: int64, shape (8, n): the reel's bar at whose first tick it is done, the entry, which side is
    closed (bits: 1 buys, 2 sells), stop and target in points, the stride, and where a trailing stop would be
    put, of a buy and of a sell. ways: float64, shape (2, n): what a lot loses, how far the trailing stop is.
    """

    table: NDArray[np.int64]
    ways: NDArray[np.float64]


def acts_of(declared: Declaration, reel: Reel, spec: SymbolSpec, closes: Any, first: int) -> Acts:
    """Return what is to be done. closes: of all bars of the own chart; first: the first lived through.

    Raises TestRefused for arrays that are not of its bars, Unfit.
    """
    lived = slice(first, first + reel.strides - 1)
    whole = _of_bars(declared.entries, "entries", closes)
    entries = whole[lived]
    says = entries != 0
    leaves = None
    if declared.exits is not None:
        leaves = _sides(_of_bars(declared.exits, "exits", closes)[lived])
        says = says | (leaves != 0)
    trail = declared.trail
    # What looks after a position at each bar has to be asked at each.
    is_dense = trail is not None or declared.longest > 0
    places = np.arange(len(entries)) if is_dense else np.flatnonzero(says)
    sides = entries[places].astype(np.float64)
    table, ways = np.empty((8, len(places)), np.int64), np.full((2, len(places)), np.nan)
    table[5] = places + 1
    table[0] = reel.begins(table[5])
    table[1] = (sides > 0).astype(np.int64) - (sides < 0)
    table[2] = 0 if leaves is None else leaves[places]
    table[3:5] = NO_LEVEL
    entering = np.flatnonzero(table[1] != 0)
    at = first + places[entering]
    of_entries = _Picking(whole, closes, lived, at)
    levels = [(3, declared.stop, "stop", -1), (4, declared.target, "target", 1)]
    if any(distances is not None for _, distances, _, _ in levels):
        bars, wanted, base = table[0, entering], table[1, entering], closes[at]
        market = _looked_at(reel, bars, wanted)
        if declared.levels_from == "fill":
            base = _looked_at(reel, bars, -wanted) / 10.0**spec.digits
        for row, distances, name, way in levels:
            if distances is not None:
                away = of_entries.of(distances, name)
                table[row, entering] = _levels(base, wanted * way, away, market, spec)
    table[3][table[4] == REFUSED] = REFUSED
    if isinstance(declared.volume, Risk):
        ways[0, entering] = of_entries.of(declared.volume.loss_per_lot, "loss_per_lot")
    if trail is not None:
        ways[1] = _of_bars(trail.distances, "trail", closes)[lived]
        for row, side in ((6, 1), (7, -1)):
            market = _looked_at(reel, table[0], np.full(len(places), side))
            base = market / 10.0**spec.digits
            table[row] = _levels(base, np.full(len(places), -side), ways[1], market, spec)
        if (table[6:] == NO_LEVEL).any():
            raise Unfit("its trailing stop is nowhere")
    return Acts(table, ways)


def _sides(exits: NDArray[Any]) -> NDArray[np.int64]:
    if exits.dtype == bool:
        return exits * np.int64(3)
    return (exits > 0) * np.int64(1) + (exits < 0) * np.int64(2)


def _looked_at(reel: Reel, bars: NDArray[np.int64], sides: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the price at which levels look when they are set: a buy's at the bid, a sell's at the ask."""
    return reel.opens(bars) + np.where(sides > 0, 0, reel.rates["spread"][bars])


def _levels(
    base: NDArray[np.float64],
    ways: NDArray[np.int64],
    away: NDArray[np.float64],
    market: NDArray[np.int64],
    spec: SymbolSpec,
) -> NDArray[np.int64]:
    """Return levels where `prices.levels_fit` takes them. ways: 1 for levels above the price, -1 under it."""
    raw = base + ways * away
    points = _rounded(raw, spec.digits)
    fits = (points > 0) & ((points - market) * ways >= max(spec.stops_level_points, 1))
    levels = np.where(fits & (raw < HIGHEST_PRICE), points, REFUSED)
    levels[(away == 0) | (points == 0)] = NO_LEVEL
    levels[~(away >= 0)] = REFUSED
    return levels


def _rounded(prices: NDArray[np.float64], digits: int) -> NDArray[np.int64]:
    """Return prices as points, rounded as Python rounds them."""
    scaled = np.nan_to_num(prices * 10.0**digits, nan=-1.0, posinf=-1.0, neginf=-1.0)
    scaled = np.clip(scaled, -1e15, 1e15)
    points = np.rint(scaled).astype(np.int64)
    for place in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < _HALF).tolist():
        points[place] = round(round(prices.item(place), digits) * 10**digits)
    return points


class _Picking(NamedTuple):
    """Picks what is declared of entries. entries: of all bars; lived: those that are; at: where, of them."""

    entries: NDArray[Any]
    closes: Any
    lived: slice
    at: NDArray[np.intp]

    def of(self, array: Any, name: str) -> NDArray[np.float64]:
        """Return the values at the lived entries of an array of all bars, or of all entries."""
        values = np.asarray(array)
        if values.shape == self.closes.shape:
            return values[self.at].astype(np.float64)
        before, after = (
            np.count_nonzero((part > 0) | (part < 0))
            for part in (self.entries[: self.lived.start], self.entries[self.lived.stop :])
        )
        count = before + len(self.at) + after
        if values.shape != (count,):
            raise TestRefused(
                f"declare() gives {name} of shape {values.shape}; it must be {self.closes.shape}, "
                f"a value for each bar, or {(count,)}, one for each entry"
            )
        return values[before : before + len(self.at)].astype(np.float64)


def _of_bars(array: Any, name: str, closes: Any) -> NDArray[Any]:
    values: NDArray[Any] = np.asarray(array)
    if values.shape != closes.shape:
        raise TestRefused(
            f"declare() gives {name} of shape {values.shape}; it must be {closes.shape}, a value for each bar"
        )
    return values
