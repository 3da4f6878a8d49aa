"""Bars that a caller sends along, as the arrays that features are made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.timeframes import opens_s
from metafleet.hub.signals.serving.refusals import BarsWrong
from metafleet.wire.brain import BrainBar

_PRICES: Final = ("open", "high", "low", "close")
_MOST: Final = 2**62


def rates_of(bars: Sequence[BrainBar], timeframe: int, most: int) -> Array:
    """Return the newest `most` bars as RATES. Raises BarsWrong, which names the first that is wrong."""
    newest, left_out = bars[-most:], max(0, len(bars) - most)
    try:
        # Three times as fast as an array of rows.
        flat = np.fromiter(chain.from_iterable(newest), np.float64, 7 * len(newest))
        columns = flat.reshape(len(newest), 7)
    except (OverflowError, ValueError) as error:
        raise BarsWrong(f"A number of these bars is too large to be one: {error}."[:200]) from None
    # Whole numbers below 2^53 go through a double unchanged; what is above is no time and no volume.
    by_column = np.ascontiguousarray(columns.T)
    times, _, _, _, _, volumes, spreads = by_column
    if len(newest) and not (
        -_MOST < times.min() <= times.max() < _MOST and 0 <= volumes.min() <= volumes.max() < _MOST
    ):
        raise BarsWrong("A bar's time or volume is no whole number that it could be.")
    if len(newest) and not 0 <= spreads.min() <= spreads.max() < 2**31:
        raise BarsWrong("A bar's spread is given in whole points, from 0 on.")
    rates = np.empty(len(newest), RATES)
    rates["time"], rates["tick_volume"], rates["spread"] = times, volumes, spreads
    rates["real_volume"] = 0
    for place, name in enumerate(_PRICES, start=1):
        rates[name] = by_column[place]
    seconds = rates["time"].copy()
    if not _is_right(by_column[1:5], seconds, timeframe):
        _check(columns, seconds, timeframe, left_out)
    return rates


def _is_right(prices: NDArray[np.float64], times: NDArray[np.int64], timeframe: int) -> bool:
    """Say in a few steps what `_check` finds bar by bar; of a price that is no number it is False."""
    open_, high, low, close = prices
    whole = (low > 0) & (high < np.inf) & (low <= high)
    whole &= (open_ <= high) & (open_ >= low) & (close <= high) & (close >= low)
    return bool(whole.all() and (times[1:] > times[:-1]).all() and (opens_s(timeframe, times) == times).all())


def _check(columns: NDArray[np.float64], times: NDArray[np.int64], timeframe: int, left_out: int) -> None:
    prices = columns[:, 1:5]
    highs, lows = columns[:, 2], columns[:, 3]
    faults = (
        (~(np.isfinite(prices).all(axis=1) & (prices > 0).all(axis=1)), "has a price that is no price"),
        ((highs < prices.max(axis=1)) | (lows > prices.min(axis=1)), "has a high or low within its body"),
        (opens_s(timeframe, times) != times, "does not open where a bar of this timeframe opens"),
        (np.concatenate(([False], times[1:] <= times[:-1])), "is not after the one before it"),
    )
    for wrong, words in faults:
        if wrong.any():
            place = int(np.flatnonzero(wrong)[0])
            raise BarsWrong(f"Bar {left_out + place} of those sent {words}; bars come oldest first.")
