"""A client of the paper broker: synchronous, light to import, safe to call from several threads.

Whoever waits reads: of the callers that wait for something one reads the socket for all, hands each
answer to its caller and keeps events until `poll` takes them. A thread of its own for that would
cost each tick two more switches between threads, in each of hundreds of runners. For the same reason
a waiter is only notified where there is one, what comes is received into one buffer, and a tick that
comes alone is handed on without being put down first. Ticks are
latest-wins per symbol, deals are all kept, in order. That the connection has ended is noticed by the
next call. Nothing reconnects: after BrokerUnavailable the caller makes a new client.
"""

from __future__ import annotations

import os
import select
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal
from types import TracebackType
from typing import ClassVar, Final, Self, TypeVar

import msgspec

from metafleet.engine.broker import dialling, frames, messages
from metafleet.engine.broker.errors import (
    AdminRefused,
    BrokerError,
    BrokerTooOld,
    BrokerUnavailable,
    Fenced,
    LoginRefused,
    NothingThere,
    RequestRefused,
    UnknownSymbol,
)
from metafleet.engine.broker.records import (
    AccountInfo,
    ClosedEvent,
    Deal,
    DealEvent,
    Event,
    OrderRequest,
    OrderResult,
    Position,
    TickEvent,
)
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.symbols import SymbolSpec

__all__ = [
    "AdminRefused",
    "BrokerClient",
    "BrokerError",
    "BrokerUnavailable",
    "Fenced",
    "LoginRefused",
    "RequestRefused",
    "UnknownSymbol",
]

T = TypeVar("T")

_BELL_BYTES: Final = 4_096

_RATE: Final = struct.Struct("<q4dQiQ")
"""A bar of `market.arrays.RATES`, for readers without NumPy."""

_RAISED: Final[dict[str, type[BrokerError]]] = {
    "history": NothingThere,
    "login": LoginRefused,
    "fenced": Fenced,
    "admin": AdminRefused,
    "symbol": UnknownSymbol,
    "request": RequestRefused,
    "unavailable": BrokerUnavailable,
}


