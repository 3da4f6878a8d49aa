"""A receiver of messages on this machine: a real socket that notes what came and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from metafleet.hub.monitor.outgoing import Outside

HERE = ip_network("127.0.0.0/8")


@dataclass(slots=True)
class Came:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass(slots=True)
class Sink:
    url: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)
    """One for each request in turn; then 200."""
    came: list[Came] = field(default_factory=list)
    location: str = ""
    """Where a redirect leads; else elsewhere here."""
    before_answer: Callable[[], object] | None = None

    def outside(self, *origins: str) -> Outside:
        return Outside(networks=(HERE,), stand_ins=dict.fromkeys(origins, self.url))


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[Sink]:
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sink.came.append(Came(self.path, headers, raw))
            if sink.before_answer:
                sink.before_answer()
            status, text = sink.answers.pop(0) if sink.answers else (200, "ok")
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", sink.location or sink.url + "/elsewhere")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: Any) -> None:
            """Tests print nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Who called may be gone before the answer: that is what some tests are about."""

    server = Server((host, 0), Handler)
    server.daemon_threads = True
    sink.url = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
