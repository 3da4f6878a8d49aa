"""The load generator's client against a server that answers, dawdles and hangs up."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from metafleet.cli.simulator.load import Answer, Line, LineLost, encode, hammer

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-Other: 1\r\n\r\nok"
REQUEST = encode("POST", "/x", b"{}")


@asynccontextmanager
async def served_by(serve: Serve) -> AsyncIterator[int]:
    """Yield the port of a server whose every connection `serve` looks after."""

    async def look_after(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(look_after, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def answering(*answers: bytes) -> Serve:
    """One of the answers for each request of a connection, then it hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            writer.write(answer)
            await writer.drain()

    return serve


async def test_an_answer_has_its_status_and_its_body() -> None:
    async with served_by(answering(OK)) as port:
        answer = await Line("127.0.0.1", port).ask(REQUEST)
    assert (answer.status, answer.body) == (200, b"ok")
    assert 0 < answer.seconds < 5


async def test_an_answer_in_pieces_is_put_together() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        for byte in OK:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()

    async with served_by(serve) as port:
        assert (await Line("127.0.0.1", port).ask(REQUEST)).body == b"ok"


async def test_a_refusal_says_when_to_come_again() -> None:
    throttled = b"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    async with served_by(answering(throttled)) as port:
        answer = await Line("127.0.0.1", port).ask(REQUEST)
    assert (answer.status, answer.retry_after_s, answer.body) == (429, 7.0, b"")


async def test_a_kept_connection_that_was_closed_is_replaced() -> None:
    async with served_by(answering(OK)) as port:
        line = Line("127.0.0.1", port)
        statuses = [(await line.ask(REQUEST)).status for _ in range(3)]
    assert statuses == [200, 200, 200]


async def test_a_new_connection_that_is_closed_without_an_answer_is_lost() -> None:
    async with served_by(answering()) as port:
        with pytest.raises(LineLost, match="before the answer"):
            await Line("127.0.0.1", port).ask(REQUEST)


async def test_half_an_answer_is_none() -> None:
    async with served_by(answering(OK[:-1])) as port:
        with pytest.raises(LineLost, match="half-way"):
            await Line("127.0.0.1", port).ask(REQUEST)


async def test_silence_ends_after_the_time_that_was_given() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with served_by(serve) as port:
        with pytest.raises(LineLost, match="no answer within"):
            await Line("127.0.0.1", port).ask(REQUEST, timeout_s=0.02)


async def test_requests_on_one_line_wait_for_one_another() -> None:
    async with served_by(answering(*[OK.replace(b"ok", b"%02d" % n) for n in range(9)])) as port:
        line = Line("127.0.0.1", port)
        answers = await asyncio.gather(*(line.ask(REQUEST) for _ in range(9)))
    assert [int(answer.body) for answer in answers] == list(range(9))


async def test_a_request_that_is_given_up_while_it_waits_holds_nobody_up() -> None:
    async with served_by(answering(OK, OK, OK)) as port:
        line = Line("127.0.0.1", port)
        asking = [asyncio.ensure_future(line.ask(REQUEST)) for _ in range(3)]
        await asyncio.sleep(0)
        asking[1].cancel()
        answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [isinstance(answer, Answer) for answer in answers] == [True, False, True]


async def test_a_request_can_be_cut_in_the_middle() -> None:
    heard = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = b""
        try:
            while chunk := await reader.read(1000):
                data += chunk
        except ConnectionError:
            pass
        heard.set_result(data)

    async with served_by(serve) as port:
        await Line("127.0.0.1", port).break_off(REQUEST, sent=20, linger_s=0.05)
        assert await heard == REQUEST[:20]


def test_a_request_is_http() -> None:
    said = encode("POST", "/a?b=1", b"{}", token="secret", is_gzip=True)
    head, _, body = said.partition(b"\r\n\r\n")
    assert gzip.decompress(body) == b"{}"
    assert head.splitlines() == [
        b"POST /a?b=1 HTTP/1.1",
        b"Host: localhost",
        b"Content-Length: %d" % len(body),
        b"Content-Type: application/json",
        b"Authorization: Bearer secret",
        b"Content-Encoding: gzip",
    ]


async def test_hammering_counts_every_answer_and_every_loss() -> None:
    async with served_by(answering(*[OK] * 5)) as port:
        done = await hammer("127.0.0.1", port, lambda _: REQUEST, connections=2, seconds=0.2)
    assert done.statuses == {200: done.latencies.count}
    assert done.latencies.count >= 10
    assert done.lost >= 1
    assert done.rate == pytest.approx(done.latencies.count / done.seconds)
