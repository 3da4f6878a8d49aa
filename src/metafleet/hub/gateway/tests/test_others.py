"""EAs of others: who speaks a documented protocol is understood, all else is told what is wrong."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from metafleet.hub.gateway.tests.stage import Speaker, Stage, T, deal

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ACCOUNT = {"account": 51234567, "broker": "Broker-Demo", "balance": 1000.0, "equity": 1000.0}
TABLE = "ticket;symbol;type;lots\n1;EURUSD;buy;0.1\n"

UNKNOWN: list[tuple[str, str, str, Any, int, str]] = [
    # Whose it is, method, address, body, status, what is said
    ("a push to the root", "POST", "/", ACCOUNT, 404, "There is nothing at this address"),
    ("a tracker's own address", "POST", "/api/v1/trades", [ACCOUNT], 404, "heartbeat, machine, positions"),
    ("a script's address", "POST", "/mt5/report.php", ACCOUNT, 404, "There is nothing at this address"),
    ("a figure in the address", "GET", "/api/update?login=5&balance=7", None, 404, "nothing at this address"),
    ("two slashes", "POST", "//webhook/terminal/heartbeat", ACCOUNT, 404, "/webhook/terminal/ and one of"),
    ("a slash at the end", "POST", f"{T}/heartbeat/", ACCOUNT, 404, "/webhook/terminal/ and one of"),
    ("a look by a browser", "GET", f"{T}/heartbeat", None, 405, "only POST is answered"),
    ("another method", "PUT", f"{T}/trades", ACCOUNT, 405, "only POST is answered"),
    ("a preflight", "OPTIONS", f"{T}/trades", None, 405, "only POST is answered"),
    ("no body", "POST", f"{T}/heartbeat", None, 400, "The body is empty"),
    ("a form", "POST", f"{T}/trades", "account=5&data=%7B%7D", 400, "The body is a form"),
    ("a table", "POST", f"{T}/trades", TABLE, 400, "The body is no JSON"),
    ("a page", "POST", f"{T}/trades", "<trades><trade/></trades>", 400, "The body is no JSON"),
    ("fields of its own", "POST", f"{T}/heartbeat", ACCOUNT, 400, "terminalId"),
    ("a list", "POST", f"{T}/trades", [ACCOUNT], 400, "object"),
    ("a chat's message", "POST", f"{T}/trades", {"content": "EURUSD bought"}, 400, "terminalId"),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [row[1:] for row in UNKNOWN],
    ids=[row[0] for row in UNKNOWN],
)
async def test_what_is_not_our_protocol_is_told_what_is(
    stage: Stage, own: Speaker, method: str, path: str, body: Any, status: int, says: str
) -> None:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body else b""
    heads = {**FORM, "Authorization": f"Bearer {own.terminal.token()}"}
    url = httpx.URL("http://gateway").copy_with(raw_path=path.encode())
    answer = await own.client.request(method, url, content=content, headers=heads)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.text
    assert "success" not in answer.text.lower()
    assert stage.value("SELECT heartbeat_at FROM fleet_terminal") is None
    assert stage.rows("SELECT 1 FROM journal_deal") == []
    if status == 405:
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("token", [None, "", "my-api-key", "Bearer"])
async def test_a_key_of_another_service_is_no_token(stage: Stage, own: Speaker, token: str | None) -> None:
    body = {"terminalId": str(own.terminal.id), "trades": [deal(1)], "apiKey": "my-api-key"}
    heads = {"X-API-Key": "my-api-key", **({"Authorization": f"Bearer {token}"} if token is not None else {})}
    answer = await own.client.post(f"{T}/trades", json=body, headers=heads)
    assert answer.status_code == 401
    assert stage.rows("SELECT 1 FROM journal_deal") == []


async def test_the_public_sync_ea_is_understood_as_it_is(stage: Stage, own: Speaker) -> None:
    """Its form's header, its prefix, the token in the body, numbers as texts, a zero byte at the end."""
    trade = {
        "ticket": "700001",
        "symbol": "EURUSD",
        "type": "BUY",
        "volume": "0.10",
        "openPrice": "1.08512",
        "openTime": "1772452860",
        "positionId": "700001",
        "entryType": 0,
        "unknownField": {"of": "its own"},
    }
    body = {"terminalId": str(own.terminal.id), "authToken": own.terminal.token(), "trades": [trade]}
    content = json.dumps(body).encode() + b"\x00"
    answer = await own.client.post(f"/api/v1{T}/trades", content=content, headers=FORM)
    assert answer.json()["imported"] == 1
    assert stage.rows("SELECT ticket FROM journal_deal") == [(700001,)]
