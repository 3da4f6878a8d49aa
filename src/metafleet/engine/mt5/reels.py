"""One symbol's bars and ticks by the server's clock: a reel that is played from any place.

A live market needs prices without a beginning or an end. What there is of a source is a block of whole
weeks; before it and, for files, after it the block is played again, every other lap mirrored as in
`market.laps`, so that prices go on without a jump. A market that is played at its own time has what its files
have, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol

import numpy as np

from metafleet.engine.market import modes
from metafleet.engine.market.arrays import DEAL_FLAGS, FLAG_VOLUME, RATES, Array, empty, joined
from metafleet.engine.market.blocks import Block, cut, parts_of
from metafleet.engine.market.generator import FIRST_WEEK
from metafleet.engine.market.modes import Making
from metafleet.engine.market.servertime import Zone
from metafleet.engine.market.sessions import DAY_S, WEEK_S, week_open_s
from metafleet.engine.market.supplies import GeneratedSupply
from metafleet.engine.market.symbols import CHART_LAST, SymbolSpec
from metafleet.engine.market.timeframes import M1, PERIODS_S

_BLOCK_WEEKS: Final = 4
"""Weeks of a generated past; before them it is played again."""

_AT_ONCE: Final = 2_048
_PATHS_AT_ONCE: Final = 64
"""Rows whose ticks are made at once; fewer where much is made of each, so that nobody waits for it."""

Quotes = Iterator[tuple[Any, ...]]
"""Unix milliseconds by the reel, bid and ask of one tick after the other; with a last price, its volume and
flags, where there are such: what a Tick has behind its symbol."""


class Reel(Protocol):
    """Times are the server's clock's when the prices were made, in Unix seconds.

    timeframe: of its bars, period_s long.
    """

    timeframe: int
    period_s: int

    def begin_s(self, at_s: int) -> int:
        """Return the place, at the same time of the week, at which a market of now begins."""

    def bars(self, from_s: int, to_s: int) -> Array:
        """Return the bars that open in the span, its end not included: RATES."""

    def ticks(self, from_s: int) -> Quotes:
        """Yield the ticks from this time on."""


class FileReel:
    """The bars of a file: once, or in a live market again and again. bars: RATES, at least one."""

    def __init__(self, spec: SymbolSpec, bars: Array, timeframe: int, making: Making, *, live: bool) -> None:
        self.timeframe = timeframe
        self.period_s = PERIODS_S[timeframe]
        self._spec = spec
        self._bars = bars
        self._making = making
        self._live = live
        self._block = Block(bars, self.period_s, spec.digits)

    def begin_s(self, at_s: int) -> int:
        """Return the place in lap 0 at the same time of the week."""
        return at_s - self._block.lap_of(at_s) * self._block.length_s

    def bars(self, from_s: int, to_s: int) -> Array:
        """Return the bars that open in the span, its end not included."""
        return self._block.bars(from_s, to_s) if self._live else cut(self._bars, from_s, to_s)

    def ticks(self, from_s: int) -> Quotes:
        """Yield the ticks from this time on."""
        parts = self._block.forward(from_s) if self._live else [cut(self._bars, from_s, None)]
        return made(self._spec, parts, self.timeframe, self._making)


class TickReel:
    """The ticks of a file, once. ticks: TICKS, at least one."""

    timeframe = M1
    period_s = 60

    def __init__(self, spec: SymbolSpec, ticks: Array) -> None:
        self._ticks = ticks
        self._spec = spec
        self._first_s = int(ticks["time"][0])

    def begin_s(self, at_s: int) -> int:
        """Return the place in the file's weeks at the same time of the week."""
        span_s = int(self._ticks["time"][-1]) - self._first_s
        return self._first_s + (at_s - self._first_s) % max(WEEK_S, span_s // WEEK_S * WEEK_S)

    def bars(self, from_s: int, to_s: int) -> Array:
        """Return the M1 bars of the ticks of the span, its end not included."""
        return minutes(cut(self._ticks, from_s, to_s), self._spec)

    def ticks(self, from_s: int) -> Quotes:
        """Yield the ticks from this time on."""
        return made(self._spec, [cut(self._ticks, from_s, None)], 0, Making(mode="real"))


class GeneratorReel:
    """The generator's weeks from four before `at_s` on; before them those four, again and again."""

    timeframe = M1
    period_s = 60

    def __init__(
        self, spec: SymbolSpec, supply: GeneratedSupply, zone: Zone, at_s: int, making: Making
    ) -> None:
        """at_s: when the market begins, by the server's clock."""
        self._spec = spec
        self._supply = supply
        self._making = making
        week = (zone.utc_s(at_s) - 3 * DAY_S) // WEEK_S
        first_week = max(FIRST_WEEK, week - _BLOCK_WEEKS)
        self._begin_s = zone.wall_s(week_open_s(first_week))
        self._block_end_s = zone.wall_s(week_open_s(first_week + _BLOCK_WEEKS))
        self._past: Block | None = None

    def begin_s(self, at_s: int) -> int:
        """Return the time itself: the generator's weeks are the calendar's."""
        return at_s

    def bars(self, from_s: int, to_s: int) -> Array:
        """Return the bars that open in the span, its end not included."""
        parts = []
        if from_s < self._begin_s:
            parts.append(self._block().bars(from_s, min(to_s, self._begin_s)))
        if to_s > self._begin_s:
            parts.append(self._supply.between(max(from_s, self._begin_s), to_s))
        return joined(parts, RATES)

    def ticks(self, from_s: int) -> Quotes:
        """Yield the ticks from this time on, without end."""
        return made(self._spec, self._forward(from_s), M1, self._making)

    def _forward(self, from_s: int) -> Iterator[Array]:
        while True:
            until_s = from_s - from_s % DAY_S + DAY_S
            yield self._supply.between(from_s, until_s)
            from_s = until_s

    def _block(self) -> Block:
        if self._past is None:
            bars = self._supply.between(self._begin_s, self._block_end_s)
            self._past = Block(bars, 60, self._spec.digits)
        return self._past


def made(spec: SymbolSpec, parts: Iterable[Array], timeframe: int, making: Making) -> Quotes:
    """Yield the ticks of rows, of which each part has some."""
    at_once = _PATHS_AT_ONCE if making.mode == "generated" else _AT_ONCE
    previous_s: int | None = None
    for part in parts:
        for rows in parts_of(part, at_once):
            quotes = modes.made(spec, rows, timeframe, making, previous_s)
            previous_s = int(rows["time"][-1])
            yield from zip(*(column.tolist() for column in quotes), strict=True)


def minutes(ticks: Array, spec: SymbolSpec) -> Array:
    """Return the M1 bars of ticks: RATES of bids, the smallest spread of each minute in points.

    Of a symbol that is charted from last prices, bars of these: of deals, and before the first one of bids.
    """
    prices = ticks["bid"]
    is_deal = (ticks["last"] > 0) & ((ticks["flags"] & DEAL_FLAGS) != 0)
    if spec.chart_mode == CHART_LAST:
        drawn = is_deal | (ticks["last"] <= 0)
        ticks, prices, is_deal = ticks[drawn], np.where(is_deal, ticks["last"], prices)[drawn], is_deal[drawn]
    if not len(ticks):
        return empty(RATES)
    opens = ticks["time"] // 60 * 60
    begins = np.flatnonzero(np.concatenate(([True], opens[1:] != opens[:-1])))
    ends = np.append(begins[1:], len(ticks))
    bars = np.zeros(len(begins), RATES)
    bars["time"], bars["open"], bars["close"] = opens[begins], prices[begins], prices[ends - 1]
    bars["high"], bars["low"] = np.maximum.reduceat(prices, begins), np.minimum.reduceat(prices, begins)
    bars["tick_volume"] = ends - begins
    bars["spread"] = np.round(np.minimum.reduceat(ticks["ask"] - ticks["bid"], begins) / spec.point)
    dealt = np.where(is_deal & ((ticks["flags"] & FLAG_VOLUME) != 0), ticks["volume_real"], 0.0)
    bars["real_volume"] = np.add.reduceat(dealt, begins)
    return bars
