"""The smoke test of a release says what is not as it should be."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SMOKE = Path(__file__).resolve().parents[2] / "infra/release/smoke"
GOOD: dict[str, tuple[int, str]] = {
    "/ready": (200, "{}"),
    "/": (200, '<script type="module" src="/assets/index-a1b2.js"></script>'),
    "/assets/index-a1b2.js": (200, "0"),
    "/api/accounts": (401, "{}"),
}


class Site(ThreadingHTTPServer):
    answers: dict[str, tuple[int, str]]


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        code, body = self.server.answers.get(self.path, (404, ""))
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site(("127.0.0.1", 0), Handler)
    server.answers = dict(GOOD)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def smoke(site: Site) -> subprocess.CompletedProcess[str]:
    url = f"http://127.0.0.1:{site.server_address[1]}"
    return subprocess.run(
        [SMOKE, url, url],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "SMOKE_PAUSE_S": "0"},
    )


def test_a_good_release_passes(site: Site) -> None:
    done = smoke(site)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("path", "answer", "sentence"),
    [
        ("/ready", (503, "{}"), "the web is not ready"),
        ("/", (200, "<p>no script</p>"), "names no script"),
        ("/assets/index-a1b2.js", (404, ""), "the page's script does not come"),
        ("/api/accounts", (200, "[]"), "the API lets anybody in"),
    ],
)
def test_a_bad_release_is_told(site: Site, path: str, answer: tuple[int, str], sentence: str) -> None:
    site.answers[path] = answer
    done = smoke(site)
    assert done.returncode == 1
    assert sentence in done.stderr
