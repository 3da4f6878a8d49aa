"""One tick on its way to all who listen to its symbol."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Iterable
from typing import Final, Protocol

from metafleet.engine.broker.records import TickEvent
from metafleet.engine.broker.session import encoded
from metafleet.engine.market.records import Tick

TOLD_AT_ONCE: Final = 2
"""Clients that get a tick between two looks at what has come in. To tell one is little work, but each may
take the processor at once for several times as long."""

_ROUNDS: Final = 4
"""How often the event loop has its turn once something has come: to read it, serve it, commit and answer."""

_TOLD_AT_MOST: Final = 20
"""Clients that get a tick before the event loop has a turn for whatever else there may be."""

_MINUTE_MSC: Final = 60_000


class Listener(Protocol):
    """What a session is here. symbols: those whose ticks it wants. wants_bars: only such as begin a bar."""

    symbols: frozenset[str] | None
    wants_bars: bool

    def send_tick(self, symbol: str, data: bytes | bytearray) -> None:
        """Have a tick sent."""


class FanOut:
    """Tells ticks. Orders of clients that have a tick are served while others are still told of it."""

    def __init__(self) -> None:
        self._first = 0
        self._minutes: dict[str, int] = {}
        # A system call: a turn of the event loop costs ten times as much as to see that none is needed.
        self._arrivals = select.epoll() if hasattr(select, "epoll") else None

    def attend(self, descriptor: int) -> None:
        """Look at what comes in by this socket, until it is closed."""
        if self._arrivals is not None:
            self._arrivals.register(descriptor, select.EPOLLIN)

    async def tell(self, tick: Tick, sessions: Iterable[Listener]) -> None:
        """Tell everyone who listens now and still does when it is their turn.

        Nobody is always the last: who is first of this tick is last of the next.
        """
        symbol = tick.symbol
        minute = tick.time_msc // _MINUTE_MSC
        is_first = minute != self._minutes.get(symbol)
        self._minutes[symbol] = minute
        listeners = [
            one
            for one in sessions
            if one.symbols is not None and symbol in one.symbols and (is_first or not one.wants_bars)
        ]
        if not listeners:
            return
        data = encoded(TickEvent.of(tick))
        self._first = (self._first + 1) % len(listeners)
        rounds = 0
        for place, listener in enumerate(listeners[self._first :] + listeners[: self._first], start=1):
            if listener.symbols is not None and symbol in listener.symbols:
                listener.send_tick(symbol, data)
            if place % TOLD_AT_ONCE:
                continue
            rounds -= 1
            if self._arrivals is None or self._arrivals.poll(0, 1):
                rounds = _ROUNDS
                # The first turn finds what has come, and the second serves it.
                await asyncio.sleep(0)
            if rounds > 0 or place % _TOLD_AT_MOST == 0:
                await asyncio.sleep(0)