class BrokerClient:
    """One connection to a broker, made by the constructor. A context manager that closes it.

    timeout_s: how long connecting and each answer may take. Every method raises BrokerUnavailable
    when the connection fails or an answer stays out; the connection is closed by then. bell: a
    descriptor that ends a waiting `poll` by having something to read, which is then read off it.
    """

    CHUNK_BYTES: ClassVar[int] = 16 * 1024
    """What is read at once."""

    def __init__(self, host: str, port: int, timeout_s: float = 10.0, bell: int | None = None) -> None:
        self._timeout_s = timeout_s
        self._state = threading.Lock()
        self._changed = threading.Condition(self._state)
        self._waiting = 0
        self._sending = threading.Lock()
        self._awaited: dict[int, messages.Answer | messages.Failure | None] = {}
        self._ticks: dict[str, TickEvent] = {}
        self._deals: list[DealEvent] = []
        self._closed: ClosedEvent | None = None
        self._closed_told = False
        self._is_waited_for = False
        self._has_taken = self._has_ordered = False
        self._deals_taken = self._ticks_taken = self._ticks_come = 0
        self._next_id = 1
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(messages.FromBroker)
        self._reading = threading.Lock()
        self._is_rung = False
        self._unread = bytearray()
        self._chunk = bytearray(self.CHUNK_BYTES)
        self._socket = dialling.dial(host, port, timeout_s)
        self._bell = bell
        self._answers = select.poll()
        self._answers.register(self._socket, select.POLLIN)
        self._arrivals = self._answers if bell is None else select.poll()
        if bell is not None:
            self._arrivals.register(self._socket, select.POLLIN)
            self._arrivals.register(bell, select.POLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; waiting callers get BrokerUnavailable. May be called twice."""
        self._fail("closed by this side")

    def login(
        self, login: int, password: str, server: str, *, expert: str = "", generation: int = 0
    ) -> AccountInfo:
        """Sign this connection in to an account. Raises LoginRefused.

        expert: the EA that it trades for, at most 64 characters. Once a generation has signed in, an
        older one of that EA is refused with Fenced, here and at each order.
        """
        request = messages.Login(
            id=self._id(), login=login, password=password, server=server, expert=expert, generation=generation
        )
        return self._ask(AccountInfo, request)

    def open_account(
        self,
        admin_key: str,
        *,
        name: str,
        password: str,
        deposit: Decimal,
        currency: str = "USD",
        leverage: int = 100,
        margin_mode: str = "hedging",
    ) -> AccountInfo:
        """Open an account with a first deposit; the broker chooses the login. Raises AdminRefused."""
        request = messages.OpenAccount(
            id=self._id(),
            admin_key=admin_key,
            name=name,
            password=password,
            deposit=Decimal(deposit),
            currency=currency,
            leverage=leverage,
            margin_mode=margin_mode,
        )
        return self._ask(AccountInfo, request)

    def account(self) -> AccountInfo:
        """Return the signed-in account as it is now."""
        return self._ask(AccountInfo, messages.GetAccount(id=self._id()))

    def symbols(self) -> list[SymbolSpec]:
        """Return every symbol that this market quotes."""
        return self._ask(list[SymbolSpec], messages.GetSymbols(id=self._id()))

    def symbol(self, name: str) -> SymbolSpec:
        """Return one symbol's specification. Raises UnknownSymbol."""
        found = {spec.name: spec for spec in self.symbols()}
        if name not in found:
            raise UnknownSymbol(f"the market quotes {', '.join(found)}, not {name!r}")
        return found[name]

    def bars(self, symbol: str, count: int = 500) -> list[Bar]:
        """Return the last `count` M1 bars, oldest first, the forming one last. Raises UnknownSymbol."""
        return self._ask(list[Bar], messages.GetBars(id=self._id(), symbol=symbol, count=count))

    def rates(self, symbol: str, timeframe: int, until_s: int, count: int) -> list[Bar]:
        """Return the last `count` bars that open at until_s or before, oldest first.

        timeframe: one of MetaTrader's 21. The last bar may be forming. Raises UnknownSymbol, NothingThere,
        and BrokerTooOld, after which the connection is closed.
        """
        request = messages.RatesFrom(
            id=self._id(), symbol=symbol, timeframe=timeframe, from_s=until_s, count=count
        )
        return [Bar(*row[:7]) for row in _RATE.iter_unpack(self._ask_newer(bytes, request))]

    def positions(self) -> list[Position]:
        """Return the account's open positions, by ticket."""
        return self._ask(list[Position], messages.GetPositions(id=self._id()))

    def deals(self, after_ticket: int = 0, limit: int = 1000) -> list[Deal]:
        """Return deals with a greater ticket, ascending, at most `limit` (1 to 5,000)."""
        return self._ask(list[Deal], messages.GetDeals(id=self._id(), after_ticket=after_ticket, limit=limit))

    def order_send(self, order: OrderRequest) -> OrderResult:
        """Send one order. What the broker refuses comes back as a return code, not as an exception.

        After BrokerUnavailable the outcome is unknown: look in positions() and deals().
        """
        raw = msgspec.Raw(self._encoder.encode(order))
        self._has_ordered = True
        return self._ask(OrderResult, messages.SendOrder(id=self._id(), order=raw))

    def subscribe(self, symbols: Iterable[str], *, bars: bool = False) -> None:
        """Have these symbols' ticks, and the account's deals, pushed; replaces what was subscribed.

        bars: of each minute only the first tick, with which the bar before it has closed.
        Raises UnknownSymbol; RequestRefused when nobody is signed in; with `bars` BrokerTooOld, after which
        the connection is closed.
        """
        request = messages.Subscribe(id=self._id(), symbols=list(symbols), bars=bars)
        self._ask_newer(type(None), request)

    def quote(self, symbol: str) -> Tick | None:
        """Return a symbol's last quote, None before its first. Raises BrokerTooOld as `subscribe` does."""
        view = self._ask_newer(messages.View, messages.Look(id=self._id(), parts=messages.QUOTES))
        found = view.quotes.get(symbol)
        if found is None:
            return None
        return Tick(symbol, found.time_msc, found.bid, found.ask, found.last, found.volume_real)

    def follow(self) -> bool:
        """Have a market at full speed wait for this client after each tick, until it polls again.

        From the next `subscribe` on. Return whether it does; a market that a clock paces waits for nobody.
        Raises BrokerTooOld, after which the connection is closed.
        """
        self._is_waited_for = self._ask_newer(bool, messages.Follow(id=self._id()))
        return self._is_waited_for

    def poll(self, timeout_s: float = 0.0) -> list[Event]:
        """Return what came since the last poll, waiting up to timeout_s for the first: deals, then ticks.

        The bell ends the wait, then maybe with nothing.
        When the connection has ended, the last list closes with a ClosedEvent; the next call
        raises BrokerUnavailable.
        """
        if self._is_waited_for:
            self._step()
        deadline = time.monotonic() + timeout_s
        if (tick := self._next_tick(timeout_s)) is not None:
            return [tick]
        self._read_until(None, deadline - time.monotonic(), self._arrivals)
        self._is_rung = False
        with self._state:
            if self._closed_told:
                raise BrokerUnavailable(self._closed_detail())
            events: list[Event] = [*self._deals]
            self._deals_taken += len(events)
            # Of a market that waits deals come alone: what is done about them comes before the tick.
            if not self._is_waited_for or not events:
                events += self._ticks.values()
                self._ticks.clear()
                self._ticks_taken = self._ticks_come
            self._deals.clear()
            self._has_taken = self._has_taken or bool(events)
            if self._closed is not None:
                self._closed_told = True
                events.append(self._closed)
            return events

    def _step(self) -> None:
        """Let the market go on, once everything is dealt with."""
        if self._has_ordered:
            # Any answer comes after the deals of the order before it.
            self._has_ordered = False
            self.positions()
        if self._has_taken and not self._has_events():
            self._has_taken = False
            self._put(messages.Taken(id=self._id(), deals=self._deals_taken, ticks=self._ticks_taken))

    def _has_events(self) -> bool:
        return bool(self._ticks or self._deals or self._closed)

    def _id(self) -> int:
        with self._state:
            self._next_id += 1
            return self._next_id

    def _ask(self, kind: type[T], request: messages.Request) -> T:
        self._send(request)
        reply = self._wait_for(request.id)
        if isinstance(reply, messages.Failure):
            raise _RAISED[reply.code](reply.detail)
        return msgspec.msgpack.decode(reply.result, type=kind)

    def _ask_newer(self, kind: type[T], request: messages.Request) -> T:
        """Ask what a broker of an older version does not know and hangs up at."""
        try:
            return self._ask(kind, request)
        except BrokerUnavailable as error:
            if str(error).startswith("not a request:"):
                raise BrokerTooOld(
                    "this broker is of an older metafleet and serves no MetaTrader programs; update it"
                ) from error
            raise

    def _send(self, request: messages.Request) -> None:
        with self._state:
            if self._closed is not None:
                raise BrokerUnavailable(self._closed_detail())
            self._awaited[request.id] = None
        self._put(request)

    def _put(self, request: messages.Request) -> None:
        try:
            data = frames.frame(self._encoder.encode(request))
            with self._sending:
                self._socket.sendall(data)
        except frames.FrameTooLarge as error:
            self._awaited.pop(request.id, None)
            raise RequestRefused(str(error)) from error
        except OSError as error:
            self._fail(f"could not send to the broker: {error}")
            raise BrokerUnavailable(self._closed_detail()) from error

    def _wait_for(self, request_id: int) -> messages.Answer | messages.Failure:
        self._read_until(request_id, self._timeout_s, self._answers)
        with self._state:
            reply = self._awaited.pop(request_id)
        if reply is not None:
            return reply
        self._fail(f"no answer from the broker within {self._timeout_s:g} s")
        raise BrokerUnavailable(self._closed_detail())

    def _next_tick(self, wait_s: float) -> TickEvent | None:
        """Wait for what comes next: return a tick that comes alone, take anything else.

        As `_read` does it, in one function and with no lock but one: nothing is called as often.
        """
        if not self._reading.acquire(blocking=False):
            return None
        message = None
        try:
            # Only who reads adds to these.
            if not (self._ticks or self._deals or self._closed):
                message = self._receive_first(wait_s, self._arrivals)
            if type(message) is TickEvent:
                self._ticks_come += 1
                self._ticks_taken, self._has_taken = self._ticks_come, True
                return message
            self._keep(message)
        finally:
            self._reading.release()
            if self._waiting:
                self._wake_waiting()
        return None

    def _read_until(self, request_id: int | None, timeout_s: float, arrivals: select.poll) -> None:
        """Look once, then until this request is answered, the connection has ended, the time is up, or the
        bell rings. None: until there is an event."""
        deadline = time.monotonic() + timeout_s
        left_s = timeout_s
        has_looked = False
        while True:
            with self._state:
                if request_id is None:
                    is_done = bool(self._is_rung or self._ticks or self._deals)
                else:
                    is_done = self._awaited[request_id] is not None
                if self._closed is not None or (has_looked and (is_done or left_s < 0)):
                    return
                wait_s = 0.0 if is_done else max(0.0, left_s)
                is_reader = self._may_read(wait_s)
            if is_reader:
                self._read(wait_s, arrivals)
            has_looked = True
            left_s = deadline - time.monotonic()

    def _may_read(self, wait_s: float) -> bool:
        """Take the right to read, or wait for the one who has it."""
        # Counted before it is tried: who gives the right back looks at the count after that.
        self._waiting += 1
        try:
            if self._reading.acquire(blocking=False):
                return True
            self._changed.wait(wait_s)
            return False
        finally:
            self._waiting -= 1

    def _read(self, wait_s: float, arrivals: select.poll) -> None:
        """Take what has come, waiting for the first; then let others read."""
        try:
            self._keep(self._receive_first(wait_s, arrivals))
        finally:
            self._reading.release()
            if self._waiting:
                self._wake_waiting()

    def _keep(self, message: messages.FromBroker | None) -> None:
        if message is not None:
            with self._state:
                self._take(message)

    def _wake_waiting(self) -> None:
        with self._state:
            self._changed.notify_all()

    def _receive_first(self, wait_s: float, arrivals: select.poll) -> messages.FromBroker | None:
        """Wait for what comes first, and return it if it came whole and alone; else take everything."""
        message = None
        try:
            for descriptor, _ in arrivals.poll(1000 * wait_s):
                if descriptor == self._bell:
                    self._is_rung = bool(os.read(descriptor, _BELL_BYTES))
                    continue
                # Into a buffer of ours: memory for each tick's own is mapped and unmapped each time.
                count = self._socket.recv_into(self._chunk)
                if self._unread or count - 4 != frames.HEADER.unpack_from(self._chunk)[0]:
                    self._receive(count)
                    continue
                message = self._decoder.decode(self._chunk[4:count])
        except (OSError, ValueError, frames.FrameTooLarge, msgspec.DecodeError) as error:
            self._fail(f"the connection to the broker failed: {error}")
        return message

    def _receive(self, count: int) -> None:
        """Take everything that is there, so that only the newest ticks count. count: bytes in the chunk."""
        while count:
            with memoryview(self._chunk) as chunk:
                found = [self._decoder.decode(body) for body in self._bodies(chunk[:count])]
            with self._state:
                for message in found:
                    self._take(message)
            if count < self.CHUNK_BYTES or not self._answers.poll(0):
                return
            count = self._socket.recv_into(self._chunk)
        self._fail("the broker closed the connection")

    def _bodies(self, come: memoryview) -> Iterator[bytes]:
        """The whole frames that have come by now, each a copy of its own: answers are looked into later."""
        is_rest = bool(self._unread)
        if is_rest:
            self._unread += come
        start = 0
        with memoryview(self._unread) if is_rest else come as unread:
            while len(unread) >= start + 4:
                end = start + 4 + frames.body_length(unread[start : start + 4])
                if len(unread) < end:
                    break
                yield bytes(unread[start + 4 : end])
                start = end
            rest = None if is_rest else bytes(unread[start:])
        if rest is None:
            del self._unread[:start]
        else:
            self._unread += rest

    def _take(self, message: messages.FromBroker) -> None:
        if isinstance(message, TickEvent):
            self._ticks[message.symbol] = message
            self._ticks_come += 1
        elif isinstance(message, DealEvent):
            self._deals.append(message)
        elif isinstance(message, ClosedEvent):
            self._close(message)
        elif message.id in self._awaited:
            self._awaited[message.id] = message

    def _fail(self, detail: str) -> None:
        """Close once; the first reason stays."""
        with self._state:
            self._close(ClosedEvent(detail))

    def _close(self, event: ClosedEvent) -> None:
        if self._closed is None:
            self._closed = event
            dialling.hang_up(self._socket)
        self._changed.notify_all()

    def _closed_detail(self) -> str:
        return self._closed.detail if self._closed is not None else "the connection is closed"
