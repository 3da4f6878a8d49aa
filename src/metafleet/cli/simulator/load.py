"""An HTTP/1.1 client that costs little: requests made once as bytes, over kept connections.

The load generator shares its cores with the servers that it measures. So there are no
objects for requests and headers: a request is its bytes (`encode`), an answer is its status,
its body and the seconds that it took. Answers with a Content-Length, or without a body, are all
that it reads.

`Line` is one connection that comes back when it was lost; `hammer` keeps many of them busy.
"""

from __future__ import annotations

import asyncio
import resource
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, cast

from metafleet.cli.simulator.histogram import Histogram

ANSWER_WITHIN_S: Final = 30.0
_CONNECT_WITHIN_S: Final = 10.0
_GZIP_WBITS: Final = 31
_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\ncontent-length:"
_RETRY_AFTER: Final = b"\r\nretry-after:"


class Answer(NamedTuple):
    """What came back. `seconds` from the request's first byte to the answer's last.

    retry_after_s: what the server asked for, else None.
    """

    status: int
    body: bytes
    seconds: float
    retry_after_s: float | None = None


class LineLost(Exception):
    """The connection ended, could not be made or was silent too long: what was sent may have arrived."""


def encode(
    method: str, path: str, body: bytes = b"", *, token: str | None = None, is_gzip: bool = False
) -> bytes:
    """Return a whole request. is_gzip: compress the body and say so."""
    if is_gzip:
        squeeze = zlib.compressobj(level=1, wbits=_GZIP_WBITS)
        body = squeeze.compress(body) + squeeze.flush()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    if body:
        head += "Content-Type: application/json\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if is_gzip:
        head += "Content-Encoding: gzip\r\n"
    return f"{head}\r\n".encode() + body


def allow_many_files() -> int:
    """Raise this process's limit of open files as far as it goes; return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Line:
    """One kept connection. Requests that are asked at the same time wait for one another.

    A kept connection that turns out closed is replaced and the request sent once more, as HTTP
    clients do; a connection that ends while it is new, or half-way through an answer, is LineLost.
    """

    __slots__ = ("_address", "_is_busy", "_waiting", "_wire")

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._wire: _Wire | None = None
        self._is_busy = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def address(self) -> tuple[str, int]:
        return self._address

    async def ask(self, request: bytes, timeout_s: float = ANSWER_WITHIN_S) -> Answer:
        """Send the request and return its answer. Raises LineLost."""
        await self._turn()
        try:
            if self._wire is not None and self._wire.is_open:
                answer = await self._wire.ask(request, timeout_s)
                if answer is not None:
                    return answer
            self._wire = await self._connect()
            answer = await self._wire.ask(request, timeout_s)
            if answer is None:
                raise LineLost("the connection was closed before the answer")
            return answer
        finally:
            self._end_turn()

    async def break_off(self, request: bytes, *, sent: int, linger_s: float = 0.0) -> None:
        """Send the first `sent` bytes of a request and cut the connection without reading an answer.

        Raises LineLost when there is no connection to cut.
        """
        await self._turn()
        try:
            if self._wire is None or not self._wire.is_open:
                self._wire = await self._connect()
            self._wire.write(request[:sent])
            if linger_s:
                await asyncio.sleep(linger_s)
        finally:
            self.close()
            self._end_turn()

    def close(self) -> None:
        """Cut the connection; the next request makes another."""
        if self._wire is not None:
            self._wire.abort()
            self._wire = None

    async def _turn(self) -> None:
        if self._is_busy:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._end_turn()
                raise
        self._is_busy = True

    def _end_turn(self) -> None:
        """Hand the line on; it stays busy where somebody waits, so that nobody jumps the queue."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._is_busy = False

    async def _connect(self) -> _Wire:
        try:
            async with asyncio.timeout(_CONNECT_WITHIN_S):
                _, wire = await asyncio.get_running_loop().create_connection(_Wire, *self._address)
        except (OSError, TimeoutError) as error:
            raise LineLost(f"no connection: {error}") from error
        return wire


