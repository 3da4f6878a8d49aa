"""One client's connection: what waits to be sent to it.

Answers and deals are queued and all sent. Of ticks only each symbol's newest waits: a reader that is slow
misses some and delays nobody. A reader that leaves thousands of deals unread is cut off; it finds
them again by `deals(after_ticket)`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from typing import Final

import msgspec

from metafleet.engine.broker import frames
from metafleet.engine.broker.errors import RequestRefused
from metafleet.engine.broker.fences import Trader
from metafleet.engine.broker.records import ClosedEvent

MAX_REQUEST_BYTES: Final = 64 * 1024
"""The longest request is an order of a few hundred bytes."""

_MAX_WAITING_BYTES: Final = 8 * 1024 * 1024
_WRITE_BUFFER_BYTES: Final = 64 * 1024
_CLOSING_S: Final = 1.0

_encoder = msgspec.msgpack.Encoder()


def encoded(message: msgspec.Struct) -> bytearray:
    """Return a message as one frame. Raises FrameTooLarge."""
    frame = bytearray(frames.HEADER.size)
    _encoder.encode_into(message, frame, frames.HEADER.size)
    frames.head(frame)
    return frame


class Session:
    """A connection. login: the account it is signed in to. symbols: what it subscribed to, None before.

    wants_bars: of each minute it is told the first tick only. descriptor: its socket's.
    trader: the EA that it trades for, None for a terminal that a person or anything else uses.
    is_let_in: has said the broker's token. follows: a market at full speed waits for it; `step` is cleared
    by a tick and set once it has dealt with all deals and ticks that it was told.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.login: int | None = None
        self.symbols: frozenset[str] | None = None
        self.wants_bars = False
        self.trader: Trader | None = None
        self.is_let_in = False
        self.failures = 0
        self.taken_bytes = 0
        """How much `receive` has returned, with the lengths before it."""
        self.is_free = False
        """Whether the last request is done with and its answer is handed over."""
        self.follows = False
        self.step = asyncio.Event()
        self.deals_told = 0
        self._ticks_told = 0
        self._reader = reader
        self._writer = writer
        self._transport = writer.transport
        self.descriptor: int = writer.get_extra_info("socket").fileno()
        self._queue: deque[bytes | bytearray] = deque()
        self._waiting_bytes = 0
        self._ticks: dict[str, bytes | bytearray] = {}
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._ended = False
        writer.transport.set_write_buffer_limits(high=_WRITE_BUFFER_BYTES)

    async def receive(self, timeout_s: float | None) -> bytes | None:
        """Return the next request's body; None when the client is gone.

        Raises TimeoutError, and RequestRefused for a frame that is too long.
        """
        try:
            async with asyncio.timeout(timeout_s):
                length = int.from_bytes(await self._reader.readexactly(4), "big")
                if length > MAX_REQUEST_BYTES:
                    raise RequestRefused(
                        f"a request of {length} bytes; at most {MAX_REQUEST_BYTES} are allowed"
                    )
                body = await self._reader.readexactly(length)
                self.taken_bytes += 4 + length
                return body
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    @property
    def may_be_served(self) -> bool:
        """Whether it is signed in, has no request under way, and has read its answers."""
        return self.is_free and self.login is not None and not self._waiting_bytes

    def send(self, data: bytes | bytearray) -> None:
        """Send an answer or a deal, or queue it behind what waits already."""
        if self._is_idle():
            self._writer.write(data)
            if self._writer.transport.get_write_buffer_size() == 0:
                return
        else:
            self._queue.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _MAX_WAITING_BYTES:
            self._writer.transport.abort()
        self._drained.clear()
        self._wake.set()

    def send_tick(self, symbol: str, data: bytes | bytearray) -> None:
        """Have this tick sent, instead of an older one that still waits.

        To wake the writing task for each of a hundred listeners would make the last of them wait
        for milliseconds: where nothing waits, it is handed to the system here, and not by the transport,
        whose looks at itself take as long as the system does.
        """
        if self.follows:
            self.step.clear()
        transport = self._transport
        if self._queue or self._ticks or transport.get_write_buffer_size() or transport.is_closing():
            self._ticks[symbol] = data
            self._wake.set()
            return
        self._ticks_told += 1
        try:
            sent = os.write(self.descriptor, data)
        except OSError:
            sent = 0  # The transport tries again, and knows what to do about it.
        if sent < len(data):
            self._writer.write(data[sent:])

    @property
    def is_following(self) -> bool:
        """Whether a market at full speed is to wait for it."""
        return self.follows and bool(self.symbols)

    def catch_up(self, deals: int, ticks: int) -> None:
        """Hear that the client has dealt with so many."""
        if (deals, ticks) == (self.deals_told, self._ticks_told) and not self._ticks:
            self.step.set()

    def _is_idle(self) -> bool:
        transport = self._writer.transport
        waiting = self._queue or self._ticks or transport.get_write_buffer_size()
        return not waiting and not transport.is_closing()

    async def flushed(self) -> None:
        """Wait until everything queued was handed to the system: a client that asks must also read."""
        if self._waiting_bytes and not self._ended:
            await self._drained.wait()

    async def write_forever(self) -> None:
        """Send what is queued, until the connection ends."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                data = b"".join((*self._queue, *self._ticks.values()))
                self._ticks_told += len(self._ticks)
                self._queue.clear()
                self._ticks.clear()
                self._writer.write(data)
                await self._writer.drain()
                if not self._queue:
                    self._waiting_bytes = 0
                    self._drained.set()
        self._ended = True
        self._drained.set()

    def dismiss(self, detail: str) -> None:
        """Say why, and take nothing more from this client; who attends it lets it go then."""
        self._writer.write(encoded(ClosedEvent(detail)))
        self._writer.close()

    async def close(self, detail: str) -> None:
        """Say why, and end the connection; a client that does not read is not waited for."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            self._writer.write(encoded(ClosedEvent(detail)))
            self._writer.close()
            async with asyncio.timeout(_CLOSING_S):
                await self._writer.wait_closed()
        self._writer.transport.abort()
