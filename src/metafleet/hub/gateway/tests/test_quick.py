"""Which requests need no task of their own.

That they are answered alike is in test_heartbeat, test_snapshots and test_commands.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from metafleet.hub.gateway import heartbeat as heartbeats
from metafleet.hub.gateway import quick
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Response
from metafleet.hub.gateway.longpoll import LongPoll
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage, eventually
from metafleet.hub.kernel import clock


@pytest.fixture
async def door(make_gateway: MakeGateway) -> AsyncIterator[tuple[httpx.AsyncClient, Gateway]]:
    async with make_gateway() as opened:
        yield opened


@pytest.fixture
async def known(stage: Stage, door: tuple[httpx.AsyncClient, Gateway]) -> Speaker:
    """A terminal that has spoken before."""
    speaker = Speaker(door[0], stage.terminal())
    for _ in range(2):  # the first one tells what was not known, and its place is looked up again
        said: dict[str, Any] = {"protocol": 2, "accountInfo": speaker.terminal.account()}
        assert (await speaker.post("heartbeat", **said)).status_code == 200
    return speaker


def heartbeat(speaker: Speaker, **said: Any) -> bytes:
    return json.dumps({"terminalId": str(speaker.terminal.id), "protocol": 2, **said}).encode()


async def taken(
    gateway: Gateway, speaker: Speaker, body: bytes, *more: tuple[bytes, bytes], path: str = "POST heartbeat"
) -> int | None:
    """Return the answer's status, None where it is not taken."""
    answers: asyncio.Queue[Response] = asyncio.Queue()
    method, _, rest = path.partition(" ")
    name, _, query = rest.partition("?")
    scope = {
        "method": method,
        "path": f"/webhook/terminal/{name}",
        "query_string": query.encode(),
        "headers": [(b"authorization", b"bearer  " + speaker.terminal.token().encode()), *more],
    }
    if quick.take(gateway, scope, body, lambda response, _: answers.put_nowait(response)) is None:
        return None
    return (await answers.get()).status


async def test_a_usual_one_is_taken(door: tuple[httpx.AsyncClient, Gateway], known: Speaker) -> None:
    usual = heartbeat(known, accountInfo=known.terminal.account(), openPositions=1)
    # A notice of what the fixture changed may come at any time.
    await door[1].callers.identify(known.terminal.token(), clock.now())
    assert await taken(door[1], known, usual) == 200


@pytest.mark.parametrize(
    "said",
    [
        {"terminalId": "another"},
        {"login": 1},
        {"server": "Another"},
        {"accountInfo": {"balance": 1, "equity": 1, "login": 1}},
        {"accountInfo": {"balance": 1, "equity": 1, "currency": "CHF"}},
        {"accountInfo": {"balance": "many", "equity": 1}},
        {"openPositions": -1},
        {"protocol": "two"},
    ],
)
async def test_what_says_something_unusual_is_not(
    door: tuple[httpx.AsyncClient, Gateway], known: Speaker, said: dict[str, Any]
) -> None:
    assert await taken(door[1], known, heartbeat(known, **said)) is None


async def test_nor_is_what_is_sent_in_another_way(
    door: tuple[httpx.AsyncClient, Gateway], known: Speaker, stage: Stage
) -> None:
    usual, gateway = heartbeat(known), door[1]
    for body in (usual + b"\x00", b"\xef\xbb\xbf" + usual, b"", b"{", b"[" * 3_000, usual + b" " * 2**20):
        assert await taken(gateway, known, body) is None
    for written in (b"B\xf6rse", b"\xed\xa0\x80"):  # in Windows-1252; half a surrogate pair
        named = heartbeat(known, server="WHERE").replace(b"WHERE", written)
        assert await taken(gateway, known, named) is None
    packed = gzip.compress(usual)
    assert await taken(gateway, known, packed, (b"content-encoding", b"gzip")) is None
    assert await taken(gateway, known, usual, (b"traceparent", b"00-1-1-01")) is None
    stranger = Speaker(known.client, stage.terminal())
    assert await taken(gateway, stranger, heartbeat(stranger)) is None
    gateway.callers.forget(str(known.terminal.id))
    assert await taken(gateway, known, usual) is None


