"""What became of each bar: which barrier came first, what either side made, and how much it tells by itself.

A bar is labelled as if somebody who saw it close had traded at the open of the next one.

Source: López de Prado, "Advances in Financial Machine Learning", Wiley 2018: chapter 3 (triple barrier),
chapter 4 (average uniqueness).
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain.model import LabelSpec

BPS: Final = 1e4
"""Basis points of one."""

Column = NDArray[np.float64]


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each bar; all of shape (bars,).

    known: whether there is an outcome: volatility before, and the whole horizon behind. Elsewhere the others
    mean nothing. rose: whether the upper barrier came first; where neither did, or one bar touched both, the
    close of the last bar over the entry. exits: place of the bar in which it was over. buys, sells: log
    return of a buyer and of a seller in basis points, without costs; where one bar touched both barriers,
    both lost, since nobody knows which was first. barriers: 1 upper, -1 lower, 2 both, 0 the vertical one.
    """

    known: NDArray[np.bool_]
    rose: NDArray[np.bool_]
    exits: NDArray[np.int64]
    buys: Column
    sells: Column
    barriers: NDArray[np.int8]


def volatility(closes: Column, bars: int) -> Column:
    """Return the standard deviation (with n) of the newest `bars` log returns at each bar, NaN before."""
    made = np.full(len(closes), np.nan)
    if len(closes) <= bars:
        return made
    returns = np.diff(np.log(closes))
    windows = len(returns) - bars + 1
    mean = np.zeros(windows)
    for back in range(bars):
        mean += returns[back : back + windows]
    mean /= bars
    square = np.zeros(windows)
    for back in range(bars):
        square += (returns[back : back + windows] - mean) ** 2
    made[bars:] = np.sqrt(square / bars)
    return made


def outcomes(rates: NDArray[Any], label: LabelSpec) -> Outcomes:
    """Return what became of each bar. rates: RATES of bids, oldest first.

    A bar that opens beyond a barrier is left at that open, which is worse than the barrier for who loses
    there, and better for who gains. Barriers are of bid prices for both sides; the spread is a cost.
    """
    count, horizon = len(rates), label.horizon_bars
    opens, highs, lows, closes = (rates[name].astype(np.float64) for name in ("open", "high", "low", "close"))
    width = volatility(closes, label.volatility_bars) * math.sqrt(horizon)
    known = np.zeros(count, bool)
    known[: max(0, count - horizon)] = True
    known &= np.isfinite(width) & (width > 0)
    places = np.flatnonzero(known)
    entries = opens[places + 1]
    barred = label.kind == "triple_barrier"
    upper = entries * np.exp(label.upper * width[places]) if barred else np.full(len(places), np.inf)
    lower = entries * np.exp(-label.lower * width[places]) if barred else np.zeros(len(places))

    buyer, seller = np.zeros(len(places)), np.zeros(len(places))
    barriers, exits = np.zeros(len(places), np.int8), places + horizon
    is_open = np.ones(len(places), bool)
    for step in range(1, horizon + 1 if barred else 1):
        at = places + step
        high, low = highs[at] >= upper, lows[at] <= lower
        over = is_open & (high | low)
        if not over.any():
            continue
        # Beyond the barrier at the open, or at the barrier on the way.
        top, bottom = np.maximum(opens[at], upper), np.minimum(opens[at], lower)
        gapped_up, gapped_down = opens[at] >= upper, opens[at] <= lower
        both = high & low & ~gapped_up & ~gapped_down
        up = (high & ~both) & ~gapped_down
        barriers[over] = np.where(both, 2, np.where(up, 1, -1))[over]
        buyer[over] = np.where(up & ~both, top, bottom)[over]
        seller[over] = np.where(up | both, top, bottom)[over]
        exits[over] = at[over]
        is_open &= ~over
    last = closes[exits]
    buyer[is_open] = seller[is_open] = last[is_open]
    rose = np.where(np.isin(barriers, (0, 2)), last > entries, barriers == 1)
    return Outcomes(
        known=known,
        rose=_spread_out(rose, places, count, False),
        exits=_spread_out(exits, places, count, -1),
        buys=_spread_out(BPS * np.log(buyer / entries), places, count, np.nan),
        sells=_spread_out(-BPS * np.log(seller / entries), places, count, np.nan),
        barriers=_spread_out(barriers, places, count, 0),
    )


def uniqueness(entries: NDArray[np.int64], exits: NDArray[np.int64]) -> Column:
    """Return how much of each label is its own: the mean of 1 / labels alive, over its bars. Over 0, up to 1.

    entries, exits: the first and the last bar of each label of one symbol, both included, in any order.
    """
    if not len(entries):
        return np.empty(0)
    first = int(entries.min())
    change = np.zeros(int(exits.max()) - first + 2)
    np.add.at(change, entries - first, 1.0)
    np.add.at(change, exits - first + 1, -1.0)
    alive = np.cumsum(change)[:-1]
    share = np.divide(1.0, alive, out=np.zeros_like(alive), where=alive > 0.5)
    summed = np.concatenate(([0.0], np.cumsum(share)))
    lengths = exits - entries + 1
    made: Column = (summed[exits - first + 1] - summed[entries - first]) / lengths
    return made


def in_words(label: LabelSpec) -> str:
    """Return what a label asks, for people."""
    if label.kind == "forward_return":
        return f"whether the price is higher {label.horizon_bars} bars after the next open"
    return (
        f"which comes first from the next open within {label.horizon_bars} bars: "
        f"{label.upper:g} × volatility up or {label.lower:g} × down "
        f"(the standard deviation of {label.volatility_bars} bars, times √{label.horizon_bars})"
    )


def _spread_out(values: NDArray[Any], places: NDArray[np.int64], count: int, empty: object) -> NDArray[Any]:
    made = np.full(count, empty, values.dtype)
    made[places] = values
    return made
