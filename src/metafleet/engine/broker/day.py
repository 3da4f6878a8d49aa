"""A symbol's last quote and its day so far, as a terminal shows them."""

from __future__ import annotations

from typing import Final

import msgspec

from metafleet.engine.broker.records import Quote
from metafleet.engine.market.arrays import DEAL_FLAGS, FLAG_ASK, FLAG_BID, FLAG_VOLUME, Array
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import CHART_LAST, SymbolSpec

_DAY_MSC: Final = 86_400_000


class Day:
    """Give it every tick. Days are of the ticks' own clock."""

    def __init__(self, spec: SymbolSpec) -> None:
        self._spec = spec
        self._tick: Tick | None = None
        self._quote: Quote | None = None
        self._end_msc = 0
        self._open = self._close = self._last_bid = 0.0
        self._bid_high = self._bid_low = self._ask_high = self._ask_low = 0.0
        self._last_high = self._last_low = self._volume_high = self._volume_low = 0.0
        self._flags = FLAG_BID | FLAG_ASK

    def begin(self, before: Array, today: Array, day_msc: int) -> None:
        """Take in bars of RATES of earlier days and of this one, which began at day_msc.

        Asks are known by the widest spread that today's bars saw.
        """
        self._last_bid = float(before["close"][-1]) if len(before) else 0.0
        self._end_msc = day_msc
        if len(today):
            gap = float(today["spread"].max()) * self._spec.point
            self._new_day(day_msc, float(today["open"][0]), float(today["open"][0]))
            self._last_bid = float(today["close"][-1])
            self._bid_high, self._bid_low = float(today["high"].max()), float(today["low"].min())
            self._ask_high = round(self._bid_high + gap, self._spec.digits)
            self._ask_low = round(self._bid_low + self._spec.point, self._spec.digits)
            if self._spec.chart_mode == CHART_LAST:
                self._last_high, self._last_low = self._bid_high, self._bid_low

    def take(self, tick: Tick) -> None:
        """Take the next tick."""
        bid, ask, time_msc = tick.bid, tick.ask, tick.time_msc
        if time_msc >= self._end_msc:
            self._new_day(time_msc, bid, ask)
        if tick.last > 0:
            self._take_deal(tick)
        if bid > self._bid_high:
            self._bid_high = bid
        elif bid < self._bid_low:
            self._bid_low = bid
        if ask > self._ask_high:
            self._ask_high = ask
        elif ask < self._ask_low:
            self._ask_low = ask
        self._last_bid = bid
        self.show(tick)

    def show(self, tick: Tick) -> None:
        """Show a tick that the day has already."""
        self._tick, self._quote = tick, None

    def quote(self) -> Quote | None:
        """Return the last tick and the day so far, one object until the next tick; None before the first."""
        tick = self._tick
        if self._quote is None and tick is not None:
            quote = Quote(
                time_msc=tick.time_msc,
                bid=tick.bid,
                ask=tick.ask,
                bid_high=self._bid_high,
                bid_low=self._bid_low,
                ask_high=self._ask_high,
                ask_low=self._ask_low,
                session_open=self._open,
                session_close=self._close,
            )
            self._quote = self._dealt(quote, tick) if tick.last > 0 else quote
        return self._quote

    def _dealt(self, quote: Quote, tick: Tick) -> Quote:
        return msgspec.structs.replace(
            quote,
            last=tick.last,
            volume=int(tick.volume),
            volume_real=tick.volume,
            flags=self._flags,
            last_high=self._last_high,
            last_low=self._last_low,
            volume_high=self._volume_high,
            volume_low=self._volume_low,
        )

    def _take_deal(self, tick: Tick) -> None:
        """Take the last price and what the tick changed. The lowest of a day without a deal is 0."""
        before, last, volume = self._tick, tick.last, tick.volume
        quoted = FLAG_BID if before is None or before.bid != tick.bid else 0
        quoted |= FLAG_ASK if before is None or before.ask != tick.ask else 0
        self._flags = quoted | tick.flags
        if tick.flags & DEAL_FLAGS:
            self._last_high = max(self._last_high, last)
            self._last_low = min(self._last_low or last, last)
        if tick.flags & FLAG_VOLUME:
            self._volume_high = max(self._volume_high, volume)
            self._volume_low = min(self._volume_low or volume, volume)

    def _new_day(self, time_msc: int, bid: float, ask: float) -> None:
        self._end_msc = (time_msc // _DAY_MSC + 1) * _DAY_MSC
        self._open, self._close = bid, self._last_bid
        self._bid_high = self._bid_low = bid
        self._ask_high = self._ask_low = ask
        self._last_high = self._last_low = self._volume_high = self._volume_low = 0.0
