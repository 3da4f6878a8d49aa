"""From bars or ticks to the ticks that a program lives through: the tester's tick modes.

The same rows, mode and seed give the same ticks. `made` is for one symbol, `ticks_of` for many in time order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import DEAL_FLAGS, FLAG_LAST, Array
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.supplies import Supply
from metafleet.engine.market.symbols import CHART_LAST, SymbolSpec
from metafleet.engine.market.ticks import LIVE_TICKS, bar_quotes, ticks_for_period
from metafleet.engine.market.timeframes import D1, DAY_S, M1, PERIODS_S, open_s, opens_s

TickMode = Literal["real", "generated", "ohlc", "open"]
"""real: the ticks of a file. generated: a path through each bar. ohlc: open, the extremes, close of each bar.
open: one tick where each bar of a timeframe opens."""

Quotes = tuple[NDArray[Any], ...]
"""Unix milliseconds, bids and asks, oldest first; where there are last prices, these, volumes and flags too,
as of a Tick."""

_FLAGS: Final = 5
"""The place of flags in Quotes."""

_OHLC_TICKS: Final = 4


class ModeRefused(ValueError):
    """These supplies have not what a mode needs; the text is one sentence."""


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """How ticks are made. ticks_per_bar: of M1, when generated; a longer bar has as many more. timeframe: of
    the bars at whose opens there are ticks, up to D1, when only those are wanted."""

    mode: TickMode = "generated"
    seed: int = 0
    ticks_per_bar: int = LIVE_TICKS
    timeframe: int = M1


def made(
    spec: SymbolSpec, rows: Array, timeframe: int, making: Making, previous_s: int | None = None
) -> Quotes:
    """Return all ticks of these rows: RATES of a timeframe, or TICKS.

    previous_s: when the bar before the first of them opened; of opens, it is seen by it whether another bar
    of the longer timeframe has begun.
    """
    if making.mode == "real":
        return _real(rows)
    quotes = _from_bars(spec, rows, timeframe, making, previous_s)
    if spec.chart_mode != CHART_LAST:
        return quotes
    # The bars are of last prices, so that the way through them is one of deals, each at the bid.
    return *quotes, quotes[1], np.zeros(len(quotes[0])), np.full(len(quotes[0]), FLAG_LAST)


def _real(rows: Array) -> Quotes:
    quotes = rows["time_msc"].astype(np.int64), rows["bid"].copy(), rows["ask"].copy()
    lasts = rows["last"].copy()
    if not lasts.any():
        return quotes
    return *quotes, lasts, rows["volume_real"].copy(), rows["flags"].astype(np.int64) & DEAL_FLAGS


def _from_bars(
    spec: SymbolSpec, rows: Array, timeframe: int, making: Making, previous_s: int | None
) -> Quotes:
    if making.mode == "open":
        return _opens(spec, rows, making.timeframe, previous_s)
    period_s = PERIODS_S[timeframe]
    if making.mode == "ohlc":
        return _ohlc(spec, rows, period_s)
    count = ticks_for_period(making.ticks_per_bar, period_s)
    paths = (bar_quotes(spec, Bar(*row[:7]), period_s, count, making.seed) for row in rows.tolist())
    quotes = [quote for path in paths for quote in path]
    times = np.array([quote[0] for quote in quotes], np.int64)
    return times, np.array([quote[1] for quote in quotes]), np.array([quote[2] for quote in quotes])


def ticks_of(
    supplies: Mapping[str, Supply],
    making: Making,
    *,
    from_s: int | None = None,
    to_s: int | None = None,
) -> Iterator[Tick]:
    """Yield the ticks of all symbols from one time to before the other, times never decreasing.

    from_s, to_s: the server's clock; None for the first and the last that there is. Ticks of one millisecond
    come in the order of the supplies. A day is made at a time. Raises ModeRefused.
    """
    for name, supply in supplies.items():
        if (making.mode == "real") != (supply.timeframe == 0):
            has = "bars" if supply.timeframe else "ticks"
            raise ModeRefused(f"{name} has {has} only, for which {making.mode} is no mode")
    if PERIODS_S[making.timeframe] > DAY_S:
        raise ModeRefused("opens are given of timeframes up to D1")
    return _stream(supplies, making, *_span(supplies, from_s, to_s))


def _span(supplies: Mapping[str, Supply], from_s: int | None, to_s: int | None) -> tuple[int, int | None]:
    begin_s = min((supply.first_s for supply in supplies.values()), default=0) if from_s is None else from_s
    ends = [
        supply.last_s + PERIODS_S.get(supply.timeframe, 1)
        for supply in supplies.values()
        if supply.last_s is not None
    ]
    if len(ends) < len(supplies):
        return begin_s, to_s
    end_s = max(ends, default=begin_s)
    return begin_s, end_s if to_s is None else min(end_s, to_s)


def _stream(
    supplies: Mapping[str, Supply], making: Making, begin_s: int, end_s: int | None
) -> Iterator[Tick]:
    names = list(supplies)
    at_s = begin_s
    while end_s is None or at_s < end_s:
        until_s = open_s(D1, at_s) + DAY_S
        if end_s is not None:
            until_s = min(until_s, end_s)
        parts = [_stretch(supply, making, at_s, until_s) for supply in supplies.values()]
        times = np.concatenate([part[0] for part in parts])
        places = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
        # Parts are in order of the symbols, and a stable sort keeps that within a millisecond.
        order = np.argsort(times, kind="stable")
        whose = [names[place] for place in places[order].tolist()]
        width = max(map(len, parts))
        columns = [np.concatenate([_column(part, place) for part in parts]) for place in range(1, width)]
        yield from map(Tick, whose, times[order].tolist(), *(column[order].tolist() for column in columns))
        at_s = until_s


def _column(quotes: Quotes, place: int) -> NDArray[Any]:
    """Return a column of one symbol's quotes; zeros where it has no last prices and another one has."""
    if place < len(quotes):
        return quotes[place]
    return np.zeros(len(quotes[0]), np.int64 if place == _FLAGS else np.float64)


