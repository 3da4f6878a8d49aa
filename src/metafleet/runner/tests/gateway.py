"""A gateway for tests: real HTTP on a real port, the protocol's messages, a journal in memory."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from metafleet.wire import messages

TOKEN = "terminal-token"
ASSIGNMENT_TOKEN = "assignment-token"
TERMINAL_ID = "7d5bb2d0-6e5c-4e7e-9d0f-0a8b5a3f3b11"

Trouble = Callable[[str], tuple[int, dict[str, str]] | None]

Mind = Callable[[dict[str, Any]], tuple[int, bytes]]
"""A Brain: of a question, the status and body of its answer."""


class Gateway:
    """Remembers what it was told. `trouble(path)` may answer a status and headers instead."""

    def __init__(self) -> None:
        self.assignment: messages.Assignment | None = None
        self.token = TOKEN
        self.next_token: str | None = None
        self.former_token: str | None = None
        """Good until it expires, as a renewed one is: a poll may be on its way with it."""
        self.codes: set[str] = set()
        """Pairing codes that are good, each once."""
        self.deals: dict[int, dict[str, Any]] = {}
        self.deal_posts: list[tuple[float, list[int]]] = []
        self.heartbeats: list[dict[str, Any]] = []
        self.machines: list[dict[str, Any]] = []
        self.positions: list[list[dict[str, Any]]] = []
        self.candles: list[dict[str, Any]] = []
        self.results: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[str] = []
        self.trouble: Trouble = lambda _path: None
        self.brain: Mind = lambda _asked: (404, b"{}")
        self.questions: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        self._commands: list[dict[str, Any]] = []
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; after `stop` on the same port again."""
        handler = type("Handler", (_Handler,), {"gateway": self})
        self._server = _QuietServer(("127.0.0.1", self.port), handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening and cut every connection, as a killed process does."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
        with self.changed:
            self.changed.notify_all()

    @property
    def is_up(self) -> bool:
        return self._server is not None

    def command(
        self, kind: str, command_id: str, attempt: int = 1, expires_at: str | None = None, **payload: Any
    ) -> str:
        """Queue a command for the next lease."""
        command = {"id": command_id, "type": kind, "payload": payload, "attempt": attempt}
        with self.changed:
            self._commands.append(command | {"expiresAt": expires_at})
            self.changed.notify_all()
        return command_id

    def wait_until(self, is_so: Callable[[], object], within_s: float = 10.0) -> None:
        """Wait until something is so; fail the test when it does not become so."""
        deadline = time.monotonic() + within_s
        with self.changed:
            while not is_so():
                left_s = deadline - time.monotonic()
                assert left_s > 0, f"not within {within_s} s; requests so far: {self.requests[-20:]}"
                self.changed.wait(min(left_s, 0.05))

    def wait_for_deals(self, more_than: int, within_s: float = 30.0) -> None:
        """Wait until the journal holds more deals than so many."""
        self.wait_until(lambda: len(self.deals) > more_than, within_s)

    def statuses(self) -> list[str]:
        """The statuses that heartbeats have told, repeats left out."""
        told: list[str] = []
        for heartbeat in self.heartbeats:
            status = heartbeat["expert"]["status"]
            if not told or told[-1] != status:
                told.append(status)
        return told

    def result_of(self, command_id: str, within_s: float = 10.0) -> dict[str, Any]:
        """Wait for a command's result and return it."""
        self.wait_until(lambda: any(done == command_id for done, _ in self.results), within_s)
        return next(result for done, result in self.results if done == command_id)

    def lease(self, wait_s: float, is_gone: Callable[[], bool]) -> list[dict[str, Any]]:
        """Hand out what is queued, waiting for it while the asker is still there."""
        deadline = time.monotonic() + wait_s
        with self.changed:
            while not self._commands and self.is_up and not is_gone() and time.monotonic() < deadline:
                self.changed.wait(0.05)
            if is_gone():
                return []
            leased, self._commands = self._commands, []
            return leased

    @property
    def known(self) -> int:
        return max(self.deals, default=0)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that was killed in the middle is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    gateway: Gateway
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Keep the test's output clean."""

    def do_GET(self) -> None:
        if self._is_let_in():
            wait_s = float(self.path.partition("wait=")[2] or 0)
            self._answer({"success": True, "commands": self.gateway.lease(wait_s, self._is_gone)})

    def _is_gone(self) -> bool:
        """Whether the asker has hung up, as a killed process does."""
        try:
            ahead: bytes = self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            return ahead == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            raw = zlib.decompress(raw, 31)
        body = json.loads(raw)
        if self.path == "/webhook/runner/assignment":
            self._assign(body)
        elif self.path == "/webhook/terminal/enrol":
            self._enrol(body)
        elif self._is_let_in():
            if self.path == "/brain/v1/signal":
                self._think(body)
            else:
                self._answer(self._take(body))

    def _think(self, body: dict[str, Any]) -> None:
        with self.gateway.changed:
            self.gateway.questions.append(body)
            self.gateway.changed.notify_all()
        with contextlib.suppress(OSError):  # who asked may not have waited
            status, answer = self.gateway.brain(body)
            if self.gateway.is_up:
                self._send(status, answer, {})
        self.close_connection = not self.gateway.is_up

    def _is_let_in(self) -> bool:
        with self.gateway.changed:
            self.gateway.requests.append(self.path)
        trouble = self.gateway.trouble(self.path)
        if trouble is not None:
            self._refuse(*trouble)
            return False
        good = {f"Bearer {self.gateway.token}"}
        if self.path.startswith("/webhook/terminal/commands"):
            good.add(f"Bearer {self.gateway.former_token}")
        if self.headers.get("Authorization") not in good:
            self._refuse(401, {})
            return False
        return True

    def _assign(self, body: dict[str, Any]) -> None:
        trouble = self.gateway.trouble(self.path)
        if trouble is not None:
            self._refuse(*trouble)
        elif body["assignmentToken"] != ASSIGNMENT_TOKEN or self.gateway.assignment is None:
            self._refuse(401, {})
        else:
            self._send(200, msgspec.json.encode(self.gateway.assignment), {})

    def _enrol(self, body: dict[str, Any]) -> None:
        if body["pairingCode"] not in self.gateway.codes:
            self._refuse(401, {})
            return
        self.gateway.codes.remove(body["pairingCode"])
        named = {"terminalId": TERMINAL_ID, "token": self.gateway.token}
        self._answer({"success": True, "expiresAt": "2027-01-01T00:00:00+00:00", **named})

    def _take(self, body: dict[str, Any]) -> dict[str, Any]:
        gateway, kind = self.gateway, self.path.removeprefix("/webhook/terminal/")
        with gateway.changed:
            reply = getattr(self, f"_take_{kind.split('/')[0]}")(body)
            gateway.changed.notify_all()
        return {"success": True, **reply}

    def _take_heartbeat(self, body: dict[str, Any]) -> dict[str, Any]:
        self.gateway.heartbeats.append(body)
        reply: dict[str, Any] = {
            "serverTime": "2026-11-20T12:00:00+00:00",
            "nextHeartbeat": 5,
            "knownDealTicket": self.gateway.known,
        }
        if self.gateway.assignment is not None and self.gateway.assignment.lease is not None:
            reply["lease"] = msgspec.to_builtins(self.gateway.assignment.lease)
        if self.gateway.next_token is not None:
            self.gateway.former_token = self.gateway.token
            self.gateway.token = reply["token"] = self.gateway.next_token
            self.gateway.next_token = None
        return reply

    def _take_trades(self, body: dict[str, Any]) -> dict[str, Any]:
        fresh = [deal for deal in body["trades"] if deal["ticket"] not in self.gateway.deals]
        self.gateway.deals.update({deal["ticket"]: deal for deal in fresh})
        self.gateway.deal_posts.append((time.time(), [deal["ticket"] for deal in body["trades"]]))
        skipped = len(body["trades"]) - len(fresh)
        counts = {"imported": len(fresh), "skipped": skipped, "failed": 0, "errors": []}
        return {**counts, "knownDealTicket": self.gateway.known}

    def _take_positions(self, body: dict[str, Any]) -> dict[str, Any]:
        self.gateway.positions.append(body["positions"])
        return {}

    def _take_machine(self, body: dict[str, Any]) -> dict[str, Any]:
        self.gateway.machines.append(body)
        return {}

    def _take_candles(self, body: dict[str, Any]) -> dict[str, Any]:
        self.gateway.candles.append(body)
        return {"stored": len(body["candles"])}

    def _take_commands(self, body: dict[str, Any]) -> dict[str, Any]:
        self.gateway.results.append((self.path.split("/")[-2], body))
        return {}

    def _refuse(self, status: int, headers: dict[str, str]) -> None:
        problem = {"title": "refused", "status": status, "detail": "as the test asked", "instance": "r-1"}
        self._send(status, json.dumps(problem).encode(), headers)

    def _answer(self, reply: dict[str, Any]) -> None:
        if self.gateway.is_up:
            self._send(200, json.dumps(reply).encode(), {})
        else:
            self.close_connection = True

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
