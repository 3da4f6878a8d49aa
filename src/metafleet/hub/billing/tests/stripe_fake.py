"""A small Stripe over HTTP: the endpoints that we call, and events signed as Stripe signs them.

It checks what it is sent as strictly as we rely on it: the key, the version header, the fields.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

API_KEY = "sk_test_fake"
WEBHOOK_SECRET = "whsec_fake"
PRICES = {"bronze": "price_b", "gold": "price_g", "platinum": "price_p"}


@dataclass
class FakeStripe:
    """What Stripe knows, and what it was asked."""

    url: str = ""
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_down: bool = False

    def answer(
        self, method: str, path: str, headers: Any, form: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """Return status and body of what Stripe would answer."""
        self.asked.append((path, form))
        if self.is_down:
            return 503, {"error": {"type": "api_error", "message": "down"}}
        if headers.get("Authorization") != f"Bearer {API_KEY}" or not headers.get("Stripe-Version"):
            return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}
        match method, path.split("/")[2:]:
            case "POST", ["checkout", "sessions"]:
                return self._checkout(headers.get("Idempotency-Key", ""), form)
            case "POST", ["billing_portal", "sessions"]:
                return 200, {
                    "object": "billing_portal.session",
                    "id": "bps_1",
                    "url": "https://portal.test/1",
                }
            case "GET", ["subscriptions", ref] | ["checkout", "sessions", ref] if ref in self._known:
                return 200, self._known[ref]
        return 404, {"error": {"type": "invalid_request_error", "message": "No such thing"}}

    @property
    def _known(self) -> dict[str, dict[str, Any]]:
        return self.subscriptions | self.sessions

    def _checkout(self, key: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("mode") != "subscription" or form.get("line_items[0][price]") not in PRICES.values():
            message = f"No such price: '{form.get('line_items[0][price]')}'"
            return 400, {"error": {"type": "invalid_request_error", "message": message}}
        page = self.pages.setdefault(key, f"https://checkout.test/{len(self.pages) + 1}")
        ref = f"cs_{page.rpartition('/')[2]}"
        made = {"object": "checkout.session", "id": ref, "url": page, "status": "open", "subscription": None}
        self.sessions.setdefault(ref, made)
        return 200, made


@contextmanager
def fake_stripe() -> Iterator[FakeStripe]:
    """Serve a Stripe of our own on this machine."""
    known = FakeStripe()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path = self.path.split("?")[0]
            status, answer = known.answer(self.command, path, self.headers, dict(parse_qsl(body)))
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            """Say nothing between the dots of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sell_by(fake: FakeStripe, settings: Any) -> None:
    """Set the hub up to sell its plans by this Stripe."""
    settings.BILLING = "stripe"
    settings.STRIPE_API = fake.url
    settings.STRIPE_API_KEY = API_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STRIPE_PRICES = dict(PRICES)


def subscription(tenant_id: Any, plan: str, status: str = "active", **changes: Any) -> dict[str, Any]:
    """A subscription as Stripe writes it, started at 1,000,000 and paid until 3,000,000."""
    item = {"price": {"id": PRICES.get(plan, plan)}, "current_period_end": 3_000_000}
    return {
        "object": "subscription",
        "id": "sub_1",
        "customer": "cus_1",
        "status": status,
        "created": 1_000_000,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "items": {"object": "list", "data": [item]},
        "metadata": {"metafleet_tenant": str(tenant_id)},
    } | changes


def event(
    about: dict[str, Any], at: int, ref: str = "", kind: str = "customer.subscription.updated"
) -> bytes:
    """An event as Stripe writes it. at: seconds; ref: by default one of its own for each instant."""
    made = {
        "object": "event",
        "id": ref or f"evt_{at}",
        "type": kind,
        "created": at,
        "data": {"object": about},
    }
    return json.dumps(made).encode()


def signature(body: bytes, at: datetime, secret: str = WEBHOOK_SECRET) -> str:
    """The Stripe-Signature header, made here from its specification and not by the library."""
    seconds = int(at.astimezone(UTC).timestamp())
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mac},v0=ignored"
