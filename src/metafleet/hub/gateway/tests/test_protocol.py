"""Answers over a real socket, from an application that has them whole."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from metafleet.hub.gateway.http import Answer, Leave, Receive, Request, Response, Scope, Send
from metafleet.hub.gateway.protocol import Protocol


async def _hello(scope: Scope, receive: Receive, send: Send) -> None:
    response = Response(b'{"path":"%b"}' % scope["path"].encode())
    if scope["path"] == "/more":
        response.headers.append((b"retry-after", b"2"))
    await response.send(send, Request(scope, receive, "an-id"))


class _Quick:
    """Takes /quick, and answers once it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Answer] = []
        self.bodies: list[bytes] = []
        self.left = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _hello(scope, receive, send)

    def quick(self, scope: Scope, body: bytes, answer: Answer) -> Leave | None:
        if scope["path"] != "/quick":
            return None
        self.bodies.append(body)
        self.waiting.append(answer)
        return self._leave

    def _leave(self) -> None:
        self.left += 1

    async def let_go(self, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
        async with asyncio.timeout(5):
            while not self.waiting:
                await asyncio.sleep(0.001)
        response = Response(b'"quick"', status=status)
        response.headers += headers
        self.waiting.pop(0)(response, "its-id")


@pytest.fixture
def application() -> _Quick:
    return _Quick()


@pytest.fixture
async def door(application: _Quick) -> AsyncIterator[socket.socket]:
    config = uvicorn.Config(
        application, http=Protocol, lifespan="off", log_config=None, access_log=False, proxy_headers=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as door:
        serving = asyncio.create_task(server._serve([door]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield door
        server.should_exit = True
        await serving


async def said(door: socket.socket, *requests: str) -> list[tuple[bytes, dict[bytes, bytes], bytes]]:
    """Write the requests at once, the last to close; return status line, headers and body of each answer."""
    reader, writer = await asyncio.open_connection(*door.getsockname())
    heads = [f"{line} HTTP/1.1\r\nhost: x\r\n" for line in requests]
    writer.write("\r\n".join([*heads[:-1], f"{heads[-1]}connection: close\r\n\r\n"]).encode())
    read = await reader.read()
    writer.close()
    answers = []
    for answer in re.split(rb"(?=HTTP/1\.1 )", read)[1:]:
        head, _, body = answer.partition(b"\r\n\r\n")
        line, *fields = head.split(b"\r\n")
        answers.append((line, dict(field.split(b": ", 1) for field in fields), body))
    return answers


async def test_each_of_several_requests_in_one_piece_gets_its_own_answer(door: socket.socket) -> None:
    answers = await said(door, "GET /one", "GET /more", "GET /three", "GET /last")
    assert [body for _, _, body in answers] == [
        b'{"path":"/one"}',
        b'{"path":"/more"}',
        b'{"path":"/three"}',
        b'{"path":"/last"}',
    ]
    assert {line for line, _, _ in answers} == {b"HTTP/1.1 200 OK"}
    assert [answer[1].get(b"retry-after") for answer in answers] == [None, b"2", None, None]
    assert [answer[1].get(b"connection") for answer in answers] == [None, None, None, b"close"]


async def test_an_answer_in_one_piece_has_the_head_that_uvicorn_gives_it(door: socket.socket) -> None:
    (_, whole, _), (_, closing, _) = await said(door, "GET /same", "GET /same")
    assert whole == {name: value for name, value in closing.items() if name != b"connection"}
    assert whole[b"x-request-id"] == b"an-id"
    assert whole[b"cache-control"] == b"no-store"


async def test_a_head_request_is_answered_without_a_body(door: socket.socket) -> None:
    ((_, headers, body),) = await said(door, "HEAD /one")
    assert (headers[b"content-length"], body) == (b"15", b"")


async def test_what_is_taken_quickly_is_answered_like_anything_else(
    door: socket.socket, application: _Quick
) -> None:
    asked = asyncio.create_task(said(door, "GET /quick", "GET /one", "GET /quick", "GET /last"))
    await application.let_go()
    answers = await asked
    assert [body for _, _, body in answers] == [
        b'"quick"',
        b'{"path":"/one"}',
        b'{"path":"/quick"}',  # it stood in line, and has a task as all who do
        b'{"path":"/last"}',
    ]
    assert answers[0][1][b"x-request-id"] == b"its-id"


async def test_a_refusal_has_its_headers_and_a_connection_that_is_to_close_closes(
    door: socket.socket, application: _Quick
) -> None:
    asked = asyncio.create_task(said(door, "GET /quick"))
    await application.let_go(429, (b"retry-after", b"3"))
    ((line, headers, body),) = await asked
    assert (line, headers[b"retry-after"], body) == (b"HTTP/1.1 429 Too Many Requests", b"3", b'"quick"')
    assert headers[b"connection"] == b"close"


@pytest.mark.parametrize("pieces", [1, 2])
async def test_only_a_request_that_came_whole_is_taken(
    door: socket.socket, application: _Quick, pieces: int
) -> None:
    reader, writer = await asyncio.open_connection(*door.getsockname())
    head, body = b"POST /quick HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n", b"body"
    if pieces == 1:
        writer.write(head + body)
        await application.let_go()
        assert (await reader.read(1_000)).endswith(b'"quick"')
        assert application.bodies == [b"body"]
    else:
        writer.write(head + body[:1])
        await asyncio.sleep(0.05)
        writer.write(body[1:])
        assert (await reader.read(1_000)).endswith(b'{"path":"/quick"}')
        assert application.bodies == []
    writer.write(b"GET /kept HTTP/1.1\r\nhost: x\r\n\r\n")
    assert (await reader.read(1_000)).endswith(b'{"path":"/kept"}')
    writer.close()


async def test_whoever_hangs_up_before_the_answer_harms_nobody(
    door: socket.socket, application: _Quick
) -> None:
    _, writer = await asyncio.open_connection(*door.getsockname())
    writer.write(b"GET /quick HTTP/1.1\r\nhost: x\r\n\r\n")
    async with asyncio.timeout(5):
        while not application.waiting:
            await asyncio.sleep(0.001)
    assert application.left == 0
    writer.transport.abort()
    async with asyncio.timeout(5):
        while not application.left:
            await asyncio.sleep(0.001)
    await application.let_go()
    ((_, _, body),) = await said(door, "GET /one")
    assert body == b'{"path":"/one"}'
