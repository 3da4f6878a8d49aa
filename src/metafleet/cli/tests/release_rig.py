"""An environment as the tests of releases have it: two doors on a real socket, and a place that remembers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from metafleet.cli.preparation import Say
from metafleet.cli.releases.target import ReleaseFailed


@dataclass(slots=True)
class Place:
    """A target in memory. fails: the verb that fails. breaks: the doors fail once this image serves."""

    serves: str = "app@1"
    schema: str = "app@1"
    retired: bool = True
    fails: str = ""
    breaks: str = ""
    terminals: int | None = 40
    done: list[str] = field(default_factory=list)

    def running(self) -> str:
        return self.serves

    def fetch(self, version: str) -> str:
        self._do("fetch")
        return f"app@{version}"

    def check(self, image: str) -> str:
        self._do("check")
        return "nothing is unsafe"

    def migrate(self, image: str, *, may_contract: bool) -> str:
        self._do("migrate")
        self.schema = image
        return "contracts" if may_contract else "expands"

    def replace(self, image: str, say: Say) -> str:
        self._do("replace")
        self.serves, self.retired = image, False
        return f"{image} serves"

    def take_back(self, image: str, say: Say) -> str:
        self._do("take back")
        self.serves = image
        return f"{image} serves"

    def metrics(self) -> str:
        if self.terminals is None:
            return ""
        heard = 0 if self.serves == self.breaks else self.terminals
        return f'# TYPE metafleet_terminals gauge\nmetafleet_terminals{{telemetry="fresh"}} {heard}\n'

    def retire(self) -> str:
        self._do("retire")
        self.retired = True
        return "the other is stopped"

    def _do(self, verb: str) -> None:
        self.done.append(verb)
        if self.fails == verb:
            raise ReleaseFailed(f"{verb} failed.")


@contextmanager
def doors(place: Place) -> Iterator[str]:
    """Serve web and gateway of the place at one address; yield it."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            broken = place.serves == place.breaks
            match self.path:
                case "/ready":
                    self._answer(503 if broken else 200, "{}")
                case "/":
                    self._answer(200, '<script src="/assets/app.js"></script>')
                case "/assets/app.js":
                    self._answer(200, "")
                case _:
                    self._answer(401, "{}")

        def do_POST(self) -> None:
            self._answer(401, "{}")

        def _answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