async def test_a_usual_snapshot_is_taken_and_none_that_is_long_or_anothers(
    door: tuple[httpx.AsyncClient, Gateway], known: Speaker
) -> None:
    await door[1].callers.identify(known.terminal.token(), clock.now())
    said = {"terminalId": str(known.terminal.id), "positions": [{"ticket": n} for n in range(21)]}

    async def sent(**changed: Any) -> int | None:
        return await taken(door[1], known, json.dumps({**said, **changed}).encode(), path="POST positions")

    assert await sent(positions=[]) == 200
    assert await sent(positions=[{"ticket": 1}]) == 200  # which is a bad item
    assert await sent() is None
    assert await sent(positions=[], login=1) is None
    assert await sent(positions=None) is None


async def test_a_usual_poll_is_taken(door: tuple[httpx.AsyncClient, Gateway], known: Speaker) -> None:
    await door[1].callers.identify(known.terminal.token(), clock.now())
    assert await taken(door[1], known, b"", path="GET commands") == 200
    assert await taken(door[1], known, b"", path="GET commands?wait=1") == 200
    for path, body in (("GET commands?wait=99", b""), ("GET commands?wait=x", b""), ("GET commands", b"{}")):
        assert await taken(door[1], known, body, path=path) is None


async def test_what_it_stumbles_over_goes_the_long_way(
    door: tuple[httpx.AsyncClient, Gateway], known: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There it is answered and logged; within the callback of the HTTP parser nobody would hear of it."""

    def stumble(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(heartbeats, "read", stumble)
    await door[1].callers.identify(known.terminal.token(), clock.now())
    assert await taken(door[1], known, heartbeat(known)) is None


async def known_and_taken(gateway: Gateway, speaker: Speaker, body: bytes, path: str) -> int:
    """A notice of what the first heartbeat has told may come between the look and the request."""
    async with asyncio.timeout(5):
        while True:
            await gateway.callers.identify(speaker.terminal.token(), clock.now())
            status = await taken(gateway, speaker, body, path=path)
            if status is not None:
                return status


@pytest.mark.parametrize("path", ["POST heartbeat", "POST positions", "GET commands?wait=1"])
async def test_one_over_its_limit_is_refused_all_the_same(
    make_gateway: MakeGateway, stage: Stage, path: str
) -> None:
    limits = json.dumps({kind: [1, 1] for kind in ("heartbeat", "positions", "commands")})
    async with make_gateway(limits) as (client, gateway):
        speaker = Speaker(client, stage.terminal())
        await eventually(lambda: gateway.callers.is_told)
        await gateway.callers.identify(speaker.terminal.token(), clock.now())
        body = b"" if path.startswith("GET") else heartbeat(speaker, positions=[])
        answers = [await known_and_taken(gateway, speaker, body, path) for _ in range(2)]
        assert answers == [200, 429]


async def test_what_is_over_is_gone_without_the_collector(
    door: tuple[httpx.AsyncClient, Gateway], known: Speaker
) -> None:
    """The collector looks at the old ones only once memory has doubled."""
    gateway = door[1]
    gc.collect()
    gc.disable()
    try:
        for path in ("POST heartbeat", "POST positions", "GET commands", "GET commands?wait=1"):
            body = b"" if path.startswith("GET") else heartbeat(known, positions=[])
            assert await known_and_taken(gateway, known, body, path) == 200
        await asyncio.sleep(0.05)
        left = [one for one in gc.get_objects() if isinstance(one, (LongPoll, quick._Pending))]
    finally:
        gc.enable()
    assert left == []
