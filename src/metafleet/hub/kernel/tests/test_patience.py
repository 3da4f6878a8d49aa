"""Slow clients over real sockets: each is hung up on, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
import uvicorn

from metafleet.hub.kernel.patience import MOST_HEAD_BYTES, Patient

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

HALF_A_HEAD = b"POST / HTTP/1.1\r\nHost: here\r\n"
HEAD = HALF_A_HEAD + b"Content-Length: 5\r\n\r\n"
WHOLE = HEAD + b"hello"
PATIENCE_S = 10
"""What a busy machine may take; less than what a drop would prolong the wait for a head by."""


class Hurried(Patient):
    head_s: ClassVar[float] = 0.4
    body_s: ClassVar[float] = 0.6
    unread_s: ClassVar[float] = 0.4


class Clock:
    """The loop's time, which goes on by itself and jumps when it is told to.

    Limits are those of the product, which no busy machine reaches; what waits for their end jumps there.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead_s = 0.0
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self._ahead_s)

    async def jump(self, seconds: float) -> None:
        """Let what was sent arrive, then let the time pass, then let happen what is due."""
        await asyncio.sleep(0.01)
        self._ahead_s += seconds
        await asyncio.sleep(0.01)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(asyncio.get_running_loop(), monkeypatch)


class App:
    """Says how long the body was; "/early" before it is read, "/large" with more than buffers take."""

    def __init__(self) -> None:
        self.open = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.open += 1
        try:
            body = b"early" if scope["path"] == "/early" else await _body(receive)
            said = b"x" * 30_000_000 if scope["path"] == "/large" else str(len(body)).encode()
            length = [(b"content-length", str(len(said)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": length})
            await send({"type": "http.response.body", "body": said})
        finally:
            self.open -= 1


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body, more = body + message["body"], message["more_body"]
    return body


Open = Callable[[bytes], Awaitable[Line]]


@asynccontextmanager
async def serving(protocol: type[Patient] = Hurried) -> AsyncIterator[tuple[Open, App, uvicorn.Server]]:
    app = App()
    config = uvicorn.Config(app, port=0, http=protocol, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]

    async def open_line(said: bytes) -> Line:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        return reader, writer

    try:
        yield open_line, app, server
    finally:
        server.force_exit = True
        await server.shutdown()


async def read_to_end(line: Line) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        said = await line[0].read()
    line[1].close()
    return said


async def answered(line: Line) -> bytes:
    """Return the first line of an answer."""
    async with asyncio.timeout(PATIENCE_S):
        return await line[0].readline()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.005)


async def test_two_hundred_half_open_connections_are_let_go_and_stop_nobody(clock: Clock) -> None:
    async with serving(Patient) as (open_line, _, server):
        connections = server.server_state.connections
        slow = [await open_line(HALF_A_HEAD) for _ in range(200)]
        await until(lambda: len(connections) == 200)
        line = await open_line(WHOLE)
        assert await answered(line) == b"HTTP/1.1 200 OK\r\n"
        line[1].close()
        await until(lambda: len(connections) == 200)
        await clock.jump(Patient.head_s)
        ends = await asyncio.gather(*(read_to_end(each) for each in slow))
        assert {end[:12] for end in ends} == {b"HTTP/1.1 408"}
        await until(lambda: not connections)


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"", b""),
        (b"", b"\r\n"),
        (HALF_A_HEAD, b"X: y\r\n"),
        (HEAD, b"h"),
        (HEAD[:-4] + b"9999\r\n\r\n", b"h"),
    ],
)
async def test_drops_do_not_prolong_the_wait(clock: Clock, beginning: bytes, drop: bytes) -> None:
    async with serving(Patient) as (open_line, app, server):
        line = await open_line(beginning)
        await until(lambda: bool(server.server_state.connections))
        limit_s = Patient.body_s if beginning.startswith(HEAD[:-5]) else Patient.head_s
        for _ in range(3):
            line[1].write(drop)
            await clock.jump(limit_s * 0.3)
        assert server.server_state.connections
        line[1].write(drop)
        await clock.jump(limit_s * 0.15)
        end = await read_to_end(line)
        assert end[:12] in {b"HTTP/1.1 408", b""}
        assert app.open == 0


async def test_a_request_that_takes_its_time_within_the_limit_is_answered(clock: Clock) -> None:
    async with serving(Patient) as (open_line, _, _):
        line = await open_line(HALF_A_HEAD)
        await clock.jump(Patient.head_s / 2)
        line[1].write(b"Content-Length: 5\r\n\r\n")
        await clock.jump(Patient.body_s * 0.7)
        line[1].write(b"hello")
        assert await answered(line) == b"HTTP/1.1 200 OK\r\n"
        await line[0].readuntil(b"\r\n\r\n5")
        # The next one on the same line has its own time.
        await clock.jump(2)
        line[1].write(WHOLE)
        assert await answered(line) == b"HTTP/1.1 200 OK\r\n"
        line[1].close()


async def test_who_was_answered_early_does_not_trickle_on() -> None:
    async with serving() as (open_line, _, server):
        line = await open_line(HEAD.replace(b"POST /", b"POST /early").replace(b": 5", b": 500"))
        assert await answered(line) == b"HTTP/1.1 200 OK\r\n"
        for _ in range(40):
            if not server.server_state.connections:
                break
            line[1].write(b"h")
            await asyncio.sleep(0.05)
        assert not server.server_state.connections
        line[1].close()


async def test_a_head_without_end_is_refused() -> None:
    async with serving() as (open_line, _, _):
        line = await open_line(HALF_A_HEAD)
        for _ in range(MOST_HEAD_BYTES // 4096 + 1):
            line[1].write(b"X: " + b"y" * 4091 + b"\r\n")
            await asyncio.sleep(0.005)
        head, _, body = (await read_to_end(line)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large")
        assert json.loads(body)["status"] == 431


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async with serving() as (open_line, app, server):
        line = await open_line(WHOLE.replace(b"POST /", b"POST /large"))
        line[1].transport.pause_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(PATIENCE_S):
            while server.server_state.connections or app.open:
                await asyncio.sleep(0.02)
        line[1].transport.abort()


async def test_requests_that_come_together_are_answered_in_turn() -> None:
    async with serving() as (open_line, _, _):
        line = await open_line(WHOLE * 3 + HEAD)
        for _ in range(3):
            await line[0].readuntil(b"\r\n\r\n5")
        end = await read_to_end(line)
        assert end[:12] == b"HTTP/1.1 408"


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length : 5\r\n",
    ],
)
async def test_a_request_whose_end_two_servers_could_see_differently_is_refused(lengths: bytes) -> None:
    async with serving() as (open_line, _, _):
        line = await open_line(HALF_A_HEAD + lengths + b"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n")
        said = await read_to_end(line)
        assert said[:12] == b"HTTP/1.1 400"
        assert said.count(b"HTTP/1.1") == 1
