"""Whatever bytes come: a record, or a refusal that names the field."""

from __future__ import annotations

import gzip
import json
import zlib

import httpx
import pytest

from metafleet.hub.gateway.body import MOST_BYTES, MOST_INFLATED_BYTES
from metafleet.hub.gateway.tests.stage import Speaker, Stage, T, deal


async def post(speaker: Speaker, body: bytes, path: str = "heartbeat", **headers: str) -> httpx.Response:
    headers["Authorization"] = f"Bearer {speaker.terminal.token()}"
    return await speaker.client.post(f"{T}/{path}", content=body, headers=headers)


def beat(speaker: Speaker, rest: str = "") -> bytes:
    return f'{{"terminalId": "{speaker.terminal.id}"{rest}}}'.encode()


@pytest.mark.parametrize(
    ("rest", "pointer"),
    [
        (', "accountInfo": {"balance": 1}', "/accountInfo/equity"),
        (', "accountInfo": {"balance": "NaN", "equity": 1}', "/accountInfo/balance"),
        (', "accountInfo": {"balance": 1, "equity": "Infinity"}', "/accountInfo/equity"),
        (', "accountInfo": {"balance": 1e16, "equity": 1}', "/accountInfo/balance"),
        (', "accountInfo": {"balance": 1, "equity": 1, "freeMargin": "ten"}', "/accountInfo/freeMargin"),
        (', "protocol": "two"', "/protocol"),
        (', "build": -1', "/build"),
        (', "openPositions": 99999999999', "/openPositions"),
        (', "utcOffset": 90000', "/utcOffset"),
        (', "expert": {"instanceId": "x", "status": "success"}', "/expert/status"),
        (', "accountInfo": [1]', "/accountInfo"),
    ],
)
async def test_the_wrong_field_is_named(own: Speaker, stage: Stage, rest: str, pointer: str) -> None:
    response = await post(own, beat(own, rest))
    assert response.status_code == 400
    problem = response.json()
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["instance"] == response.headers["x-request-id"]
    assert "success" not in response.text
    assert stage.value("SELECT heartbeat_at FROM fleet_terminal") is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"success",
        b'{"terminalId": 5}',
        b'{"accountInfo": {"balance": NaN, "equity": 1}}',
        b'{"accountInfo": {"balance": Infinity, "equity": 1}}',
        b'{"accountInfo": {"balance": 1e999, "equity": 1}}',
        b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x": ' + b'{"a":' * 100_000,
    ],
)
async def test_no_json_is_no_record(own: Speaker, stage: Stage, body: bytes) -> None:
    response = await post(own, body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "success" not in response.text
    assert stage.value("SELECT heartbeat_at FROM fleet_terminal") is None


async def test_what_mql_sends_is_read(own: Speaker, stage: Stage) -> None:
    assert (await post(own, beat(own) + b"\x00\x00")).status_code == 200
    assert (await post(own, b"\xef\xbb\xbf" + beat(own))).status_code == 200
    body = {"terminalId": str(own.terminal.id), "trades": [deal(1, comment="Grüße € 5")]}
    windows = json.dumps(body, ensure_ascii=False).encode("windows-1252") + b"\x00"
    assert (await post(own, windows, "trades")).json()["imported"] == 1
    assert stage.value("SELECT comment FROM journal_deal") == "Grüße € 5"


async def test_a_nul_inside_a_text_is_dropped(own: Speaker, stage: Stage) -> None:
    assert (await own.trades([deal(1, comment="a\x00b")]))["imported"] == 1
    assert stage.value("SELECT comment FROM journal_deal") == "ab"


async def test_gzip_is_unpacked_but_not_without_end(own: Speaker) -> None:
    packed = {"Content-Encoding": "gzip"}
    assert (await post(own, gzip.compress(beat(own)), **packed)).status_code == 200
    bomb = gzip.compress(b" " * (MOST_INFLATED_BYTES + 1))
    assert len(bomb) < 10_000
    assert (await post(own, bomb, **packed)).status_code == 413
    assert (await post(own, beat(own), **packed)).status_code == 400
    assert (await post(own, gzip.compress(beat(own))[:-9], **packed)).status_code == 400
    assert (await post(own, zlib.compress(beat(own)), **packed)).status_code == 400


async def test_a_large_body_is_refused(own: Speaker) -> None:
    padded = beat(own, f', "pad": "{"x" * MOST_BYTES}"')
    response = await post(own, padded)
    assert (response.status_code, response.json()["status"]) == (413, 413)


async def test_an_unknown_address_is_a_problem_too(client: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("GET", f"{T}/heartbeat", 405)):
        response = await client.request(method, path)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["x-request-id"] == response.json()["instance"]
