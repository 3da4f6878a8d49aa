"""Closed bars for the EA and the hub, in order and none twice, however irregular the ticks."""

from __future__ import annotations

from typing import Final

from metafleet.engine.experts.desk import Desk
from metafleet.engine.market.records import Bar

HISTORY_BARS: Final = 500
"""Bars reported at the start, and the longest gap that is made up for after a lost connection."""

_MINUTE_MSC: Final = 60_000


class BarFeed:
    """Watches the minutes go by. Every method raises DeskLost. `ends_msc`: when the forming bar is over."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._closed_until_s: int | None = None
        self.forming: Bar | None = None
        self.ends_msc = 0

    def begin(self) -> list[Bar]:
        """Return the history that is closed now; what closes from now on comes from `advance`."""
        bars = self._desk.bars(HISTORY_BARS)
        self._closed_until_s = bars[-2].time_s if len(bars) > 1 else 0
        self._go_on_with(bars[-1] if bars else None)
        return bars[:-1]

    def advance(self, now_msc: int) -> list[Bar]:
        """Return the bars that have closed by this market time and were not returned before."""
        if now_msc < self.ends_msc:
            return []
        minute_s = now_msc // _MINUTE_MSC * 60
        bars = [bar for bar in self._desk.bars(self._missing(minute_s)) if bar.time_s <= minute_s]
        closed = [bar for bar in bars if (self._closed_until_s or 0) < bar.time_s < minute_s]
        if closed:
            self._closed_until_s = closed[-1].time_s
        self._go_on_with(bars[-1] if bars else self.forming)
        return closed

    def refresh(self) -> None:
        """Look at the forming bar again."""
        for bar in self._desk.bars(1):
            if self.forming is not None and bar.time_s == self.forming.time_s:
                self.forming = bar

    def _go_on_with(self, forming: Bar | None) -> None:
        self.forming = forming
        self.ends_msc = 0 if forming is None else forming.time_s * 1000 + _MINUTE_MSC

    def _missing(self, minute_s: int) -> int:
        if self._closed_until_s is None:
            return HISTORY_BARS
        return max(3, min(HISTORY_BARS, (minute_s - self._closed_until_s) // 60 + 2))
