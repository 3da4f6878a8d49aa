"""Whatever is sent to the gateway, it answers: 2xx, or a 4xx that says why and gives nothing away.

Every request is made from a number, which the failure names: `FUZZ_FROM=<number> FUZZ_EXAMPLES=1`
sends it alone, a larger FUZZ_EXAMPLES looks for longer.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from metafleet.hub.fleet.pairing import hash_of
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage, T, Terminal, closing, deal
from metafleet.hub.gateway.tests.test_server import serving, until_healthy
from tests.mutations import TEXTS, mutated, packed, written

FIRST: Final = int(os.environ.get("FUZZ_FROM", "0"))
EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "2000"))
TOGETHER: Final = 8
LONGEST_S: Final = 15.0
SILENCE_S: Final = 1.0

Body = Mapping[str, Any]
Make = Callable[[Random, "World"], "Question"]
PARTS: Final = {"Announcer", "Nudger", "Wakeups", "Ledger", "Census", "Notices"}
"""What runs beside the requests, by the names of the tasks."""


@dataclass
class World:
    """Two hosted terminals and two customers' own; one more of each waits for its work and to be enrolled."""

    stage: Stage
    hosted: list[Terminal]
    own: list[Terminal]
    stranger: Terminal
    codes: list[str]
    assignment: str
    commands: dict[Terminal, list[str]] = field(default_factory=dict)

    def any(self, random: Random) -> Terminal:
        return random.choice([*self.hosted, *self.own])


@dataclass(frozen=True, slots=True)
class Question:
    """A good request, to be spoilt."""

    method: str
    address: str
    body: Any = None
    terminal: Terminal | None = None
    secret: str = ""


