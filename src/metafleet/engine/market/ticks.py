"""From a bar to its ticks: a path of bids through open, high, low and close, with the spread added.

The same (seed, symbol, bar) always gives the same ticks.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.sessions import usual_spread_points
from metafleet.engine.market.symbols import SymbolSpec

FAST_TICKS: Final = 4
"""Ticks of an M1 bar in a fast replay: open, the two extremes, close."""

LIVE_TICKS: Final = 30
"""Ticks of an M1 bar in a live market: a new price about every two seconds."""

MAX_TICKS_PER_BAR: Final = 5_000


_STRAY_RATIO: Final = 0.3
"""How far, as a share of the bar's range, a tick may stray from the straight way between two turns."""


def ticks_for_period(ticks_per_bar: int, period_s: int) -> int:
    """Return how many ticks a bar of this length gets, when an M1 bar gets ticks_per_bar."""
    return max(1, min(MAX_TICKS_PER_BAR, ticks_per_bar * period_s // 60))


def bar_quotes(
    spec: SymbolSpec, bar: Bar, period_s: int, count: int, seed: int = 0
) -> Iterator[tuple[int, float, float]]:
    """Yield (Unix milliseconds, bid, ask) of `count` ticks, the first at the bar's open, all before its end.

    Bids start at the open, end at the close, stay within low to high, and touch both when count >= 4; a
    rising bar sees its low first, a falling one its high. A bar without a spread gets the one that is
    usual for the symbol at that time of the day. count >= 1; a single tick is the close.
    """
    spread = usual_spread_points(spec, bar.time_s) if bar.spread is None else bar.spread
    gap, scale = spread * spec.point, 10.0**spec.digits
    open_msc = bar.time_s * 1000
    for offset_msc, bid in _path(spec, bar, count, seed):
        yield open_msc + offset_msc * period_s // 60, bid, round((bid + gap) * scale) / scale


def bar_ticks(spec: SymbolSpec, bar: Bar, period_s: int, count: int, seed: int = 0) -> list[Tick]:
    """Return the quotes of `bar_quotes` as ticks."""
    quotes = bar_quotes(spec, bar, period_s, count, seed)
    return [Tick(spec.name, time_msc, bid, ask) for time_msc, bid, ask in quotes]


def four_ticks(spec: SymbolSpec, bar: Bar, period_s: int) -> list[Tick]:
    """Return `bar_ticks` of a bar that gets four, which chance has no part in."""
    spread = usual_spread_points(spec, bar.time_s) if bar.spread is None else bar.spread
    gap, scale, name, open_msc = spread * spec.point, 10.0**spec.digits, spec.name, bar.time_s * 1000
    step_ms = 15_000 * period_s // 60
    first, second = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
    return [
        Tick(name, open_msc, bar.open, round((bar.open + gap) * scale) / scale),
        Tick(name, open_msc + step_ms, first, round((first + gap) * scale) / scale),
        Tick(name, open_msc + 2 * step_ms, second, round((second + gap) * scale) / scale),
        Tick(name, open_msc + 3 * step_ms, bar.close, round((bar.close + gap) * scale) / scale),
    ]


def _path(spec: SymbolSpec, bar: Bar, count: int, seed: int) -> list[tuple[int, float]]:
    """Return (milliseconds into a bar of one minute, bid) of each tick."""
    turns = _turns(bar, count)
    if count <= len(turns):
        return [(60_000 * place // count, bid) for place, bid in enumerate(turns)]
    chance = random.Random(mix(seed, spec.name, bar.time_s)).random
    bids = _wander(bar, turns, count, spec.digits, chance)
    step = 60_000 / count
    times = [0] + [int((place + 0.8 * chance()) * step) for place in range(1, count)]
    return list(zip(times, bids, strict=True))


def _turns(bar: Bar, count: int) -> tuple[float, ...]:
    """Return the prices that the path must pass."""
    if count == 1:
        return (bar.close,)
    if count == 2:
        return (bar.open, bar.close)
    first, second = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
    if count == 3:
        far = first if abs(first - bar.open) >= abs(second - bar.open) else second
        return (bar.open, far, bar.close)
    return (bar.open, first, second, bar.close)


def _wander(
    bar: Bar, turns: tuple[float, ...], count: int, digits: int, chance: Callable[[], float]
) -> list[float]:
    """Return `count` bids that pass the four turns at random places and stray a little on the way."""
    spare = count - 4
    first = 1 + int(chance() * (spare + 1) * 0.7)
    second = first + 1 + int(chance() * (count - 2 - first) * 0.8)
    places = (0, first, second, count - 1)
    stray = (bar.high - bar.low) * _STRAY_RATIO
    bids = [bar.open]
    for leg in range(3):
        begin, end = turns[leg], turns[leg + 1]
        steps = places[leg + 1] - places[leg]
        for step in range(1, steps):
            bid = begin + (end - begin) * step / steps + (chance() - 0.5) * stray
            bids.append(round(min(bar.high, max(bar.low, bid)), digits))
        bids.append(end)
    return bids


def mix(seed: int, symbol: str, time_s: int) -> int:
    """Return one number for (seed, symbol, time): the same on every machine and Python."""
    return zlib.crc32(f"{seed}:{symbol}".encode()) << 34 ^ time_s
