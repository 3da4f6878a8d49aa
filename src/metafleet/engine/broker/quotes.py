"""The prices that a ledger trades at: each symbol's last tick, and what time it is on the market."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

CLOSED_AFTER_MSC: Final = 15 * 60_000
"""A symbol without a tick for so long, while the market's time goes on, is closed.

The ticks themselves say it, because a live market's times are not those of the trading week.
"""


class Quotes:
    """One market, shared by all ledgers that trade on it."""

    def __init__(self, specs: Iterable[SymbolSpec]) -> None:
        self.specs: dict[str, SymbolSpec] = {spec.name: spec for spec in specs}
        self.now_msc = 0
        self._last: dict[str, Tick] = {}

    def apply(self, tick: Tick) -> None:
        """Take a tick; the market's time moves on to it."""
        self._last[tick.symbol] = tick
        self.now_msc = max(self.now_msc, tick.time_msc)

    def advance(self, now_msc: int) -> None:
        """Move the market's time on, never back."""
        self.now_msc = max(self.now_msc, now_msc)

    def last(self, symbol: str) -> Tick | None:
        """Return a symbol's last tick; None when it never had one."""
        return self._last.get(symbol)

    def all(self) -> list[Tick]:
        """Return every symbol's last tick."""
        return list(self._last.values())

    def is_open(self, symbol: str) -> bool:
        """Say whether the symbol is quoted at the market's time."""
        tick = self._last.get(symbol)
        return tick is not None and self.now_msc - tick.time_msc <= CLOSED_AFTER_MSC
