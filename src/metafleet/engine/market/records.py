"""What the market consists of: bars and ticks."""

from __future__ import annotations

import msgspec


class Bar(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One bar of bid prices.

    time_s: open time, Unix seconds of the market's clock. tick_volume: number of ticks.
    spread: in points; None when a source has none. tick_volume is None likewise.
    """

    time_s: int
    open: float
    high: float
    low: float
    close: float
    tick_volume: int | None = None
    spread: int | None = None


class Tick(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One quote. time_msc: Unix milliseconds of the market's clock. Prices rounded to the symbol's digits."""

    symbol: str
    time_msc: int
    bid: float
    ask: float
