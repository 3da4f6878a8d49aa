"""What a paper market's charts show of the time before its own past: so that a program has its 200 days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from metafleet.engine.market.arrays import RATES, Array, joined
from metafleet.engine.market.blocks import Block
from metafleet.engine.market.feed import Feed
from metafleet.engine.market.generator import FIRST_WEEK, Generator
from metafleet.engine.market.records import Bar
from metafleet.engine.market.sessions import DAY_S, WEEK_S, usual_spread_points
from metafleet.engine.market.sources import BarSource, Source
from metafleet.engine.market.symbols import SymbolSpec

_WEEKS: Final = 4
"""Of a generated market, so many before the first bar are made; before them those, again and again."""


def earlier_bars(
    source: Source, days: int, feed: Feed, kept: Mapping[str, Sequence[Bar]]
) -> dict[str, Array]:
    """Return, by symbol, RATES of so many days before the first bar that is kept or that the feed has.

    A symbol whose kept bars are not found in its source again, or that has no M1 bars, has none.
    """
    found: dict[str, Array] = {}
    for name, bars in source.bars.items():
        if bars.period_s() == 60 and (earlier := _earlier(source, name, days, feed, kept.get(name, ()))):
            found[name] = joined(earlier, RATES)
    return found


def _earlier(source: Source, name: str, days: int, feed: Feed, kept: Sequence[Bar]) -> list[Array]:
    spec, bars = source.spec(name), source.bars[name]
    if not kept:
        first_s = next(iter(bars.bars())).time_s
        block, shift_s = _block(spec, bars, first_s), feed.shift_s(name)
    else:
        at_s = feed.stream_msc // 1000
        block = _block(spec, bars, at_s)
        place_s = _place_of(kept[0], block.bars(at_s - 2 * WEEK_S, at_s))
        if place_s is None:
            return []
        first_s, shift_s = place_s, kept[0].time_s - place_s
    earlier = np.array(block.bars(first_s - days * DAY_S, first_s), RATES)
    earlier["time"] += shift_s
    return [earlier] if len(earlier) else []


def _block(spec: SymbolSpec, bars: BarSource, at_s: int) -> Block:
    """Return bars that are played without end: a whole file, or a generated market's weeks up to this."""
    if isinstance(bars, Generator):
        week = max(FIRST_WEEK + _WEEKS - 1, at_s // WEEK_S)
        made: Iterator[Bar] = (bar for one in range(week - _WEEKS + 1, week + 2) for bar in bars.week(one))
    else:
        made = bars.bars()
    return Block(_rates(spec, made), 60, spec.digits)


def _rates(spec: SymbolSpec, bars: Iterator[Bar]) -> Array:
    rows = [
        (
            bar.time_s,
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            max(1, bar.tick_volume or 1),
            usual_spread_points(spec, bar.time_s) if bar.spread is None else bar.spread,
            0,
        )
        for bar in bars
    ]
    return np.array(rows, RATES)


def _place_of(first: Bar, bars: Array) -> int | None:
    """Return when, by the source, the bar opens that was kept first."""
    same = (bars["high"] == first.high) & (bars["low"] == first.low) & (bars["close"] == first.close)
    places = np.flatnonzero(same)
    return int(bars["time"][places[-1]]) if len(places) else None