@dataclass(slots=True)
class Hammered:
    """What a run of `hammer` did. `seconds`: how long it went on."""

    seconds: float = 0.0
    latencies: Histogram = field(default_factory=Histogram)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    refusal: bytes = b""
    """The body of the first answer that was no 200."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.latencies.count / self.seconds if self.seconds else 0.0


async def hammer(
    host: str, port: int, next_request: Callable[[int], bytes], *, connections: int, seconds: float
) -> Hammered:
    """Keep `connections` busy, each with its next request as soon as it was answered.

    next_request: called with the connection's number (from 0), returns a request's bytes.
    A connection that is lost is counted and made again. Raises LineLost when the first cannot be made.
    """
    done = Hammered()
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    await asyncio.gather(*(_Hammer(host, port, next_request, done).run(n, until) for n in range(connections)))
    done.seconds = time.perf_counter() - began
    return done


class _Hammer:
    """One busy connection: the next request is written from within the answer's own callback."""

    def __init__(self, host: str, port: int, next_request: Callable[[int], bytes], done: Hammered) -> None:
        self._address = (host, port)
        self._next_request = next_request
        self._done = done

    async def run(self, number: int, until: float) -> None:
        loop = asyncio.get_running_loop()
        while time.perf_counter() < until:
            try:
                _, wire = await loop.create_connection(_Wire, *self._address)
            except OSError as error:
                raise LineLost(f"no connection: {error}") from error
            over = loop.create_future()
            self._send(wire, number, until, over)
            await over
            wire.abort()

    def _send(self, wire: _Wire, number: int, until: float, over: asyncio.Future[None]) -> None:
        done = self._done

        def answered(answer: Answer | None) -> None:
            if answer is None:
                done.lost += 1
                over.set_result(None)
                return
            done.latencies.record(answer.seconds)
            done.statuses[answer.status] += 1
            if answer.status != 200 and not done.refusal:
                done.refusal = answer.body
            if time.perf_counter() < until and wire.is_open:
                wire.send(self._next_request(number), answered)
            else:
                over.set_result(None)

        wire.send(self._next_request(number), answered)


class _Wire(asyncio.Protocol):
    """A TCP connection with at most one request under way."""

    __slots__ = ("_answered", "_began", "_buffer", "_head", "_needed", "_transport", "is_open")

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answered: Callable[[Answer | None], None] | None = None
        self._began = 0.0
        self._buffer = b""
        self._head = b""
        self._needed = 0
        self.is_open = False

    def send(self, request: bytes, answered: Callable[[Answer | None], None]) -> None:
        """Write the request; `answered` is called once, with None when the connection was lost."""
        if self._transport is None or not self.is_open:
            answered(None)
            return
        self._answered = answered
        self._began = time.perf_counter()
        self._transport.write(request)

    def write(self, part: bytes) -> None:
        """Write bytes whose answer nobody waits for."""
        if self._transport is not None and self.is_open:
            self._transport.write(part)

    async def ask(self, request: bytes, timeout_s: float) -> Answer | None:
        """Return the answer, None when the connection was closed before a byte of it. Raises LineLost."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer | None] = loop.create_future()
        timer = loop.call_later(timeout_s, self._time_out, future, timeout_s)

        def answered(answer: Answer | None) -> None:
            if not future.done():
                future.set_result(answer)

        self.send(request, answered)
        try:
            answer = await future
        except BaseException:
            # An answer that comes later would be taken for the next request's.
            self.abort()
            raise
        finally:
            timer.cancel()
        if answer is None and (self._buffer or self._head):
            raise LineLost("the connection was closed half-way through the answer")
        return answer

    def abort(self) -> None:
        self.is_open = False
        self._answered = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the shape of asyncio's, and are none.
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if not self._head:
            end = data.find(_HEAD_END)
            if end < 0:
                self._buffer = data
                return
            self._head = data[:end].lower()
            data = data[end + 4 :]
            self._needed = int(_header(self._head, _LENGTH) or 0)
        if len(data) < self._needed:
            self._buffer = data
            return
        self._finish(data[: self._needed])

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own shape
        self.is_open = False
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(None)

    def _finish(self, body: bytes) -> None:
        seconds = time.perf_counter() - self._began
        head, self._head, self._buffer = self._head, b"", b""
        status = int(head[9:12])
        retry_after = _header(head, _RETRY_AFTER) if status >= 400 else None
        if head.find(b"\r\nconnection: close") >= 0:
            self.is_open = False
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(Answer(status, body, seconds, _seconds(retry_after)))

    def _time_out(self, future: asyncio.Future[Answer | None], timeout_s: float) -> None:
        if not future.done():
            future.set_exception(LineLost(f"no answer within {timeout_s:g} s"))


def _header(head: bytes, name: bytes) -> bytes | None:
    """The value of a header; name: lower case, with the line break before it and the colon."""
    at = head.find(name)
    if at < 0:
        return None
    at += len(name)
    end = head.find(b"\r\n", at)
    return head[at:end] if end >= 0 else head[at:]


def _seconds(value: bytes | None) -> float | None:
    text = (value or b"").strip()
    return float(text) if text.isdigit() else None
