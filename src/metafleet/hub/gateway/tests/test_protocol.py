"""Answers over a real socket, from an application that has them whole."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from metafleet.hub.gateway.http import Receive, Request, Response, Scope, Send
from metafleet.hub.gateway.protocol import Protocol


async def _hello(scope: Scope, receive: Receive, send: Send) -> None:
    response = Response(b'{"path":"%b"}' % scope["path"].encode())
    if scope["path"] == "/more":
        response.headers.append((b"retry-after", b"2"))
    await response.send(send, Request(scope, receive, "an-id"))


@pytest.fixture
async def door() -> AsyncIterator[socket.socket]:
    config = uvicorn.Config(_hello, http=Protocol, lifespan="off", log_config=None, access_log=False)
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