def _stretch(supply: Supply, making: Making, from_s: int, to_s: int) -> Quotes:
    """Return the ticks from one time to before the other."""
    if making.mode == "real":
        return made(supply.spec, supply.between(from_s, to_s), 0, making)
    # A longer bar that began before goes on with its later ticks.
    longest = making.timeframe if making.mode == "open" else supply.timeframe
    rows = supply.between(open_s(longest, from_s), to_s)
    quotes = made(supply.spec, rows, supply.timeframe, making)
    wanted = (quotes[0] >= from_s * 1000) & (quotes[0] < to_s * 1000)
    return tuple(column[wanted] for column in quotes)


def _opens(spec: SymbolSpec, bars: Array, timeframe: int, previous_s: int | None) -> Quotes:
    begins = opens_s(timeframe, bars["time"])
    first = np.concatenate(([True], begins[1:] != begins[:-1]))[: len(bars)]
    if len(bars) and previous_s is not None:
        first[0] = open_s(timeframe, previous_s) != begins[0]
    bars = bars[first]
    bids = bars["open"].copy()
    return bars["time"] * 1000, bids, _asks(spec, bids, bars["spread"])


def _ohlc(spec: SymbolSpec, bars: Array, period_s: int) -> Quotes:
    """Return four ticks of each bar, as `ticks.bar_quotes` gives them: a rising bar sees its low first."""
    rises = bars["close"] >= bars["open"]
    bids = np.empty((len(bars), _OHLC_TICKS))
    bids[:, 0], bids[:, 3] = bars["open"], bars["close"]
    bids[:, 1] = np.where(rises, bars["low"], bars["high"])
    bids[:, 2] = np.where(rises, bars["high"], bars["low"])
    offsets = np.arange(_OHLC_TICKS) * 15_000 * period_s // 60
    times: NDArray[np.int64] = bars["time"][:, None] * 1000 + offsets
    asks = _asks(spec, bids, bars["spread"][:, None])
    return times.ravel(), bids.ravel(), asks.ravel()


def _asks(spec: SymbolSpec, bids: NDArray[np.float64], spreads: NDArray[np.int32]) -> NDArray[np.float64]:
    asks: NDArray[np.float64] = (bids + spreads * spec.point).round(spec.digits)
    return asks
