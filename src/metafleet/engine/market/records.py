"""What the market consists of: bars and ticks."""

from __future__ import annotations

import msgspec


class Bar(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One bar of bid prices; of last prices where a symbol is charted from them.

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
    """One quote. time_msc: Unix milliseconds of the market's clock. Prices rounded to the symbol's digits.

    last: the price of the last deal on an exchange, 0 where there was none or the symbol has none. volume: of
    that deal. flags: what a deal changed (TICK_FLAG_LAST, _VOLUME, _BUY, _SELL); 0 of a mere quote.
    """

    symbol: str
    time_msc: int
    bid: float
    ask: float
    last: float = 0.0
    volume: float = 0.0
    flags: int = 0

    @property
    def last_or_bid(self) -> float:
        """The price of the last deal; before a symbol's first one its bid stands for it."""
        return self.last if self.last > 0 else self.bid