def make_world(stage: Stage) -> World:
    hosted, own = [stage.hosted(), stage.hosted()], [stage.terminal(), stage.terminal()]
    stranger = stage.terminal()
    codes = [f"PAIR-{number:04d}" for number in range(100)]
    for code in codes:
        stage.insert(
            "fleet_pairingcode",
            tenant_id=stranger.tenant_id,
            terminal_id=stranger.id,
            code_hash=hash_of(code),
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
    world = World(stage, hosted, own, stranger, codes, stage.assignment(stage.hosted(), timedelta(hours=1)))
    span = {"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T12:00:00Z"}
    for terminal in (*hosted, *own):
        fetch = stage.command(
            terminal, "FETCH_CANDLES", payload={"symbol": "EURUSD", "timeframe": "1m", **span}
        )
        world.commands[terminal] = [str(fetch), *(str(stage.command(terminal)) for _ in range(30))]
    return world


def heartbeat(random: Random, world: World) -> Question:
    terminal = world.any(random)
    body = {
        "terminalId": str(terminal.id),
        "protocol": random.choice((1, 2)),
        "platform": "mt5",
        "build": 4000,
        "version": "1.0",
        "utcOffset": 7200,
        "accountInfo": terminal.account(tradeAllowed=True, leverage=100, currency="USD", marginLevel="10.5"),
        "host": {"name": "here", "cpuPercent": 1.5, "memoryMb": 100, "diskFreeMb": 1e5},
        "openPositions": 1,
        "lastDealTicket": "17",
    }
    if terminal.instance_id:
        body["expert"] = terminal.expert(firstTickAt="2026-03-02T12:00:00Z", lastError="none")
    return Question("POST", f"{T}/heartbeat", body, terminal)


def trades(random: Random, world: World) -> Question:
    terminal = world.any(random)
    ticket = random.randrange(1, 200) * 10
    order = deal(ticket + 2, closePrice="1.09", closeTime="1770009999", comment="from #12[sl]")
    items = [
        deal(ticket, comment="a", stopLoss="1.0", takeProfit=0, contractSize=1e5, timeMsc="1770000000123"),
        closing(ticket + 1, ticket, orderId=5),
        order,
        {"ticket": ticket + 3, "dealType": 2, "profit": "1000.00", "time": 1_770_000_000_000},
    ]
    return Question(
        "POST", f"{T}/trades", {"terminalId": str(terminal.id), "batchIndex": 1, "trades": items}, terminal
    )


def positions(random: Random, world: World) -> Question:
    terminal = world.any(random)
    one = {
        "ticket": 1,
        "symbol": "EURUSD",
        "type": "BUY",
        "volume": "0.10",
        "openPrice": 1.085,
        "currentPrice": 1.086,
        "profit": 10.5,
        "swap": "-0.1",
        "openTime": 1_770_000_000,
        "stopLoss": 1.08,
        "takeProfit": "0",
        "magic": 77,
        "comment": "x",
    }
    items = [one, {**one, "ticket": "2", "type": "SELL"}]
    return Question("POST", f"{T}/positions", {"terminalId": str(terminal.id), "positions": items}, terminal)


def candles(random: Random, world: World) -> Question:
    terminal = world.any(random)
    bar = {"open": 1.1, "high": "1.2", "low": 1.0, "close": 1.15, "volume": 12}
    body = {
        "terminalId": str(terminal.id),
        "tradeId": random.choice((None, str(uuid4()), "7")),
        "commandId": random.choice((None, world.commands[terminal][0])),
        "symbol": "EURUSD",
        "timeframe": random.choice(("1m", "1h")),
        "candles": [{"time": 1_770_000_000 + 60 * number, **bar} for number in range(3)],
    }
    return Question("POST", f"{T}/candles", body, terminal)


def result(random: Random, world: World) -> Question:
    terminal = world.any(random)
    command = random.choice([*world.commands[terminal], world.commands[world.hosted[0]][0], str(uuid4())])
    if random.random() < 0.3:
        command = random.choice(TEXTS)
    body = {
        "terminalId": str(terminal.id),
        "status": random.choice(("done", "failed")),
        "result": {"ticket": 1, "prices": [1.5, None], "retriable": random.choice((True, False))},
        "error": "requote",
    }
    return Question("POST", f"{T}/commands/{escaped(command)}/result", body, terminal)


def enrol(random: Random, world: World) -> Question:
    code = random.choice(world.codes)
    body = {
        "pairingCode": code,
        "platform": "paper",
        "login": random.choice((world.stranger.login, str(world.stranger.login), 1)),
        "server": "metafleet-Paper",
        "build": 4000,
    }
    return Question("POST", f"{T}/enrol", body, secret=code)


def assignment(random: Random, world: World) -> Question:
    body = {"assignmentToken": world.assignment}
    return Question("POST", "/webhook/runner/assignment", body, secret=world.assignment)


def poll(random: Random, world: World) -> Question:
    # A wait that is meant waits: only those that are none at all, or no number.
    wait = random.choice(("0", "00", "٠", "-1", "26", "999", "1000", "1e1", "0x1", "²", "1.0", *TEXTS))
    query = random.choice(
        (f"wait={escaped(wait)}", f"wait={escaped(wait)}&wait=0", "wait", "%ff=%00&;&&=", "")
    )
    return Question("GET", f"{T}/commands?{query}", terminal=world.any(random))


def nowhere(random: Random, world: World) -> Question:
    """An address or a method that there is not, or that nobody would write so."""
    name = random.choice(
        ("heartbeat", "trades", "commands", "commands/", "commands//result", "enrol", "%2e%2e")
    )
    path = random.choice(
        (
            f"{T}/{name}",
            f"/api/v1{T}/{name}",
            f"/api/v1/api/v1{T}/{name}",
            f"{T}/{name}/",
            f"/{escaped(random.choice(TEXTS))}",
            f"{T}/commands/{escaped(random.choice(TEXTS))}/result",
            "/",
            "//",
            "/health",
            "/ready",
            "/metrics",
            "/webhook/runner/assignment?a=b#c",
        )
    )
    method = random.choice(
        ("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "Xx", "post")
    )
    return Question(method, path, {"terminalId": "x"}, world.any(random))


MAKERS: Final[Sequence[Make]] = (
    heartbeat, heartbeat, heartbeat, trades, trades, trades, positions, positions, candles, candles,
    result, result, enrol, assignment, poll, nowhere,
)  # fmt: skip


def escaped(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def token_of(random: Random, question: Question) -> str:
    """Return the terminal's own token, or one that is wrong in some way."""
    if question.terminal is None:
        return question.secret
    token, now = question.terminal.token(), datetime.now(UTC)
    if random.random() < 0.9:
        return token
    return random.choice(
        (
            question.terminal.token(version=2),
            question.terminal.token(at=now - timedelta(days=400)),
            question.terminal.token(at=now - timedelta(days=20)),  # is renewed
            token[:-1],
            token + random.choice(TEXTS),
            random.choice(TEXTS),
            token.replace(".", random.choice("..:/\x00\xff")),
        )
    )


def spoilt(random: Random, question: Question) -> tuple[httpx.Request, Sequence[str]]:
    """Return the request, and the secrets in it that no answer may have."""
    token = token_of(random, question)
    body = question.body
    headers: dict[str, str] = {}
    if question.terminal is not None and random.random() < 0.15 and isinstance(body, dict):
        body = {**body, "authToken": token}
    elif question.terminal is not None:
        scheme = random.choice(("Bearer",) * 50 + ("bearer", "Basic", "", "Bearer Bearer"))
        headers["Authorization"] = f"{scheme} {token}"
    plain = content = b""
    if body is not None:
        plain = written(random, mutated(random, body))
        content, more = packed(random, plain)
        headers |= more
    if random.random() < 0.05:
        headers[random.choice(("X-Forwarded-For", "Cookie", "Host", "Accept", "Expect"))] = random.choice(
            TEXTS
        )
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    request = httpx.Request(
        question.method, f"http://gateway{question.address}", headers=raw, content=content
    )
    # One that a mutation has copied into another field may be quoted as what that field is not.
    secrets = [secret for secret in (token, question.secret) if len(secret) >= 8]
    return request, [secret for secret in secrets if plain.count(secret.encode("utf-8", "replace")) < 2]


async def send(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    return await asyncio.wait_for(client.send(request), LONGEST_S)


def fault_of(response: httpx.Response, secrets: Sequence[str]) -> str:
    """Return what is wrong with an answer; nothing of a good one."""
    if not 200 <= response.status_code < 500 or 300 <= response.status_code < 400:
        return f"answered {response.status_code}"
    if any(secret in response.text for secret in secrets):
        return "echoes a token"
    if response.status_code >= 400:
        if "success" in response.text.lower():
            return "is a refusal with the word success"
        if response.headers["content-type"] != "application/problem+json":
            return f"is a refusal as {response.headers['content-type']}"
        if response.request.method != "HEAD" and not is_problem(response):
            return "is a refusal without its status and a sentence"
    return ""


def is_problem(response: httpx.Response) -> bool:
    problem = json.loads(response.content)
    return problem["status"] == response.status_code and bool(problem["detail"])


async def ask(client: httpx.AsyncClient, world: World, number: int) -> tuple[str, str, int]:
    """Send the request of this number. Return (what is wrong with its answer, its address, its status)."""
    random = Random(number)
    question = random.choice(MAKERS)(random, world)
    request, secrets = spoilt(random, question)
    what = f"FUZZ_FROM={number} FUZZ_EXAMPLES=1: {question.method} {question.address}"
    try:
        response = await send(client, request)
    except Exception as error:  # noqa: BLE001 - any of them is what is looked for
        return f"{what} ended in {error!r}", question.address, 0
    fault = fault_of(response, secrets)
    told = f"{what} {fault}: {response.text[:300]}; sent {request.content[:500]!r}" if fault else ""
    return told, question.address.rpartition("/")[2].partition("?")[0], response.status_code


async def test_whatever_is_sent_is_answered(
    stage: Stage, make_gateway: MakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "metafleet.gateway")
    caplog.set_level(logging.WARNING, "httpx")
    world = make_world(stage)
    kinds = ("heartbeat", "trades", "positions", "candles", "commands", "enrol", "assignment")
    faults: list[str] = []
    accepted: set[str] = set()
    refused: set[str] = set()
    async with make_gateway(json.dumps({kind: [1e6, 100_000] for kind in kinds})) as (client, gateway):
        for start in range(FIRST, FIRST + EXAMPLES, TOGETHER):
            numbers = range(start, min(start + TOGETHER, FIRST + EXAMPLES))
            for fault, kind, status in await asyncio.gather(*(ask(client, world, n) for n in numbers)):
                faults += [fault] if fault else []
                (accepted if status < 300 else refused).add(kind)
        assert not faults, "\n".join([f"{len(faults)} faults", *faults[:10]])
        await still_works(client, gateway, world)
    if EXAMPLES >= 1000:
        reached = {"heartbeat", "trades", "positions", "candles", "result", "enrol", "commands"}
        assert reached <= accepted & refused
        # Work that is handed out once may be gone: a run's first heartbeat ends it, whenever that comes.
        assert "assignment" in refused
    assert not any(terminal.token()[:40] in caplog.text for terminal in (*world.hosted, *world.own))


async def still_works(client: httpx.AsyncClient, gateway: Gateway, world: World) -> None:
    """What was sent before has spoilt nothing for those who come after."""
    for terminal in (*world.hosted, *world.own):
        speaker = Speaker(client, terminal)
        beat = await speaker.post("heartbeat", protocol=2, accountInfo=terminal.account())
        assert beat.status_code == 200, beat.text
        assert (await speaker.trades([deal(10**12), closing(10**12 + 1, 10**12)]))["imported"] == 2
    await gateway.ledger.write()
    assert {task.get_name() for task in asyncio.all_tasks() if not task.done()} >= PARTS


_POST = b"POST /webhook/terminal/heartbeat HTTP/1.1\r\nHost: a\r\n"


async def test_bytes_that_are_no_request_end_no_process(
    stage: Stage, database: Mapping[str, Any], redis_url: str
) -> None:
    pieces = [
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /%00%ff\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"G\xc3\xa4T / HTTP/1.1\r\nHost: a\r\n\r\n",
        _POST + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        _POST + b"Authorization: Bearer \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
        _POST + b"Content-Length: -5\r\n\r\n{}",
        _POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}    ",
        _POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        _POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
        _POST + b"Content-Length: 500\r\n\r\n{",
        (_POST + b"Content-Length: 2\r\n\r\n{}") * 50,
        b"GET /health HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ]
    with serving(database, redis_url) as (url, process):
        await until_healthy(url)
        port = int(url.rpartition(":")[2])
        answers = await asyncio.gather(*(told(port, piece) for piece in pieces))
        assert [answer for answer in answers if not answer] == [b""], "only what is half a body is waited for"
        for answer in answers:
            statuses = [line.split()[1] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
            assert all(status.startswith(b"4") for status in statuses), answer
        assert process.poll() is None
        await until_healthy(url)


async def told(port: int, piece: bytes) -> bytes:
    """Send the bytes and no more; return what is answered until there is a silence or an end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with suppress(ConnectionError, TimeoutError):
        writer.write(piece)
        while part := await asyncio.wait_for(reader.read(65_536), SILENCE_S):
            answer += part
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return answer
