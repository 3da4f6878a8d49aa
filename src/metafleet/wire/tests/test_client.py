"""The client speaks the protocol and says clearly what went wrong."""

from __future__ import annotations

import json
import socket
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from metafleet.wire import messages
from metafleet.wire.client import WireClient, WireError


class Stub:
    """Answers each request with the next of `answers`: status, headers, body."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Keep the output clean."""

            def do_GET(self) -> None:
                self._serve(b"")

            def do_POST(self) -> None:
                self._serve(self.rfile.read(int(self.headers["Content-Length"])))

            def _serve(self, body: bytes) -> None:
                stub.seen.append((f"{self.command} {self.path}", dict(self.headers.items()), body))
                status, headers, answer = stub.answers.pop(0)
                if headers.get("X-Hang-Up"):
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, body: dict[str, Any], status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, json.dumps(body).encode()))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    running = Stub()
    yield running
    running.close()


@pytest.fixture
def client(stub: Stub) -> Iterator[WireClient]:
    speaking = WireClient(stub.url, token="t-1", timeout_s=2.0)
    yield speaking
    speaking.close()


HEARTBEAT = messages.Heartbeat(terminal_id="term", protocol=2)
REPLY = {"success": True, "serverTime": "2026-11-20T00:00:00Z", "nextHeartbeat": 5, "knownDealTicket": 41}


def test_a_heartbeat_carries_the_token_and_brings_what_the_hub_knows(stub: Stub, client: WireClient) -> None:
    stub.answer(REPLY)
    assert client.heartbeat(HEARTBEAT).known_deal_ticket == 41
    path, headers, body = stub.seen[0]
    assert path == "POST /webhook/terminal/heartbeat"
    assert headers["Authorization"] == "Bearer t-1"
    assert json.loads(body) == {"terminalId": "term", "protocol": 2}


def test_a_renewed_token_is_used_from_then_on(stub: Stub, client: WireClient) -> None:
    stub.answer({**REPLY, "token": "t-2"})
    stub.answer(REPLY)
    client.heartbeat(HEARTBEAT)
    client.heartbeat(HEARTBEAT)
    assert stub.seen[1][1]["Authorization"] == "Bearer t-2"


def test_an_assignment_is_asked_for_without_the_terminal_token(stub: Stub, client: WireClient) -> None:
    stub.answer({"title": "no", "status": 401, "detail": "unknown token", "instance": "r"}, status=401)
    with pytest.raises(WireError, match="401: unknown token") as refused:
        client.assignment("one-start")
    assert refused.value.is_unauthorised
    assert "Authorization" not in stub.seen[0][1]
    assert json.loads(stub.seen[0][2]) == {"assignmentToken": "one-start"}


def test_a_large_body_is_sent_compressed(stub: Stub, client: WireClient) -> None:
    stub.answer({"success": True})
    position = messages.Position(
        ticket=1,
        symbol="EURUSD",
        type="BUY",
        volume=0.1,
        open_price=1,
        current_price=1,
        profit=0,
        open_time=0,
    )
    raw = [msgspec.Raw(msgspec.json.encode(position))] * 30
    client.positions(messages.Positions(terminal_id="term", positions=raw))
    _, headers, body = stub.seen[0]
    assert headers["Content-Encoding"] == "gzip"
    assert len(json.loads(zlib.decompress(body, 31))["positions"]) == 30


def test_a_long_poll_asks_to_wait_and_gives_commands(stub: Stub, client: WireClient) -> None:
    stub.answer({"success": True, "commands": [{"id": "c", "type": "PING", "payload": {}, "attempt": 2}]})
    assert client.commands(7)[0] == messages.Command(id="c", type="PING", payload={}, attempt=2)
    assert stub.seen[0][0] == "GET /webhook/terminal/commands?wait=7"


def test_a_result_is_posted_under_its_commands_id(stub: Stub, client: WireClient) -> None:
    stub.answer({"success": True})
    client.command_result("a/b", messages.CommandResult(status="failed", error="no"))
    assert stub.seen[0][0] == "POST /webhook/terminal/commands/a%2Fb/result"


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (404, True), (408, False), (429, False), (503, False)]
)
def test_a_refusal_says_whether_it_may_pass(
    stub: Stub, client: WireClient, status: int, permanent: bool
) -> None:
    stub.answer({}, status=status)
    with pytest.raises(WireError) as refused:
        client.heartbeat(HEARTBEAT)
    assert (refused.value.permanent, refused.value.status) == (permanent, status)


def test_a_limit_says_how_long_to_wait(stub: Stub, client: WireClient) -> None:
    stub.answer({}, status=429, Retry_After="9")
    with pytest.raises(WireError) as refused:
        client.heartbeat(HEARTBEAT)
    assert refused.value.retry_after_s == 9.0


def test_a_malformed_body_is_named_by_field(stub: Stub, client: WireClient) -> None:
    fault = {"pointer": "/trades/0/volume", "detail": "must not be negative"}
    stub.answer(
        {"title": "Bad", "status": 400, "detail": "1 fault", "instance": "r", "errors": [fault]}, status=400
    )
    with pytest.raises(WireError, match="1 fault; /trades/0/volume: must not be negative"):
        client.heartbeat(HEARTBEAT)


def test_no_gateway_is_a_fault_that_may_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(WireError, match="no connection to the gateway") as away:
        WireClient(f"http://127.0.0.1:{port}").heartbeat(HEARTBEAT)
    assert (away.value.permanent, away.value.status) == (False, None)


def test_a_kept_connection_that_died_is_replaced_unseen(stub: Stub, client: WireClient) -> None:
    stub.answer(REPLY)
    stub.answers.append((0, {"X-Hang-Up": "yes"}, b""))
    stub.answer(REPLY)
    client.heartbeat(HEARTBEAT)
    assert client.heartbeat(HEARTBEAT).known_deal_ticket == 41
    assert len(stub.seen) == 3


def test_an_answer_that_is_none_of_the_protocols_is_a_fault_that_may_pass(
    stub: Stub, client: WireClient
) -> None:
    stub.answer({"success": True})
    with pytest.raises(WireError, match="not a HeartbeatReply") as garbled:
        client.heartbeat(HEARTBEAT)
    assert not garbled.value.permanent


@pytest.mark.parametrize("address", ["gateway:8001", "ftp://gateway", "http://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected a gateway address"):
        WireClient(address)
