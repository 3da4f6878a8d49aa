"""Bars without end: a file that is over is played again, so that time and price go on.

Lap by lap, times move on by whole weeks, so that days of the week stay what they are. Every other lap
is mirrored (each price p becomes c / p, where c = first open x last close): it begins where the lap
before ended and ends where that one began. So prices go on without a jump and, however many laps
there are, stay within the range of two of them; scaling each lap by the same factor would let them run away.
"""

from __future__ import annotations

from collections.abc import Iterator

from metafleet.engine.market.barfile import Span
from metafleet.engine.market.records import Bar
from metafleet.engine.market.sessions import WEEK_S
from metafleet.engine.market.sources import BarSource


def endless(source: BarSource, digits: int, from_s: int | None = None) -> Iterator[Bar]:
    """Yield the source's bars from this time on (Unix seconds; None: from its first), lap after lap.

    from_s may lie in any lap. Raises BarFileRefused for a bad or an empty file.
    """
    given = False
    for bar in source.bars(from_s):
        given = True
        yield bar
    span = source.span()
    if span is None:
        return
    length_s = lap_length_s(span, source.period_s())
    lap = 1
    if from_s is not None and not given:
        lap = max(1, (from_s - span.first_s) // length_s)
    while True:
        begin_s = None if from_s is None else from_s - lap * length_s
        for bar in source.bars(begin_s):
            yield _in_lap(bar, lap, length_s, span, digits)
        lap += 1


def lap_length_s(span: Span, period_s: int) -> int:
    """Return the weeks, in seconds, that one lap takes."""
    return -(-(span.last_s + period_s - span.first_s) // WEEK_S) * WEEK_S


def _in_lap(bar: Bar, lap: int, length_s: int, span: Span, digits: int) -> Bar:
    time_s = bar.time_s + lap * length_s
    if lap % 2 == 0:
        return Bar(time_s, bar.open, bar.high, bar.low, bar.close, bar.tick_volume, bar.spread)
    mirror = span.first_open * span.last_close
    open_, high, low, close = (
        round(mirror / price, digits) for price in (bar.open, bar.low, bar.high, bar.close)
    )
    return Bar(time_s, open_, high, low, close, bar.tick_volume, bar.spread)
