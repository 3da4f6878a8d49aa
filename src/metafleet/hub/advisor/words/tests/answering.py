"""A server that answers as an author would, or not: for OpenAI's chat completions and Bedrock's Converse."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answering:
    """text: what it says. status, body: in place of a good answer. wait_s: before it says anything."""

    text: str = ""
    status: int = 200
    body: bytes | None = None
    wait_s: float = 0.0
    url: str = ""
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def reply(self, path: str) -> bytes:
        if self.body is not None:
            return self.body
        if path.endswith("/converse"):
            message = {"role": "assistant", "content": [{"text": self.text}]}
            usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
            return json.dumps(
                {"output": {"message": message}, "stopReason": "end_turn", "usage": usage,
                 "metrics": {"latencyMs": 1}}
            ).encode()  # fmt: skip
        return json.dumps({"choices": [{"message": {"role": "assistant", "content": self.text}}]}).encode()


@contextmanager
def answering(**wishes: Any) -> Iterator[Answering]:
    """Serve on a port of this machine until the block is over."""
    state = Answering(**wishes)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lambda: state))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: Callable[[], Answering]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            one = state()
            one.asked.append((self.path, json.loads(body), dict(self.headers)))
            end = time.monotonic() + one.wait_s
            while time.monotonic() < end and not one.over.wait(0.05):
                continue
            said = one.reply(self.path)
            try:
                self.send_response(one.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                return  # nobody listens any more

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
